import { createHash } from "node:crypto";
import { ReplyError } from "ioredis";
import type { Redis } from "ioredis";

/** A script that runs as one step of the server. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export const defineScript = (lua: string): Script => ({ lua, sha: createHash("sha1").update(lua).digest("hex") });

/** Runs it by its name, and by its text where the server has not met it, or has forgotten it. */
export async function runScript(
  redis: Redis,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args);
  } catch (fault) {
    if (!(fault instanceof Error && fault instanceof ReplyError) || !fault.message.startsWith("NOSCRIPT")) throw fault;
    return redis.eval(lua, keys.length, ...keys, ...args);
  }
}
