import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";

type Flags = NonNullable<ParseArgsConfig["options"]>;

/** A mistake on the command line: said in one line, exit status 2. */
export class UsageError extends Error {}

/** Reads the command line strictly: an unknown option is a mistake, not a wish. */
export function readOptions<F extends Flags>(
  args: readonly string[],
  flags: F,
): ReturnType<typeof parseArgs<{ options: F; args: string[]; strict: true; allowPositionals: false }>>["values"] {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A port number from the command line; 0 picks a free one. */
export function portOf(text: string | undefined, name: string, byDefault: number): number {
  if (text === undefined) return byDefault;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`--${name} expects a port from 0 to 65535`);
  return Number(text);
}
