import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createSystemClock, wait } from "@sallyport/backbone";
import type { BackboneSignal } from "@sallyport/backbone";
import { jobIdOf, lane, laneOf, msOf, plusMs } from "@sallyport/contracts";
import type { Job } from "@sallyport/contracts";
import { startProcess } from "@sallyport/launcher";
import type { RunningProcess } from "@sallyport/launcher";
import { aGrantId, aVm, eventually } from "@sallyport/testkit";
import { connectRedis } from "../redis/connect-redis.ts";
import type { RedisConnection } from "../redis/connect-redis.ts";
import { createBullmqWorkQueue } from "./bullmq-work-queue.ts";
import type { BullmqWorkQueue } from "./bullmq-work-queue.ts";

const url = process.env["REDIS_URL"] ?? "";
const clock = createSystemClock();
const source = join(import.meta.dirname, "../index.ts");
const REVOKE = lane("RevokeGrant", "aws");
const job: Job = { name: "RevokeGrant", data: { cloud: "aws", vm: aVm("aws"), grantId: aGrantId() } };

(url === "" ? describe.skip : describe)("what BullMQ would do otherwise (REDIS_URL)", () => {
  let prefix: string;
  let signals: BackboneSignal[];
  let redis: RedisConnection;
  let queue: BullmqWorkQueue;
  let victim: RunningProcess | undefined;
  beforeEach(async () => {
    prefix = `traps-${randomUUID().slice(0, 8)}`;
    signals = [];
    redis = await connectRedis({ url, clock, observe: () => {} });
    queue = createBullmqWorkQueue({ ...redis, clock, prefix, observe: (signal) => signals.push(signal) });
  });
  afterEach(async () => {
    victim?.kill();
    await queue.abandon();
    redis.abandon();
  });
  const inMs = (ms: number) => plusMs(clock.now(), ms);
  const dueOf = (score: string | null) => Math.floor(Number(score) / 4096);
  const keyOf = (id: string, of: Job = job) => `{${prefix}}:${laneOf(of)}:${id}`;

  it("runs a job again that is put again after it was done, and leaves nothing of it behind", async () => {
    const seen: Job[] = [];
    await queue.work(REVOKE, async (one) => void seen.push(one), { concurrency: 5 });
    const due = inMs(50);
    await queue.put(job, due);
    await eventually("it ran", () => seen.length === 1);
    await eventually("it is gone", async () => (await redis.commands.exists(keyOf(jobIdOf(job, due)))) === 0);
    await queue.put(job, due);
    await eventually("it ran again", () => seen.length === 2);
    expect(seen).toEqual([job, job]);
  });

  it("puts an extension beside the job that it replaces, each at its own time", async () => {
    const later = [inMs(3_600_000), inMs(7_200_000)];
    for (const due of later) await queue.put(job, due);
    const stored = later.map((due) => redis.commands.zscore(keyOf("delayed"), jobIdOf(job, due)));
    expect((await Promise.all(stored)).map(dueOf)).toEqual(later.map(msOf));
    const dues = [inMs(200), inMs(900)];
    for (const due of dues) await queue.put(job, due);
    const ran: number[] = [];
    await queue.work(REVOKE, async () => void ran.push(msOf(clock.now())), { concurrency: 5 });
    await eventually("both ran", () => ran.length === 2);
    for (const [n, due] of dues.entries()) expect(ran[n]).toBeGreaterThanOrEqual(msOf(due));
  });

  it("takes jobs about VMs whose ids are full of colons", async () => {
    const lock: Job = { name: "LockVm", data: { cloud: "aws", vm: aVm("aws") } };
    const seen: Job[] = [];
    await queue.work(laneOf(lock), async (one) => void seen.push(one), { concurrency: 1 });
    await queue.put(lock, inMs(100));
    await eventually("it ran", () => seen.length === 1);
    expect(seen).toEqual([lock]);
  });

  it("keeps a job that it cannot read, says so once, and goes on with the others", async () => {
    const due = inMs(100);
    await queue.put(job, due);
    await redis.commands.hset(keyOf(jobIdOf(job, due)), "name", "RevokeEverything");
    const seen: Job[] = [];
    await queue.work(REVOKE, async (one) => void seen.push(one), { concurrency: 1 });
    await queue.put(job, inMs(400));
    await eventually("the other ran", () => seen.length === 1);
    expect(signals).toMatchObject([{ kind: "dead-letter", key: jobIdOf(job, due) }]);
    expect(await redis.commands.zscore(keyOf("failed"), jobIdOf(job, due))).not.toBeNull();
    expect(await queue.waiting(REVOKE)).toBe(0);
  });

  it("stores a hand-off as due at the end of its lease, and takes no slot that is not free", async () => {
    let done = () => {};
    const latch = new Promise<void>((resolve) => {
      done = resolve;
    });
    await queue.work(REVOKE, () => latch, { concurrency: 1 });
    await wait(clock, 200);
    const [due, second] = [inMs(0), inMs(-5)];
    await queue.put(job, due);
    const leaseEnds = dueOf(await redis.commands.zscore(keyOf("delayed"), jobIdOf(job, due)));
    expect(leaseEnds).toBeGreaterThanOrEqual(msOf(due) + 10_000);
    expect(leaseEnds).toBeLessThanOrEqual(Date.now() + 10_000);
    await queue.put(job, second);
    expect(await redis.commands.zscore(keyOf("delayed"), jobIdOf(job, second))).toBeNull();
    done();
    await eventually("both are done", async () => (await queue.waiting(REVOKE)) === 0);
  });

  // How long it takes is the sum of two times that Redis keeps; how long it then takes to run is the machine's (bench, R6).
  it("takes over the job of a killed process once its lock of 5 s and a check every 2 s have run out, and never gives it up", async () => {
    const due = inMs(1000);
    await queue.put(job, due);
    const script = `
      import { connectRedis, createBullmqWorkQueue } from ${JSON.stringify(source)};
      import { createSystemClock } from "@sallyport/backbone";
      const clock = createSystemClock();
      const redis = await connectRedis({ url: ${JSON.stringify(url)}, clock, observe: () => {} });
      const queue = createBullmqWorkQueue({ ...redis, clock, prefix: ${JSON.stringify(prefix)} });
      await queue.work(${JSON.stringify(REVOKE)}, () => { console.log("running"); return new Promise(() => {}); }, { concurrency: 1 });`;
    victim = await startProcess({
      name: "worker",
      command: process.execPath,
      args: ["--import", "tsx", "--conditions=@sallyport/source", "--input-type=module", "-e", script],
      cwd: join(import.meta.dirname, "../.."),
      log: () => {},
      readyLine: "running",
    });
    const lasts = (key: string) => redis.commands.pttl(key);
    const lock = keyOf(`${jobIdOf(job, due)}:lock`);
    await eventually("the process has its lock", async () => (await lasts(lock)) > 0);
    expect(await lasts(lock)).toBeLessThanOrEqual(5000);
    victim.kill();
    await victim.exited;
    expect(await lasts(lock)).toBeLessThanOrEqual(5000);
    await redis.commands.del(keyOf("stalled-check"));
    let runs = 0;
    // Whoever has it loses its lock as a dead process would: once more than BullMQ's own limit allows.
    const lose = () => redis.commands.del(lock);
    await queue.work(
      REVOKE,
      async () => {
        if (++runs < 2) {
          await lose();
          await new Promise(() => {});
        }
      },
      { concurrency: 5 },
    );
    await eventually("it was looked for", async () => (await lasts(keyOf("stalled-check"))) > 0);
    expect(await lasts(keyOf("stalled-check"))).toBeLessThanOrEqual(2000);
    await eventually("it was taken over", () => runs >= 1);
    await eventually("it is done", async () => runs >= 2 && (await queue.waiting(REVOKE)) === 0);
    expect(await redis.commands.zcard(keyOf("failed"))).toBe(0);
  });
});
