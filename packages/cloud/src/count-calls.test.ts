import { ScopeId } from "@sallyport/contracts";
import { aVm, behind, createToyCloud, createVirtualClock, gate } from "@sallyport/testkit";
import { countCalls } from "./count-calls.ts";

describe("counting the calls of a cloud", () => {
  const vm = aVm();
  const counted = (breaks = false) => {
    const counts: Record<string, number> = {};
    const { network } = createToyCloud(createVirtualClock(), behind(vm, "front"));
    const through = countCalls(
      "azure",
      breaks ? { ...network, read: () => Promise.reject(new Error("away")) } : network,
      {
        count: (name, labels = {}) => {
          const key = `${name} ${labels["cloud"]} ${labels["call"]}`;
          counts[key] = (counts[key] ?? 0) + 1;
        },
      },
    );
    return { network, through, counts };
  };

  it("tells reads, writes and pages apart, and answers what the cloud answers", async () => {
    const { network, through, counts } = counted();
    const of = { vms: [vm], objects: [gate("front")] };
    expect(await through.read(of)).toEqual(await network.read(of));
    expect(await through.write(gate("front"), [])).toEqual([]);
    const pages = [];
    for await (const page of through.survey(ScopeId.parse("5a11b007-0000-4000-8000-000000000001"))) pages.push(page);
    expect(pages).toHaveLength(1);
    expect(counts).toEqual({
      "sallyport_cloud_calls_total azure read": 1,
      "sallyport_cloud_calls_total azure write": 1,
      "sallyport_cloud_calls_total azure survey": 2,
    });
    expect(through.capabilities).toBe(network.capabilities);
  });

  it("counts a call that fails, too, and lets its fault through", async () => {
    const { through, counts } = counted(true);
    await expect(through.read({ vms: [vm], objects: [] })).rejects.toThrow("away");
    expect(counts).toEqual({ "sallyport_cloud_calls_total azure read": 1 });
  });
});
