import type { BackboneSignal } from "@sallyport/backbone";
import { lane, SallyportError } from "@sallyport/contracts";
import type { Job } from "@sallyport/contracts";
import { aGrantId, aVm, createVirtualClock } from "@sallyport/testkit";
import { handOff } from "./hand-off.ts";

describe("handing a job over at once", () => {
  const job: Job = { name: "OpenGrant", data: { cloud: "aws", vm: aVm("aws"), grantId: aGrantId() } };
  const start = (run: () => Promise<void>, serverIs: "there" | "away" = "there") => {
    const clock = createVirtualClock();
    const told: string[] = [];
    const signals: BackboneSignal[] = [];
    const tell = async (what: string) => {
      if (serverIs === "away") throw new Error("away");
      told.push(what);
    };
    const handed = handOff(
      { clock, random: () => 1, observe: (signal) => signals.push(signal), leaseMs: 9000 },
      {
        lane: lane("OpenGrant", "aws"),
        job,
        stored: { id: "j", dueIn: (ms) => tell(`due in ${ms}`), remove: () => tell("removed") },
        run,
      },
    );
    return { clock, told, signals, ...handed };
  };

  it("takes the stored job away when the run is over", async () => {
    const { told, finished, clock } = start(async () => {});
    await finished;
    await clock.pass(60_000);
    expect(told).toEqual(["removed"]);
  });

  it("renews the lease for as long as the run lasts, so that nobody else takes the job", async () => {
    let done = () => {};
    const { told, finished, clock } = start(
      () =>
        new Promise((resolve) => {
          done = resolve;
        }),
    );
    await clock.pass(9500);
    expect(told).toEqual(["due in 9000", "due in 9000", "due in 9000"]);
    done();
    await finished;
    expect(told.at(-1)).toBe("removed");
  });

  it("brings a job that throws back after its backoff, or when the other side asked for it", async () => {
    const failing = start(() => Promise.reject(new Error("the cloud is away")));
    await failing.finished;
    expect(failing.told).toEqual(["due in 100"]);
    expect(failing.signals).toMatchObject([{ kind: "job-failed", waitMs: 100 }]);
    const throttled = start(() =>
      Promise.reject(new SallyportError({ code: "aws.throttled", detail: "slow down", retryAfterMs: 7000 })),
    );
    await throttled.finished;
    expect(throttled.told).toEqual(["due in 7000"]);
  });

  it("lets the stored job come due when the server cannot be told the outcome", async () => {
    const { finished, signals } = start(async () => {}, "away");
    await finished;
    expect(signals).toMatchObject([{ kind: "unavailable" }]);
  });

  it("touches nothing any more once the process is dead", async () => {
    let done = () => {};
    const { told, finished, clock, abandon } = start(
      () =>
        new Promise((resolve) => {
          done = resolve;
        }),
    );
    abandon();
    await clock.pass(60_000);
    done();
    await finished;
    expect(told).toEqual([]);
  });
});
