import { instantOf, lane, msBetween, msOf, plusMs } from "@sallyport/contracts";
import type { Instant, Job } from "@sallyport/contracts";
import { LONGEST_BACKOFF_MS, backoffMs } from "../backoff.ts";
import type { WorkQueue } from "../work-queue.ts";
import { createLatch, eventually, settled } from "./durable.ts";
import type { Durable } from "./durable.ts";
import { sampleJob } from "./samples.ts";

const REVOKE = lane("RevokeGrant", "aws");
const OPEN = lane("OpenGrant", "aws");
const one = { concurrency: 1 };
const many = { concurrency: 10 };
/** By when the job of a worker that was killed must have been taken over. */
const TAKEN_OVER_MS = 40_000;

/** All guarantees of the WorkQueue port; every adapter passes all of them. */
export function describeWorkQueue(adapter: string, create: () => Promise<Durable<WorkQueue>>): void {
  describe(`${adapter} as a WorkQueue`, () => {
    let durable: Durable<WorkQueue>;
    beforeEach(async () => {
      durable = await create();
    });
    afterEach(() => durable.destroy());

    const inMs = (ms: number) => plusMs(durable.now(), ms);
    const collect = (seen: Job[]) => async (job: Job) => {
      seen.push(job);
    };

    it("runs a job at its time, and not before, also when another is due earlier", async () => {
      const queue = await durable.open();
      const ran: { readonly vm: string; readonly at: Instant }[] = [];
      await queue.work(REVOKE, async ({ data: { vm } }) => void ran.push({ vm, at: durable.now() }), many);
      const due = inMs(700);
      const wanted = [plusMs(due, 300), due, plusMs(due, -300)].map((at, n) => ({ job: sampleJob(n), at }));
      for (const { job, at } of wanted) await queue.put(job, at);
      await eventually(durable, "all ran", () => ran.length >= 3);
      await durable.pass(300);
      expect(ran).toHaveLength(3);
      for (const { job, at } of wanted) {
        const late = ran.filter(({ vm }) => vm === job.data.vm).map((one) => msBetween(at, one.at));
        expect(late[0]).toBeGreaterThanOrEqual(0);
        if (durable.isVirtual) expect(late[0]).toBeLessThan(500);
      }
    });

    it("hands the job over as it was put", async () => {
      const queue = await durable.open();
      const seen: Job[] = [];
      await queue.work(REVOKE, collect(seen), many);
      await queue.put(sampleJob(1), inMs(0));
      await eventually(durable, "it ran", () => seen.length > 0);
      expect(seen).toEqual([sampleJob(1)]);
    });

    it("starts a job that is due now at once in the process that put it, though others wait for one too", async () => {
      const [here, there] = [await durable.open(), await durable.open()];
      const [atHere, atThere]: [Job[], Job[]] = [[], []];
      await there.work(OPEN, collect(atThere), many);
      await here.work(OPEN, collect(atHere), many);
      await durable.pass(500);
      const jobs = Array.from({ length: 8 }, (_, n) => sampleJob(n, "OpenGrant"));
      for (const job of jobs) await here.put(job, inMs(0));
      await eventually(durable, "all ran", () => atHere.length + atThere.length === jobs.length, 250);
      await eventually(durable, "they were taken away", async () => (await here.waiting(OPEN)) === 0, 2000);
      await durable.pass(500);
      expect(atHere).toEqual(jobs);
      expect(atThere).toEqual([]);
    });

    it("keeps a job for which there is no worker yet", async () => {
      const queue = await durable.open();
      await queue.put(sampleJob(1), inMs(0));
      await durable.pass(300);
      const seen: Job[] = [];
      await queue.work(REVOKE, collect(seen), many);
      await eventually(durable, "it ran", () => seen.length === 1);
    });

    it("gives a job to a worker in another process", async () => {
      const [here, there] = [await durable.open(), await durable.open()];
      const seen: Job[] = [];
      await there.work(REVOKE, collect(seen), many);
      await here.put(sampleJob(1), inMs(0));
      await here.put(sampleJob(2), inMs(200));
      await eventually(durable, "both ran", () => seen.length === 2);
    });

    it("runs late jobs at once after a crash", async () => {
      const before = await durable.open();
      await before.put(sampleJob(1), inMs(300));
      await before.put(sampleJob(2), inMs(-60_000));
      await durable.crash();
      await durable.pass(600);
      const after = await durable.open();
      const seen: Job[] = [];
      await after.work(REVOKE, collect(seen), many);
      await eventually(durable, "both ran", () => seen.length === 2, 5000);
    });

    it("runs a job once that was put twice for the same instant, and twice for two instants", async () => {
      const queue = await durable.open();
      const seen: Job[] = [];
      const latch = createLatch();
      const run = async (job: Job) => {
        await latch.opened;
        seen.push(job);
      };
      await queue.work(REVOKE, run, many);
      const [due, later] = [inMs(300), inMs(500)];
      await Promise.all([queue.put(sampleJob(1), due), queue.put(sampleJob(1), due)]);
      await queue.put(sampleJob(1), due);
      await queue.put(sampleJob(1), later);
      expect(await queue.waiting(REVOKE)).toBe(2);
      latch.open();
      await eventually(durable, "both ran", () => seen.length >= 2);
      await durable.pass(1000);
      expect(seen).toHaveLength(2);
    });

    it("does not start a job again while it runs, though it is put again", async () => {
      const queue = await durable.open();
      const latch = createLatch();
      let runs = 0;
      const run = async () => {
        runs++;
        await latch.opened;
      };
      await queue.work(OPEN, run, many);
      const due = inMs(0);
      await queue.put(sampleJob(1, "OpenGrant"), due);
      await eventually(durable, "it runs", () => runs === 1);
      await queue.put(sampleJob(1, "OpenGrant"), due);
      await durable.pass(500);
      expect(runs).toBe(1);
      latch.open();
      await eventually(durable, "it is done", async () => (await queue.waiting(OPEN)) === 0);
      expect(runs).toBe(1);
    });

    it("brings a failing job back, jittered and capped, until it succeeds", async () => {
      const queue = await durable.open();
      const at: number[] = [];
      await queue.work(
        REVOKE,
        async () => {
          at.push(msOf(durable.now()));
          if (at.length < 7) throw new Error("the cloud is away");
        },
        many,
      );
      await queue.put(sampleJob(1), inMs(0));
      await eventually(durable, "it succeeded", () => at.length === 7);
      const gaps = at.slice(1).map((ms, i) => ms - (at[i] ?? 0));
      // The try of a hand-off may not be counted in the queue's own.
      for (const [n, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(backoffMs(Math.max(1, n), () => 0));
      if (durable.isVirtual) expect(Math.max(...gaps)).toBeLessThanOrEqual(LONGEST_BACKOFF_MS + 500);
      await eventually(durable, "it was taken away", async () => (await queue.waiting(REVOKE)) === 0);
      await durable.pass(300);
      expect(at).toHaveLength(7);
    });

    it("remembers a failing job across a crash", async () => {
      const before = await durable.open();
      let failed = 0;
      const fail = async () => {
        failed++;
        throw new Error("the cloud is away");
      };
      await before.work(REVOKE, fail, many);
      await before.put(sampleJob(1), inMs(0));
      await eventually(durable, "it failed", () => failed > 1);
      await durable.crash();
      const after = await durable.open();
      const seen: Job[] = [];
      await after.work(REVOKE, collect(seen), many);
      await eventually(durable, "it ran", () => seen.length > 0, TAKEN_OVER_MS);
    });

    it("takes over the job of a worker that was killed, also one that was handed over at once", async () => {
      const before = await durable.open();
      let begun = 0;
      const latch = createLatch();
      const hang = () => {
        begun++;
        return latch.opened;
      };
      await before.work(REVOKE, hang, many);
      await before.work(OPEN, hang, many);
      await before.put(sampleJob(1), inMs(50));
      await before.put(sampleJob(2, "OpenGrant"), inMs(0));
      await eventually(durable, "both began", () => begun === 2);
      await durable.crash();
      // Nobody hears of how they end.
      latch.open();
      await durable.pass(200);
      const after = await durable.open();
      const seen: Job[] = [];
      await after.work(REVOKE, collect(seen), many);
      await after.work(OPEN, collect(seen), many);
      await eventually(durable, "both were taken over", () => seen.length === 2, TAKEN_OVER_MS);
      await eventually(
        durable,
        "nothing is left",
        async () => (await after.waiting(REVOKE)) + (await after.waiting(OPEN)) === 0,
      );
    });

    it("delays no lane by the flood of another", async () => {
      const queue = await durable.open();
      const latch = createLatch();
      const seen: Job[] = [];
      await queue.work(OPEN, () => latch.opened, { concurrency: 2 });
      await queue.work(REVOKE, collect(seen), one);
      await Promise.all(Array.from({ length: 50 }, (_, n) => queue.put(sampleJob(n, "OpenGrant"), inMs(0))));
      await queue.put(sampleJob(1), inMs(100));
      await eventually(durable, "the closing ran", () => seen.length === 1, 1500);
      expect(await queue.waiting(OPEN)).toBe(50);
      latch.open();
      await eventually(durable, "the flood is over", async () => (await queue.waiting(OPEN)) === 0);
    });

    it("runs no more at once than it was told, and all in the end", async () => {
      const queue = await durable.open();
      let [now, most, done] = [0, 0, 0];
      const run = async () => {
        most = Math.max(most, ++now);
        for (let turns = 0; turns < 5; turns++) await Promise.resolve();
        now--;
        done++;
      };
      await queue.work(REVOKE, run, { concurrency: 3 });
      await Promise.all(Array.from({ length: 30 }, (_, n) => queue.put(sampleJob(n), inMs(n % 2 === 0 ? 0 : 100))));
      await eventually(durable, "all ran", () => done === 30);
      expect(most).toBeLessThanOrEqual(3);
    });

    it("counts what waits or runs", async () => {
      const queue = await durable.open();
      const latch = createLatch();
      await queue.put(sampleJob(1), inMs(0));
      await queue.put(sampleJob(2), inMs(3_600_000));
      expect(await queue.waiting(REVOKE)).toBe(2);
      expect(await queue.waiting(OPEN)).toBe(0);
      let begun = false;
      await queue.work(
        REVOKE,
        () => {
          begun = true;
          return latch.opened;
        },
        many,
      );
      await eventually(durable, "the first began", () => begun);
      expect(await queue.waiting(REVOKE)).toBe(2);
      latch.open();
      await eventually(durable, "the first is done", async () => (await queue.waiting(REVOKE)) === 1);
    });

    it("waits in close for the jobs that run, and starts nothing new", async () => {
      const queue = await durable.open();
      const latch = createLatch();
      let begun = 0;
      const running = await queue.work(
        REVOKE,
        () => {
          begun++;
          return latch.opened;
        },
        one,
      );
      await queue.put(sampleJob(1), inMs(0));
      await queue.put(sampleJob(2), inMs(0));
      await eventually(durable, "the first began", () => begun === 1);
      let closed = false;
      const closing = running.close().then(() => {
        closed = true;
      });
      await durable.pass(200);
      expect(closed).toBe(false);
      latch.open();
      await settled(durable, closing);
      await durable.pass(200);
      expect(begun).toBe(1);
      const seen: Job[] = [];
      await queue.work(REVOKE, collect(seen), one);
      await eventually(durable, "the other ran at the next worker", () => seen.length === 1, 5000);
      expect(seen).toEqual([sampleJob(2)]);
    });

    it("takes any instant, also one long past or far away", async () => {
      const queue = await durable.open();
      const seen: Job[] = [];
      await queue.work(REVOKE, collect(seen), many);
      await queue.put(sampleJob(1), instantOf(0));
      await queue.put(sampleJob(2), instantOf(Date.UTC(2199, 0, 1)));
      await eventually(durable, "the first ran", () => seen.length === 1);
      await durable.pass(200);
      expect(seen).toHaveLength(1);
    });
  });
}
