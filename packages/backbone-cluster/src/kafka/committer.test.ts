import type { BackboneSignal } from "@sallyport/backbone";
import { createVirtualClock } from "@sallyport/testkit";
import kafkajs from "kafkajs";
import { createCommitter } from "./committer.ts";
import type { CommitThrough } from "./committer.ts";

/** A coordinator that answers as it is told, and what it was asked to commit, as `topic/partition=offset`. */
function aGroup() {
  const clock = createVirtualClock();
  const signals: BackboneSignal[] = [];
  const requests: string[][] = [];
  const faults: Error[] = [];
  const commitOffsetsIfNecessary: CommitThrough["commitOffsetsIfNecessary"] = async (asked) => {
    requests.push(
      (asked?.topics ?? []).flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => `${topic}/${partition}=${offset}`),
      ),
    );
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
  };
  const batch = (topic: string, partition: number): CommitThrough => ({
    batch: { topic, partition },
    isRunning: () => true,
    commitOffsetsIfNecessary,
  });
  const committer = createCommitter({ clock, group: "g", observe: (signal) => signals.push(signal) });
  return { clock, signals, requests, faults, batch, ...committer };
}

const away = () => new kafkajs.KafkaJSError("the coordinator is not available", { retriable: true });
const rebalance = () =>
  Object.assign(new kafkajs.KafkaJSError("the group is rebalancing", { retriable: true }), {
    type: "REBALANCE_IN_PROGRESS",
  });

describe("committing what a member of a group has reached", () => {
  it("tells of all partitions in one request, the place behind the last message of each, within a tenth of a second", async () => {
    const { clock, requests, batch, reached } = aGroup();
    reached(batch("access", 0), "7");
    reached(batch("access", 0), "8");
    reached(batch("access", 3), "0");
    reached(batch("policy", 0), "41");
    expect(requests).toEqual([]);
    await clock.pass(100);
    expect(requests).toEqual([["access/0=9", "access/3=1", "policy/0=42"]]);
    await clock.pass(10_000);
    expect(requests).toHaveLength(1);
  });

  it("never goes back to an earlier place of a partition", async () => {
    const { clock, requests, batch, reached } = aGroup();
    reached(batch("access", 0), "100");
    reached(batch("access", 0), "99");
    await clock.pass(100);
    expect(requests).toEqual([["access/0=101"]]);
  });

  it("tells again what could not be told for now, with what was reached meanwhile", async () => {
    const { clock, requests, faults, signals, batch, reached } = aGroup();
    faults.push(away());
    reached(batch("access", 0), "7");
    await clock.pass(100);
    reached(batch("access", 1), "2");
    await clock.pass(100);
    expect(requests).toEqual([["access/0=8"], ["access/0=8", "access/1=3"]]);
    expect(signals).toEqual([]);
  });

  it("lets what belongs to an earlier generation come again", async () => {
    const { clock, requests, faults, batch, reached, forget } = aGroup();
    faults.push(rebalance());
    reached(batch("access", 0), "7");
    await clock.pass(10_000);
    expect(requests).toHaveLength(1);
    reached(batch("access", 0), "7");
    forget();
    await clock.pass(10_000);
    expect(requests).toHaveLength(1);
  });

  it("waits for a coordinator that restarts, when somebody waits for the commit, and throws a rebalance on", async () => {
    const { clock, requests, faults, batch, reached, flush } = aGroup();
    faults.push(away(), away(), rebalance());
    reached(batch("access", 0), "7");
    const flushed = flush().then(
      () => "flushed",
      (fault: unknown) => fault,
    );
    await clock.pass(1000);
    expect(requests).toHaveLength(3);
    expect(await flushed).toMatchObject({ type: "REBALANCE_IN_PROGRESS" });
  });

  it("says what no repetition will change", async () => {
    const { clock, signals, faults, batch, reached } = aGroup();
    faults.push(new Error("not authorized"));
    reached(batch("access", 0), "7");
    await clock.pass(10_000);
    expect(signals).toMatchObject([{ kind: "unavailable", what: "a commit of g" }]);
  });
});
