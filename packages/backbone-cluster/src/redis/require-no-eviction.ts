import { SallyportError } from "@sallyport/contracts";
import { ReplyError } from "ioredis";
import type { Redis } from "ioredis";

/**
 * Refuses a server that would evict jobs and rows when its memory is full (bullmq.md, trap 10): BullMQ itself only warns. Where
 * CONFIG is forbidden, as with some hosted servers, INFO says it; where that is silent too, nothing can be said.
 */
export async function requireNoEviction(redis: Redis): Promise<void> {
  const policy = (await fromConfig(redis)) ?? (await fromInfo(redis));
  if (policy !== undefined && policy !== "noeviction")
    throw new SallyportError({
      code: "configuration.invalid",
      detail: `Redis has maxmemory-policy ${policy}: it would forget what it acknowledged; set it to noeviction`,
    });
}

async function fromConfig(redis: Redis): Promise<string | undefined> {
  try {
    const answer: unknown = await redis.config("GET", "maxmemory-policy");
    return Array.isArray(answer) && typeof answer[1] === "string" ? answer[1] : undefined;
  } catch (fault) {
    if (fault instanceof ReplyError) return undefined;
    throw fault;
  }
}

const fromInfo = async (redis: Redis): Promise<string | undefined> =>
  /^maxmemory_policy:(\S+)/m.exec(await redis.info("memory").catch(() => ""))?.[1];
