import { mkdir, open, readFile, rm, rmdir, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { errorCode } from "../error-code.ts";

/** What is known of a lock file: who wrote it, and how long ago its owner last showed that it lives. */
export interface LockState {
  readonly owner: { readonly host: string; readonly pid: number } | undefined;
  readonly silentMs: number;
}

const beatMs = 2_000;
const silentTooLongMs = 30_000;
const pollMs = 100;

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
};

/** A lock nobody will give back: its owner on this host is gone, or it has been silent for too long, wherever the owner is. */
export const isStale = ({ owner, silentMs }: LockState, host: string, runs: (pid: number) => boolean): boolean =>
  silentMs > silentTooLongMs || (owner !== undefined && owner.host === host && !runs(owner.pid));

const parseOwner = (text: string): LockState["owner"] => {
  const [host, pid] = text.split("\n");
  return host !== undefined && pid !== undefined && /^\d+$/.test(pid) ? { host, pid: Number(pid) } : undefined;
};

const stateOf = async (path: string): Promise<LockState | undefined> => {
  try {
    const [text, { mtimeMs }] = [await readFile(path, "utf8"), await stat(path)];
    return { owner: parseOwner(text), silentMs: Date.now() - mtimeMs };
  } catch {
    return undefined; // just given back
  }
};

const tryTake = async (path: string): Promise<boolean> => {
  try {
    const file = await open(path, "wx");
    await file.writeFile(`${hostname()}\n${process.pid}\n`);
    await file.close();
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
};

const looksStale = async (path: string): Promise<boolean> => {
  const state = await stateOf(path);
  return state !== undefined && isStale(state, hostname(), isRunning);
};

/** Only one at a time may clear away, and looks again before: otherwise the second would clear away the first one's new lock. */
const clearAway = async (path: string): Promise<void> => {
  const claim = `${path}.clearing`;
  try {
    await mkdir(claim);
  } catch {
    const age = await stat(claim).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > silentTooLongMs) await rmdir(claim).catch(() => {});
    return;
  }
  try {
    if (await looksStale(path)) await rm(path, { force: true });
  } finally {
    await rmdir(claim).catch(() => {});
  }
};

/** Runs alone among all processes that name the same file, waiting for its turn as long as it takes. Survives owners that were killed. */
export const withFileLock = async <T>(path: string, run: () => Promise<T>): Promise<T> => {
  await mkdir(dirname(path), { recursive: true });
  while (!(await tryTake(path))) {
    if (await looksStale(path)) await clearAway(path);
    await sleep(pollMs);
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), beatMs);
  try {
    return await run();
  } finally {
    clearInterval(beat);
    const owner = (await stateOf(path))?.owner;
    if (owner?.pid === process.pid && owner.host === hostname()) await rm(path, { force: true });
  }
};
