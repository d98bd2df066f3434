import { createSystemClock, defineTable, quietLog, quietMetrics, wait } from "@sallyport/backbone";
import { lane, plusMs } from "@sallyport/contracts";
import type { Job } from "@sallyport/contracts";
import { startRedis } from "@sallyport/launcher";
import type { RunningRedis } from "@sallyport/launcher";
import { aGrantId, aVm, anEvent, eventually } from "@sallyport/testkit";
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
  });
  afterAll(async () => {
    await ports.close();
    await redis.stop();
  });

  it("carry events, jobs and rows, and are healthy", async () => {
    const { bus, queue, records } = ports;
    const seen: string[] = [];
    const subscription = await bus.subscribe("test", ["sallyport.posture"], async ({ id }) => void seen.push(id));
    const worker = await queue.work(REVOKE, async ({ name }) => void seen.push(name), { concurrency: 1 });
    const event = anEvent({ type: "sallyport.posture.gone.v1", data: { vm: aVm(), at: clock.now() } });
    await bus.publish([event]);
    await queue.put(jobOf(1), clock.now());
    expect(await records.put(doors, "a", { colour: "red" }, 0)).toBe("done");
    await eventually("both came", () => seen.length === 2);
    expect(seen.toSorted()).toEqual([event.id, "RevokeGrant"].toSorted());
    expect(await ports.healthy()).toBe(true);
    expect(ports.alive()).toBe(true);
    await Promise.all([subscription.close(), worker.close()]);
  });

  // How soon they go on is the pause between two tries, at most half a second each (redis-traps.test.ts), and then the machine's.
  it("say while Redis is away that it is, for 15 s, and go on after its return with everything that was put", async () => {
    const { queue, records } = ports;
    const ran: number[] = [];
    const worker = await queue.work(REVOKE, async () => void ran.push(clock.elapsed()), { concurrency: 10 });
    for (let n = 1; n <= 20; n++) await queue.put(jobOf(100 + n), plusMs(clock.now(), n * 1000));
    await wait(clock, 1500);
    redis.kill();
    await redis.exited;
    const away = wait(clock, 15_000);
    const unavailable = { code: "backbone.unavailable", retryable: true };
    await expect(queue.put(jobOf(2), clock.now())).rejects.toMatchObject(unavailable);
    await expect(queue.waiting(REVOKE)).rejects.toMatchObject(unavailable);
    await expect(records.get(doors, "a")).rejects.toMatchObject(unavailable);
    await expect(records.put(doors, "b", { colour: "red" }, 0)).rejects.toMatchObject(unavailable);
    expect(await ports.healthy()).toBe(false);
    await away;
    expect(ports.alive()).toBe(true);
    await redis.restart();
    await eventually("all ran", () => ran.length === 20);
    expect(await records.get(doors, "a")).toMatchObject({ version: 1 });
    await eventually("they are healthy", () => ports.healthy());
    await worker.close();
  });

  it("close while Redis holds its sockets and answers nothing, so that a process can end", async () => {
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
    await expect(short.close()).resolves.toBeUndefined();
    redis.resume();
  });
});
