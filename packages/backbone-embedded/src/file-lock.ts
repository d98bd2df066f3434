import { SallyportError } from "@sallyport/contracts";
import Database from "libsql";

/** Locks of this process. Out of reach of the garbage collector, which would close them, and so give the file away. */
const held = new Set<Database.Database>();

/**
 * Takes the database file for this process, or throws. The lock is an open transaction on a file beside it: the kernel ends it with
 * the process, however that ends, so there is nothing stale to recognise. (The database's own exclusive mode would not do: libsql
 * keeps that lock after `close`.)
 */
export function lockFile(file: string, patienceMs: number): () => void {
  const lock = new Database(`${file}.lock`, { timeout: patienceMs });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (!(cause instanceof Database.SqliteError) || !cause.code.startsWith("SQLITE_BUSY")) throw cause;
    throw new SallyportError({
      code: "configuration.invalid",
      detail: `${file} is in use by another process: one process owns the file`,
      cause,
    });
  }
  held.add(lock);
  return () => {
    held.delete(lock);
    lock.exec("ROLLBACK");
    lock.close();
  };
}
