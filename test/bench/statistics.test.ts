import { createRandom } from "@sallyport/testkit";
import fc from "fast-check";
import { machineIn, benchVm } from "./bench-estate.ts";
import { figureOf, tableOf } from "./figure.ts";
import { firstCalls } from "./first-calls.ts";
import { interleave, pairUp } from "./interleave.ts";
import { median, medianInterval, percentile } from "./statistics.ts";

describe("percentiles", () => {
  it("are samples, by nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile(hundred, 1)]).toEqual([50, 99, 100]);
    expect(percentile([7], 0.01)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it("leave no more than the rest above them", () => {
    const samples = fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(samples, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
        const at = percentile(all, share);
        expect(all).toContain(at);
        expect(all.filter((one) => one > at).length).toBeLessThanOrEqual((1 - share) * all.length + 1e-9);
      }),
    );
  });

  it("of the middle are the mean of the two middle ones where there are two", () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
  });

  it("of drawn medians enclose the median", () => {
    const ratios = [1.1, 1.3, 1.2, 1.6, 1.4, 1.2, 1.3];
    const [low, high] = medianInterval(ratios, createRandom(1));
    expect(low).toBeLessThanOrEqual(median(ratios));
    expect(high).toBeGreaterThanOrEqual(median(ratios));
    expect(low).toBeGreaterThanOrEqual(1.1);
    expect(high).toBeLessThanOrEqual(1.6);
  });
});

describe("interleaving", () => {
  it("goes ABBA", () => {
    expect(interleave(4)).toEqual(["ours", "floor", "floor", "ours", "ours", "floor", "floor", "ours"]);
  });

  it("pairs each block of ours with its neighbour, and leaves out pairs with a dropped block", () => {
    const blocks = interleave(3).map((side, i) => ({ side, block: i === 2 ? undefined : i }));
    expect(pairUp(blocks)).toEqual([
      { ours: 0, floor: 1 },
      { ours: 4, floor: 5 },
    ]);
  });
});

describe("a figure", () => {
  it("is the median of the pairs' own ratios, not the ratio of all", () => {
    const slow = { ours: [20, 20], floor: [10, 10] };
    const pairs = [slow, slow, { ours: [900], floor: [100] }];
    const { figure } = figureOf("R1", "100/s", pairs, createRandom(1));
    expect(figure).toEqual({
      figure: "R1",
      at: "100/s",
      ours: { p50: 20, p99: 900 },
      floor: { p50: 10, p99: 100 },
      ratio: { p50: 2, p99: 2 },
      n: 5,
    });
    expect(tableOf([figureOf("R1", "100/s", pairs, createRandom(1))]).split("\n")).toHaveLength(2);
  });
});

describe("the first call that a request made the cloud see", () => {
  const call = (vm: number, at: number) => ({ vm, machineMs: at, wallMs: 0, method: "GET" });
  const of = ({ machineMs }: { readonly machineMs: number }) => machineMs;

  it("is the next one about that machine, and answers one request only", () => {
    const awaited = [
      { vm: 1, since: 10 },
      { vm: 1, since: 20 },
      { vm: 2, since: 11 },
      { vm: 3, since: 5 },
    ];
    const calls = [call(1, 26), call(1, 9), call(2, 12.5), call(1, 14)];
    expect(firstCalls(awaited, calls, of)).toEqual([4, 6, 1.5, undefined]);
  });

  it("is told by the name of the machine, its interface or its NSG", () => {
    const group = benchVm(17).replace("microsoft.compute/virtualmachines/vm-0017", "microsoft.network");
    expect(machineIn(`${benchVm(17)}?api-version=1`)).toBe(17);
    expect(machineIn(`${group}/networkinterfaces/vm-0017-nic?api-version=1`)).toBe(17);
    expect(machineIn(`${group}/networksecuritygroups/nsg-0017/securityrules/x`)).toBe(17);
    expect(machineIn(`${group}/virtualnetworks/vnet-bench`)).toBeUndefined();
  });
});
