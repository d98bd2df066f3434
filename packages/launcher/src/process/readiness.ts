import { readFile } from "node:fs/promises";

/** How one knows that a process is ready to serve; exactly one of the three. */
export type Readiness =
  /** A GET of this URL is answered with a 2xx status. */
  | { readonly readyUrl: string }
  /** It has written a line that contains this text, or matches this expression. */
  | { readonly readyLine: string | RegExp }
  /** This function says so. It may throw: that is a no. */
  | { readonly readyWhen: () => Promise<boolean> };

const answersWell = async (url: string): Promise<boolean> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.ok;
};

/** The first complete line of a text that is the one waited for. */
export const findLine = (text: string, wanted: string | RegExp): string | undefined =>
  text
    .split("\n")
    .slice(0, -1)
    .find((line) => (typeof wanted === "string" ? line.includes(wanted) : line.search(wanted) >= 0));

/**
 * One look whether the process is ready. What it announced: the line waited for, an empty text for the other kinds; undefined when it
 * is not ready yet. `log` is where it writes, and from which byte on.
 */
export const readyNow = async (
  readiness: Readiness,
  log: { readonly file: string; readonly start: number },
): Promise<string | undefined> => {
  if ("readyLine" in readiness) {
    const written = await readFile(log.file);
    return findLine(written.subarray(log.start).toString("utf8"), readiness.readyLine);
  }
  const ask = "readyUrl" in readiness ? () => answersWell(readiness.readyUrl) : readiness.readyWhen;
  return (await ask().catch(() => false)) ? "" : undefined;
};
