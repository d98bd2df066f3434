import { createSystemClock, defineTable, quietLog, quietMetrics, wait } from "@sallyport/backbone";
import { lane, plusMs } from "@sallyport/contracts";
import type { Job } from "@sallyport/contracts";
import { startRedis } from "@sallyport/launcher";
import type { RunningRedis } from "@sallyport/launcher";
import { aGrantId, aVm, anEvent } from "@sallyport/testkit";
import { z } from "zod";
import { createClusterPorts } from "./cluster-ports.ts";
import type { ClusterPorts } from "./cluster-ports.ts";

const brokers = (process.env["KAFKA_BROKERS"] ?? "").split(",");
const clock = createSystemClock();
const doors = defineTable({
  name: "test.doors",
  schema: z.object({ colour: z.string() }),
  indexes: {},
  expiresAfter: () => undefined,
});
const jobOf = (n: number): Job => ({
  name: "RevokeGrant",
  data: { cloud: "aws", vm: aVm("aws"), grantId: aGrantId(n) },
});
const REVOKE = lane("RevokeGrant", "aws");

async function within<Result>(ms: number, work: () => Promise<Result>): Promise<Result> {
  const began = clock.elapsed();
  try {
    return await work();
  } finally {
    expect(clock.elapsed() - began).toBeLessThan(ms);
  }
}

(brokers[0] === "" ? describe.skip : describe)("the ports of the cluster (KAFKA_BROKERS, REDIS_URL)", () => {
  let redis: RunningRedis;
  let ports: ClusterPorts;
  beforeAll(async () => {
    redis = await startRedis({ log: () => {} });
    ports = await createClusterPorts({
      brokers,
      redisUrl: redis.url,
      clientId: "test",
      clock,
      log: quietLog,
      metrics: quietMetrics,
      topics: { partitions: 2 },
      prefix: `ports-${Date.now()}`,
    });
  }, 60_000);
  afterAll(async () => {
    await ports.close();
    await redis.stop();
  }, 30_000);

  it("carry events, jobs and rows, and are healthy", async () => {
    const { bus, queue, records } = ports;
    const seen: string[] = [];
    const subscription = await bus.subscribe("test", ["sallyport.posture"], async ({ id }) => void seen.push(id));
    const worker = await queue.work(REVOKE, async ({ name }) => void seen.push(name), { concurrency: 1 });
    const event = anEvent({ type: "sallyport.posture.gone.v1", data: { vm: aVm(), at: clock.now() } });
    await bus.publish([event]);
    await queue.put(jobOf(1), clock.now());
    expect(await records.put(doors, "a", { colour: "red" }, 0)).toBe("done");
    for (let i = 0; seen.length < 2 && i < 200; i++) await wait(clock, 20);
    expect(seen.toSorted()).toEqual([event.id, "RevokeGrant"].toSorted());
    expect(await ports.healthy()).toBe(true);
    expect(ports.alive()).toBe(true);
    await Promise.all([subscription.close(), worker.close()]);
  }, 30_000);

  it("say at once that Redis is away, for 15 s, and go on within a second of its return with everything that was put", async () => {
    const { queue, records } = ports;
    const late: number[] = [];
    const began = clock.elapsed();
    const worker = await queue.work(REVOKE, async () => void late.push(clock.elapsed()), { concurrency: 10 });
    for (let n = 1; n <= 20; n++) await queue.put(jobOf(100 + n), plusMs(clock.now(), n * 1000));
    await wait(clock, 1500);
    redis.kill();
    await redis.exited;
    await wait(clock, 200);
    const unavailable = { code: "backbone.unavailable", retryable: true };
    await within(1000, () => expect(queue.put(jobOf(2), clock.now())).rejects.toMatchObject(unavailable));
    await within(1000, () => expect(queue.waiting(REVOKE)).rejects.toMatchObject(unavailable));
    await within(1000, () => expect(records.get(doors, "a")).rejects.toMatchObject(unavailable));
    await within(1000, () => expect(records.put(doors, "b", { colour: "red" }, 0)).rejects.toMatchObject(unavailable));
    await within(3000, async () => expect(await ports.healthy()).toBe(false));
    await wait(clock, 15_000 - (clock.elapsed() - began - 1500));
    expect(ports.alive()).toBe(true);
    const before = late.length;
    await redis.restart();
    const back = clock.elapsed();
    while (late.length === before && clock.elapsed() - back < 20_000) await wait(clock, 10);
    expect((late[before] ?? Number.POSITIVE_INFINITY) - back).toBeLessThan(1000);
    while (late.length < 20 && clock.elapsed() - back < 20_000) await wait(clock, 10);
    expect(late).toHaveLength(20);
    expect(await records.get(doors, "a")).toMatchObject({ version: 1 });
    expect(await ports.healthy()).toBe(true);
    await worker.close();
  }, 60_000);

  it("close in seconds while Redis holds its sockets and answers nothing, so that a process can end", async () => {
    const short = await createClusterPorts({
      brokers,
      redisUrl: redis.url,
      clientId: "test",
      clock,
      log: quietLog,
      metrics: quietMetrics,
      topics: { partitions: 2 },
      prefix: "closing",
    });
    await short.queue.work(REVOKE, async () => {}, { concurrency: 1 });
    redis.pause();
    await within(8000, () => expect(short.close()).resolves.toBeUndefined());
    redis.resume();
  }, 30_000);
});
