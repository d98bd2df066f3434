import { UsageError } from "../options.ts";

/** What `sallyport role <kind>` prints: one file of this folder each. */
const kinds: Readonly<Record<string, () => Promise<(args: readonly string[]) => string>>> = {
  requester: async () => (await import("./requester.ts")).requesterRole,
  operator: async () => (await import("./operator.ts")).operatorRole,
  reader: async () => (await import("./reader.ts")).readerRole,
  azure: async () => (await import("./azure.ts")).azureRole,
  aws: async () => (await import("./aws.ts")).awsRole,
};

/** Prints a role that somebody has to be given, for what and where the options say. */
export async function role([kind = "", ...args]: readonly string[]): Promise<void> {
  const load = kinds[kind];
  if (load === undefined) throw new UsageError(`usage: sallyport role ${Object.keys(kinds).join(" | ")} [options]`);
  process.stdout.write((await load())(args));
}
