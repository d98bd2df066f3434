import { randomUUID } from "node:crypto";
import { createSystemClock, defineTable, wait } from "@sallyport/backbone";
import { seconds } from "@sallyport/contracts";
import { startRedis } from "@sallyport/launcher";
import type { RunningRedis } from "@sallyport/launcher";
import { eventually } from "@sallyport/testkit";
import { z } from "zod";
import { connectRedis } from "./connect-redis.ts";
import type { RedisConnection } from "./connect-redis.ts";
import { createRedisRecords } from "./redis-records.ts";

const clock = createSystemClock();
const real = process.env["REDIS_URL"] ?? "";
const Door = z.object({ colour: z.string(), keep: z.number().optional() });
const doors = defineTable<z.infer<typeof Door>>({
  name: "test.doors",
  schema: Door,
  indexes: { colour: ({ colour }) => colour },
  expiresAfter: ({ keep }) => (keep === undefined ? undefined : seconds(keep)),
});

(real === "" ? describe.skip : describe)("records at a server (REDIS_URL)", () => {
  let redis: RedisConnection;
  let prefix: string;
  beforeAll(async () => {
    redis = await connectRedis({ url: real, clock, observe: () => {} });
  });
  beforeEach(() => {
    prefix = `traps-${randomUUID().slice(0, 8)}`;
  });
  afterAll(() => redis.close());
  const open = () => createRedisRecords({ redis: redis.commands, prefix });
  const indexed = () => redis.commands.zcard(`{${prefix}}:index:test.doors:colour`);

  it("clean an index of what has expired, and never of a row that came back", async () => {
    const records = open();
    await records.put(doors, "a", { colour: "red", keep: 1 }, 0);
    await records.put(doors, "b", { colour: "red", keep: 1 }, 0);
    await wait(clock, 1100);
    await records.put(doors, "b", { colour: "blue" }, 0);
    expect(await indexed()).toBe(3);
    expect((await records.find(doors, "colour", "", "~")).map(({ id }) => id)).toEqual(["b"]);
    expect(await indexed()).toBe(1);
    expect((await records.find(doors, "colour", "blue", "blue")).map(({ id }) => id)).toEqual(["b"]);
  });

  it("leave nothing in an index of what a row was before", async () => {
    const records = open();
    await records.put(doors, "a", { colour: "red" }, 0);
    await records.put(doors, "a", { colour: "blue" }, 1);
    expect(await indexed()).toBe(1);
    await records.remove(doors, "a", 2);
    expect(await indexed()).toBe(0);
  });

  it("find past any number of entries whose rows have expired", async () => {
    const records = open();
    await Promise.all(Array.from({ length: 30 }, (_, n) => records.put(doors, `${n}`, { colour: "a", keep: 1 }, 0)));
    await Promise.all([1, 2, 3].map((n) => records.put(doors, `kept ${n}`, { colour: "b" }, 0)));
    await wait(clock, 1100);
    expect((await records.find(doors, "colour", "", "~", 2)).map(({ id }) => id)).toEqual(["kept 1", "kept 2"]);
  });

  it("name the row that cannot be read", async () => {
    const records = open();
    await records.put(doors, "a", { colour: "red" }, 0);
    await redis.commands.set(`{${prefix}}:row:test.doors:a`, '2\n{"colour":"red"}\n{"colour":7}');
    await expect(records.get(doors, "a")).rejects.toMatchObject({
      code: "internal.bug",
      message: expect.stringContaining("row a of test.doors") as string,
    });
    await expect(records.find(doors, "colour", "red", "red")).rejects.toMatchObject({ code: "internal.bug" });
  });

  it("refuse a text that would end in the middle of an index", async () => {
    expect(() => open().put(doors, "a", { colour: "re\0d" }, 0)).toThrow("NUL");
    expect(await open().get(doors, "a")).toBeUndefined();
  });

  it("go on at a server that has forgotten the scripts", async () => {
    const records = open();
    await redis.commands.script("FLUSH");
    expect(await records.put(doors, "a", { colour: "red" }, 0)).toBe("done");
  });
});

(real === "" ? describe.skip : describe)("a server that would forget (REDIS_URL)", () => {
  let server: RunningRedis;
  beforeAll(async () => {
    server = await startRedis({ log: () => {} });
    const admin = await connectRedis({ url: server.url, clock, observe: () => {} });
    await admin.commands.config("SET", "maxmemory-policy", "allkeys-lru");
    await admin.commands.acl("SETUSER", "hosted", "on", ">pw", "~*", "&*", "+@all", "-config");
    await admin.close();
  });
  afterAll(() => server.stop());

  it.each(["", "hosted:pw@"])("is refused at the start (as %p)", async (user) => {
    const url = server.url.replace("redis://", `redis://${user}`);
    await expect(connectRedis({ url, clock, observe: () => {} })).rejects.toMatchObject({
      code: "configuration.invalid",
      message: expect.stringContaining("allkeys-lru") as string,
    });
  });
});

(real === "" ? describe.skip : describe)("a server that goes away (REDIS_URL)", () => {
  let server: RunningRedis;
  let redis: RedisConnection;
  let refused = 0;
  beforeAll(async () => {
    server = await startRedis({ log: () => {} });
    redis = await connectRedis({
      url: server.url,
      clock,
      observe: ({ kind }) => void (refused += kind === "unavailable" ? 1 : 0),
    });
  });
  afterAll(async () => {
    redis.abandon();
    await server.stop();
  });

  it("is told to whoever asks without another try, tried again every half second however long it is away, and found again", async () => {
    const pauses: number[] = [];
    // As the blocking connections of workers are made.
    const copy = redis.workers.duplicate().on("error", () => {});
    for (const one of [redis.commands, redis.workers, copy]) one.on("reconnecting", (ms: number) => pauses.push(ms));
    server.kill();
    await server.exited;
    await eventually("it was missed", () => redis.commands.status !== "ready");
    const before = refused;
    await expect(redis.commands.get("a")).rejects.toThrow("Stream isn't writeable");
    expect(refused).toBe(before);
    await eventually("it was tried often", () => pauses.length >= 30);
    expect(Math.max(...pauses)).toBe(500);
    copy.disconnect();
    await server.restart();
    await eventually("it is there", () => redis.commands.status === "ready" && redis.workers.status === "ready");
    expect(await redis.commands.get("a")).toBeNull();
  });
});
