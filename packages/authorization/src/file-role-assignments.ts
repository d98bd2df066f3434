import { readFile, stat } from "node:fs/promises";
import type { Clock, Log } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import { readRoleFile } from "./read-role-file.ts";
import type { RoleBook } from "./read-role-file.ts";
import type { RoleAssignments } from "./role-assignments.ts";

export interface FileRoleAssignmentsDeps {
  readonly file: string;
  readonly clock: Pick<Clock, "elapsed">;
  readonly log: Log;
}

/** How often, at most, the file is looked at, but before somebody is refused. */
const LOOK_EVERY_MS = 1000;

/**
 * Role assignments from a file in Azure's own JSON (see `RoleFile`), read again within a second of a change, and before anybody is
 * refused: two processes that read it then agree, whenever each last looked. A file that cannot be read at the
 * start is a refusal to start; one that is broken later is reported loudly, once per change, and what was read before stays.
 */
export async function createFileRoleAssignments({
  file,
  clock,
  log,
}: FileRoleAssignmentsDeps): Promise<RoleAssignments> {
  let seen = await fingerprintOf(file);
  if (seen === GONE) throw unreadable(file);
  let book = load(await readText(file));
  let lookedAt = clock.elapsed();
  let looking: Promise<void> | undefined;

  function load(text: string): RoleBook {
    const read = readRoleFile(text);
    for (const remark of read.remarks) log.warn("a remark on the role file", { file, remark });
    return read;
  }

  async function look(): Promise<void> {
    // Taken before reading: a change in between is seen at the next look.
    const now = await fingerprintOf(file);
    if (now === seen) return;
    seen = now;
    try {
      book = load(await readText(file));
      log.info("the role file was read again", { file });
    } catch (error) {
      log.error("the role file is broken: what it said before stays in force", { file, error });
    }
  }

  return {
    assignmentsFor: async (principal, _resources, { fresh } = { fresh: false }) => {
      const isDue = fresh || clock.elapsed() - lookedAt >= LOOK_EVERY_MS;
      if (isDue && looking === undefined) {
        lookedAt = clock.elapsed();
        looking = look().finally(() => (looking = undefined));
      }
      await looking;
      return book.rightsOf(principal);
    },
  };
}

const GONE = "gone";

const fingerprintOf = (file: string): Promise<string> =>
  stat(file).then(
    ({ mtimeMs, size, ino }) => `${ino} ${size} ${mtimeMs}`,
    () => GONE,
  );

const readText = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((cause: unknown) => {
    throw unreadable(file, cause);
  });

const unreadable = (file: string, cause?: unknown): SallyportError =>
  new SallyportError({ code: "configuration.invalid", detail: `The role file ${file} cannot be read.`, cause });
