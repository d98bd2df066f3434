import { UsageError } from "./options.ts";

/** The commands, each loaded only when it is asked for: the simulators alone need no SDK. */
const commands: Readonly<Record<string, () => Promise<(args: readonly string[]) => Promise<void>>>> = {
  start: async () => (await import("./start.ts")).start,
  demo: async () => (await import("./demo.ts")).demo,
  simulate: async () => (await import("./simulate.ts")).simulate,
  cluster: async () => (await import("./cluster.ts")).cluster,
  configure: async () => (await import("./configure.ts")).configure,
  role: async () => (await import("./role/role.ts")).role,
};

// Node 20 is supported on purpose, with pinned SDKs (docs/decisions/0002-dependencies.md); the reminder would drown what we say.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const [name = "", ...args] = process.argv.slice(2);
const load = commands[name];
if (load === undefined) {
  process.stderr.write(`usage: sallyport ${Object.keys(commands).join(" | ")} [options]\n`);
  process.exit(2);
}
try {
  await (
    await load()
  )(args);
  process.exit();
} catch (error) {
  const usage = error instanceof UsageError;
  process.stderr.write(
    `sallyport ${name}: ${error instanceof Error ? (usage ? error.message : (error.stack ?? error.message)) : String(error)}\n`,
  );
  process.exit(usage ? 2 : 1);
}
