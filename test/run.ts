// `npm test`: brings up a real Kafka and a real Redis (or uses those that the environment names), then runs every test.
import { spawn } from "node:child_process";
import { startBackbone } from "@sallyport/launcher";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit", env });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

const root = new URL("..", import.meta.url).pathname;
process.chdir(root);

// The tests with real processes run what is shipped: the build.
say("test: building …");
const built = await run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-b"], process.env);
if (built !== 0) process.exit(built);

const backbone = await startBackbone({ env: process.env, log: say });
say(`test: Kafka at ${backbone.brokers.join(",")}, Redis at ${backbone.redisUrl}`);
try {
  const env = {
    ...process.env,
    KAFKA_BROKERS: backbone.brokers.join(","),
    REDIS_URL: backbone.redisUrl,
    KAFKAJS_NO_PARTITIONER_WARNING: "1",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  process.exitCode = await run(
    process.execPath,
    [`${root}node_modules/jest/bin/jest.js`, ...process.argv.slice(2)],
    env,
  );
} finally {
  await backbone.stop();
}
