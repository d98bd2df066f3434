import { Fault, SMALL } from "@sallyport/simulator";
import type { OutsiderOrder, Simulator } from "@sallyport/simulator";
import { z } from "zod";
import { SOON_MS, aJourney } from "./a-journey.ts";
import { APP_GROUP, GUEST, GUESTS, REGION, STRANGER, estates } from "./estates.ts";
import type { Estate } from "./estates.ts";
import { edits, neighbourWrites } from "./neighbours.ts";

/** While the last of the grant is taken away, somebody's tool puts back what was taken away first. */
function putBack(simulator: Simulator, cloud: Estate["cloud"], id: string): OutsiderOrder {
  const documents = simulator.documents();
  if (cloud === "azure") {
    const path = `${SMALL.subnetNsg}/securityRules/sallyport-allow-${id}`;
    const [nsg] = documents.azure.subscriptions
      .flatMap(({ resources }) => resources)
      .filter((one) => one.id === SMALL.subnetNsg);
    const { securityRules } = Rules.parse(nsg?.properties);
    const body = securityRules.find(({ name }) => name === `sallyport-allow-${id}`);
    return { edit: { cloud, method: "PUT", path, body }, duringNextWriteTo: "nsg-nic" };
  }
  const group = new RegExp(`"GroupId":"(sg-[0-9a-f]+)","GroupName":"sallyport-${id}"`).exec(JSON.stringify(documents));
  const params = {
    NetworkInterfaceId: "eni-0000000000000c0f1",
    "SecurityGroupId.1": APP_GROUP,
    "SecurityGroupId.2": group?.[1] ?? "",
  };
  return {
    edit: { cloud, region: REGION, action: "ModifyNetworkInterfaceAttribute", params },
    duringNextWriteTo: group?.[1] ?? "",
  };
}

const Rules = z.looseObject({ securityRules: z.array(z.looseObject({ name: z.string() })) });

describe.each(estates)("G3 · closed means read back, on %s", (cloud, estate) => {
  it("states by a signed receipt what was read back, and that nobody gets in any more", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const { id } = await journey.opened();
    await journey.pass(600_000);
    const { receipt } = await journey.grant(id);
    expect(receipt).toMatchObject({ grantId: id, reason: "expired", stillOpen: [] });
    expect(receipt?.readBack.length).toBeGreaterThan(0);
    const [revoked] = await journey.told("sallyport.access.revoked.v1");
    expect(revoked && journey.signer.verifiesReceipt(revoked.data.receipt)).toBe(true);
  });

  it("names the other grant that still lets the same sources in", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const short = await journey.opened({ duration: "PT5M" });
    const long = await journey.opened({ as: "carol", sources: [GUESTS], duration: "PT20M" });
    await journey.pass(300_000);
    const { receipt } = await journey.grant(short.id);
    expect(receipt?.stillOpen).toMatchObject([{ port: 22, protocol: "tcp", sources: [GUESTS] }]);
    expect(receipt?.stillOpen[0]?.by).toContain(long.id);
  });

  it("names the foreign rule that still lets somebody in", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const { id } = await journey.opened({ duration: "PT4M" });
    await neighbourWrites(journey.simulator, edits(cloud, { source: `${STRANGER}/32`, port: 22 }));
    expect(journey.getsIn(STRANGER)).toBe(true);
    await journey.pass(240_000);
    const { receipt } = await journey.grant(id);
    expect(receipt?.stillOpen).toMatchObject([{ port: 22, sources: [`${STRANGER}/32`] }]);
    expect(receipt?.stillOpen[0]?.by).toContain(cloud === "azure" ? "neighbours-own" : APP_GROUP);
  });

  it("tells that access was revoked only once the cloud itself shows it, whatever the cloud did to the writes", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const { id } = await journey.opened();
    const atTheTelling: { readonly getsIn: boolean; readonly isLeft: boolean }[] = [];
    await journey.outside.bus.subscribe("bystander", ["sallyport.access"], async ({ type }) => {
      if (type !== "sallyport.access.revoked.v1") return;
      const isLeft = JSON.stringify(journey.simulator.documents()).includes(id);
      atTheTelling.push({ getsIn: journey.getsIn(GUEST), isLeft });
    });
    await journey.simulator.control.outsider(putBack(journey.simulator, cloud, id));
    const trouble =
      cloud === "azure"
        ? [
            { match: { method: "DELETE" }, times: 2, effect: { kind: "supersede" } },
            { match: { method: "DELETE" }, effect: { kind: "lose-reply" } },
          ]
        : [
            { match: { method: "ModifyNetworkInterfaceAttribute" }, effect: { kind: "status", status: 503 } },
            { match: { method: "ModifyNetworkInterfaceAttribute" }, effect: { kind: "lose-reply" } },
            { match: { method: "DescribeNetworkInterfaces" }, times: 2, effect: { kind: "stale-read", forMs: 3_000 } },
          ];
    await journey.pass(600_000 - 2 * SOON_MS);
    journey.simulator.control.setFaults(trouble.map((fault) => Fault.parse(fault)));
    await journey.pass(60_000);
    expect(journey.simulator.control.pendingFaults()).toEqual([]);
    expect(atTheTelling).toEqual([{ getsIn: false, isLeft: false }]);
  });
});
