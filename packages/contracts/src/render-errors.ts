import { errorKinds } from "./errors.ts";

/** The table of codes for people, in Markdown. */
export function renderErrors(): string {
  const rows = Object.entries(errorKinds).map(
    ([code, { status, retryable, title }]) =>
      `| [\`${code}\`](../failure-modes.md#${code.replaceAll(".", "")}) | ${status} | ${retryable ? "yes" : "no"} | ${title} |`,
  );
  return [
    "# Error codes",
    "",
    "Every code that leaves Sallyport: `code` of a problem, reasons in events, log lines. *Again*: whether the same step may succeed",
    "later without anybody changing anything. What to check for each is in [failure-modes.md](../failure-modes.md).",
    "",
    "| Code | HTTP | Again | What it means |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
