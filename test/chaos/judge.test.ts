import { instantOf } from "@sallyport/contracts";
import { aVm, anAccess, anEvent, anEventId } from "@sallyport/testkit";
import { judge } from "./judge.ts";
import type { Standards } from "./judge.ts";

const HOME = "198.51.100.77";
/** The grant's end, and seconds from it, in epoch milliseconds. */
const END = Date.UTC(2026, 0, 31, 9);
const after = (seconds: number) => END + seconds * 1000;
const text = (ms: number) => new Date(ms).toISOString();
const vm = aVm();
const access = anAccess({ vm });

const approved = anEvent({
  type: "sallyport.access.approved.v1",
  data: { access, notAfter: instantOf(END), approvedAt: instantOf(after(-60)), extends: false },
});
const granted = anEvent(
  {
    type: "sallyport.access.granted.v1",
    data: {
      access,
      openedAt: instantOf(after(-50)),
      expiresAt: instantOf(END),
      ways: [],
      objects: [],
      closing: { sessions: "kept", because: "said so" },
    },
  },
  { id: anEventId(2) },
);
const quiet: Standards = { home: HOME, delayAtMostMs: 16_000, lostMs: () => 0, outages: [] };

/** What is wrong with a door that was closed `closed` seconds after its end, but for the story told of it. */
const wrongWhenClosedAt = (closed: number, standards: Partial<Standards> = {}, source = HOME) => {
  const intervals = [
    { from: text(after(-600)), to: text(after(-500)) },
    { from: text(after(-50)), to: text(after(closed)) },
    { from: text(after(600)) },
  ];
  const { wrong } = judge([approved, granted], [{ packet: { vm, port: 22, source }, intervals }], {
    ...quiet,
    ...standards,
  });
  return wrong.filter((one) => one.includes("stood open"));
};

describe("the judge", () => {
  it("lets a door be open until its end, and a claim, a pause and a second of work longer", () => {
    expect(wrongWhenClosedAt(0)).toEqual([]);
    expect(wrongWhenClosedAt(16)).toEqual([]);
    expect(wrongWhenClosedAt(16.001)).toHaveLength(1);
    expect(wrongWhenClosedAt(0, {}, "192.0.2.44")).toHaveLength(1);
  });

  it("adds what a busy machine took from everybody between the end and the closing, and no more", () => {
    const lostMs = (from: number, to: number) => (from === END ? Math.min(2000, to - from) : 0);
    expect(wrongWhenClosedAt(18, { lostMs })).toEqual([]);
    expect(wrongWhenClosedAt(18.001, { lostMs })).toHaveLength(1);
  });

  it("counts anew from the return of what closes a door, and of nothing else", () => {
    const outage = { from: after(-1), to: after(10) };
    expect(wrongWhenClosedAt(26, { outages: [{ part: "redis", ...outage }] })).toEqual([]);
    expect(wrongWhenClosedAt(26.001, { outages: [{ part: "redis", ...outage }] })).toHaveLength(1);
    for (const part of ["enforcer-aws", "kafka", "scanner"])
      expect(wrongWhenClosedAt(26, { outages: [{ part, ...outage }] })).toHaveLength(1);
  });

  it("lets nobody be told that it is too late before it is", () => {
    const failed = (at: number) =>
      anEvent(
        {
          type: "sallyport.access.failed.v1",
          data: { access, reasons: [{ code: "grant.too-late", detail: "x" }], at: instantOf(at) },
        },
        { id: anEventId(3), time: instantOf(at) },
      );
    const wrong = (at: number) => judge([approved, failed(at)], [], quiet).wrong.filter((one) => /not over/.test(one));
    expect(wrong(END)).toEqual([]);
    expect(wrong(END - 1)).toHaveLength(1);
  });
});
