import { Redis } from "ioredis";

import { startRedis } from "./start-redis.ts";
import { scratchFolder } from "../process/scratch-folder.ts";

const log = (): void => {};
const ask = async <T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(url);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
};

(process.env["REDIS_URL"] === undefined ? describe.skip : describe)("a real Redis (REDIS_URL)", () => {
  it("still has every acknowledged write after kill -9 and restart, on the same port", async () => {
    const server = await startRedis({ log });
    await ask(server.url, async (redis) => {
      for (let i = 0; i < 200; i += 1) await redis.set(`key-${i}`, i);
    });
    server.kill();
    expect(await server.exited).toMatchObject({ signal: "SIGKILL" });
    await server.restart();
    expect(await ask(server.url, (redis) => redis.dbsize())).toBe(200);
    await server.stop();
  });

  it("with a folder of its own is the same one at the next start", async () => {
    const dataDir = scratchFolder();
    const first = await startRedis({ log, dataDir, appendFsync: "everysec" });
    await ask(first.url, (redis) => redis.set("a", "1"));
    await first.stop();
    const second = await startRedis({ log, dataDir });
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, (redis) => redis.get("a"))).toBe("1");
    await second.stop();
  });

  it("beside another shares nothing with it", async () => {
    const [one, two] = await Promise.all([startRedis({ log }), startRedis({ log })]);
    await ask(one.url, (redis) => redis.set("a", "1"));
    expect(await ask(two.url, (redis) => redis.get("a"))).toBeNull();
    await Promise.all([one.stop(), two.stop()]);
    await expect(one.restart()).rejects.toThrow("scratch data removed");
  });
});
