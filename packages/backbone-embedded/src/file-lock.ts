import { SallyportError } from "@sallyport/contracts";
import Database from "libsql";

/** How long a start waits for a predecessor that is just ending. */
const PATIENCE_MS = 1000;

/**
 * Takes the database file for this process, or throws. The lock is an open transaction on a file beside it: the kernel ends it with
 * the process, however that ends, so there is nothing stale to recognise. (The database's own exclusive mode would not do: libsql
 * keeps that lock after `close`.)
 */
export function lockFile(file: string): () => void {
  const lock = new Database(`${file}.lock`, { timeout: PATIENCE_MS });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new SallyportError({
      code: "configuration.invalid",
      detail: `${file} is in use by another process: one process owns the file`,
      cause,
    });
  }
  return () => {
    lock.exec("ROLLBACK");
    lock.close();
  };
}
