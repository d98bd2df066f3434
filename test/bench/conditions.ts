import { availableParallelism } from "node:os";
import { createRequire } from "node:module";
import { Redis } from "ioredis";
import { z } from "zod";

const Package = z.object({ version: z.string() });

/** Under which conditions a result was measured (performance.md §5): one line. */
export async function conditions(redisUrl: string): Promise<string> {
  const require = createRequire(import.meta.url);
  const versionOf = (name: string) => `${name} ${Package.parse(require(`${name}/package.json`)).version}`;
  const redis = new Redis(redisUrl);
  const setting = async (name: string) => `${name} ${String((await redis.config("GET", name)).at(1))}`;
  const server = /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "?";
  const said = [
    `Node ${process.versions.node}`,
    `${availableParallelism()} cores, everything on them`,
    "Apache Kafka, one node, acks all, maxWaitTimeInMs 250",
    `Redis ${server}`,
    await setting("hz"),
    await setting("appendonly"),
    await setting("appendfsync"),
    versionOf("kafkajs"),
    versionOf("bullmq"),
    versionOf("ioredis"),
  ];
  redis.disconnect();
  return said.join(" · ");
}
