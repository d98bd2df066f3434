import { WALLED, walledWorld } from "@sallyport/simulator";
import type { WalledWorldParts } from "@sallyport/simulator";
import { aJourney, firstGrantOf } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { GUEST, STRANGER, azureEstate } from "./estates.ts";
import type { Estate } from "./estates.ts";
import { networkOf } from "./network-of.ts";

const estate: Estate = { ...azureEstate, vm: WALLED.vm.toLowerCase(), insider: WALLED.neighbour };
/** As real ones take (azure.md §4). */
const timing = { firewallMs: 200_000, ruleMs: 3000 } as const;
/** One write of a firewall and the looks at it, and two. */
const MINUTES_MS = 5 * 60_000;

const behind = (parts: WalledWorldParts = {}): Promise<Journey> =>
  aJourney(estate, { world: walledWorld(parts), timing });
const firewallWrites = ({ cloudCalls }: Journey) =>
  cloudCalls.filter(({ isWrite, what }) => isWrite && /azurefirewalls/i.test(what)).length;

describe("a VM behind an Azure Firewall with classic rules", () => {
  it("is closed, opened for one by a mapped port of the firewall, and closed again: afterwards the network is as it was", async () => {
    const journey = await behind();
    const before = networkOf(journey.simulator);
    await journey.underJit();
    await journey.pass(MINUTES_MS);
    expect((await journey.showVm()).lockdown).toMatchObject({ status: "Locked" });
    const asked = await journey.ask({ duration: "PT10M" });
    await journey.pass(MINUTES_MS);
    const grant = await journey.grant(firstGrantOf(asked));
    expect(grant).toMatchObject({ status: "Open", closing: { sessions: "cut" } });
    expect(grant).toMatchObject({
      ways: expect.arrayContaining([{ address: WALLED.firewallPublicIp, port: 50_000, mappedTo: 22 }]),
    });
    expect([journey.getsIn(GUEST), journey.getsIn(STRANGER), journey.getsIn(WALLED.neighbour)]).toEqual([
      true,
      false,
      false,
    ]);
    await journey.pass(600_000 + MINUTES_MS);
    expect((await journey.grant(firstGrantOf(asked))).status).toBe("Closed");
    expect(journey.getsIn(GUEST)).toBe(false);
    await journey.removePolicy();
    await journey.pass(MINUTES_MS);
    expect(networkOf(journey.simulator)).toEqual(before);
    expect(journey.complaints).toEqual([]);
  });

  it("opens twenty doors that are asked for within ten seconds with two writes of the firewall", async () => {
    const journey = await behind();
    await journey.underJit();
    await journey.pass(MINUTES_MS);
    const before = firewallWrites(journey);
    const asked = [];
    for (let n = 1; n <= 20; n += 1) {
      asked.push(firstGrantOf(await journey.ask({ sources: [`198.51.100.${n}`], duration: "PT1H" })));
      await journey.pass(500);
    }
    await journey.pass(2 * MINUTES_MS);
    const grants = await Promise.all(asked.map((id) => journey.grant(id)));
    expect(new Set(grants.map(({ status }) => status))).toEqual(new Set(["Open"]));
    expect(firewallWrites(journey) - before).toBeLessThanOrEqual(2);
    expect(new Set(grants.map((grant) => JSON.stringify(grant))).size).toBe(20);
  });

  it("explains every hop of a packet as of the last survey, with the rule that decides", async () => {
    const journey = await behind({ rules: [["office", "Allow", 500, "22", "10.0.0.0/16"]] });
    const path = async (source: string) =>
      (await journey.call("ada", "GET", `/v1/vms/${journey.vmKey}/path?port=22&source=${source}`)).body;
    const near = await path(WALLED.neighbour);
    expect(near.ways).toMatchObject([
      {
        destination: WALLED.privateIp,
        verdict: "allowed",
        hops: [{ kind: "nsg", rule: "office", verdict: "allowed" }],
      },
    ]);
    const far = await path(GUEST);
    expect(far.ways).toMatchObject([{ verdict: "denied", hops: [{ kind: "firewall", verdict: "denied" }] }]);
    expect(Date.parse(far.asOf)).toBeLessThanOrEqual(Date.parse(journey.clock.now()));
    const bad = await journey.call("ada", "GET", `/v1/vms/${journey.vmKey}/path?port=0&source=nowhere`);
    expect(bad.status).toBe(422);
  });

  it("is refused under a firewall policy, naming the firewall", async () => {
    const journey = await behind({ policy: "policy-1" });
    const answer = await journey.call("ada", "PUT", `/v1/vms/${journey.vmKey}/policy`, {
      body: { ports: [{ port: 22, maxDuration: "PT1H" }] },
    });
    expect([answer.status, answer.body.code]).toEqual([409, "network.unsupported"]);
    expect(JSON.stringify(answer.body)).toContain("fw-1");
  });
});
