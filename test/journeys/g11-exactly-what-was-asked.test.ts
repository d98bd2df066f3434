import { Fault } from "@sallyport/simulator";
import { SOON_MS, aJourney } from "./a-journey.ts";
import { STRANGER, estates } from "./estates.ts";
import { networkOf } from "./network-of.ts";

describe.each(estates)("G11 · exactly what was asked, on %s", (cloud, estate) => {
  /** The first and the last address of a range, and their neighbours just outside. */
  const edges = [
    ["198.51.100.63", false],
    ["198.51.100.64", true],
    ["198.51.100.127", true],
    ["198.51.100.128", false],
    [STRANGER, false],
    [estate.insider, false],
  ] as const;

  it("opens to the first and the last address of a range and to none beside them, on this port alone", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ ports: [{ port: 22 }, { port: 3389 }] });
    await journey.opened({ sources: ["198.51.100.64/26"] });
    for (const [source, isIn] of edges) expect([source, journey.getsIn(source)]).toEqual([source, isIn]);
    for (const port of [21, 23, 3389]) expect(journey.getsIn("198.51.100.64", port)).toBe(false);
    await journey.pass(600_000);
    for (const [source] of edges) expect(journey.getsIn(source)).toBe(false);
  });

  it("gives ports of one request their own sources and their own ends", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ ports: [{ port: 22 }, { port: 3389 }] });
    const asked = await journey.ask({
      sources: ["198.51.100.1"],
      duration: "PT10M",
      ports: [22, { port: 3389, sources: ["198.51.100.2"], duration: "PT5M" }],
    });
    expect(asked.body.grants).toHaveLength(2);
    await journey.pass(SOON_MS);
    const doors = () => [
      journey.getsIn("198.51.100.1", 22),
      journey.getsIn("198.51.100.2", 3389),
      journey.getsIn("198.51.100.1", 3389),
      journey.getsIn("198.51.100.2", 22),
    ];
    expect(doors()).toEqual([true, true, false, false]);
    await journey.pass(300_000);
    expect(doors()).toEqual([true, false, false, false]);
    await journey.pass(300_000);
    expect(doors()).toEqual([false, false, false, false]);
  });

  it("leaves nothing behind of an opening that could not be finished in time", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const before = networkOf(journey.simulator);
    // The last step of opening is refused as long as the grant lasts; the ones before it are carried out.
    const match =
      cloud === "azure"
        ? { cloud, method: "PUT", resource: "nsg-nic" }
        : { cloud, method: "ModifyNetworkInterfaceAttribute" };
    journey.simulator.control.setFaults([
      Fault.parse({ match, times: 100_000, effect: { kind: "status", status: 503 } }),
    ]);
    const { id } = await journey.opened();
    expect(networkOf(journey.simulator)).not.toBe(before);
    await journey.pass(900_000);
    expect(await journey.grant(id)).toMatchObject({ status: "Failed", reasons: [{ code: "grant.too-late" }] });
    expect(networkOf(journey.simulator)).toBe(before);
    expect(await journey.told("sallyport.access.granted.v1")).toEqual([]);
  });
});
