import { VmRef, vmKeyOf } from "@sallyport/contracts";
import { WALLED, machine, nsg, vnet, walledWorld } from "@sallyport/simulator";
import type { WorldDocuments } from "@sallyport/simulator";
import { SOON_MS, aJourney, firstGrantOf } from "./a-journey.ts";
import { GUEST, azureEstate } from "./estates.ts";
import type { Estate } from "./estates.ts";

const { place } = WALLED;
const WALLED_OFF = 30;
const FIREWALL_MS = 200_000;
const FREE = VmRef.parse(WALLED.vm.toLowerCase().replace(/vm-1$/, "vm-2"));
const estate: Estate = { ...azureEstate, vm: WALLED.vm.toLowerCase(), insider: WALLED.neighbour };

/** The VM behind the firewall, and one in another network that has nothing to do with it. */
function world(): WorldDocuments {
  const { azure, aws } = walledWorld();
  const free = [
    nsg(place, "nsg-2", []),
    vnet(place, "vnet-2", ["10.9.0.0/16"], [{ name: "snet-2", prefixes: ["10.9.1.0/24"], nsg: "nsg-2" }]),
    ...machine(place, place, "vnet-2", {
      name: "vm-2",
      os: "Linux",
      interfaces: [{ subnet: "snet-2", privateIp: "10.9.1.4", publicIp: "203.0.113.99" }],
    }),
  ];
  const subscriptions = azure.subscriptions.map((one, i) =>
    i === 0 ? { ...one, resources: [...one.resources, ...free] } : one,
  );
  return { azure: { ...azure, subscriptions }, aws };
}

describe("one slow firewall", () => {
  it("delays nobody else: while thirty wait for it, with three slots for each kind of work, other doors open and close as ever", async () => {
    const journey = await aJourney(estate, {
      world: world(),
      timing: { firewallMs: FIREWALL_MS, ruleMs: 3000 },
      slots: { openConcurrency: 3, revokeConcurrency: 3, lockConcurrency: 1 },
    });
    const freeKey = vmKeyOf(FREE);
    const policy = { ports: [{ port: 22, maxDuration: "PT12H" }] };
    const isFreeOpen = () => journey.reachable(FREE, 22, GUEST);
    const statusOf = async (id: string) => (await journey.grant(id)).status;
    const askFree = async (key: string) => {
      const body = { vm: freeKey, ports: [22], sources: [GUEST], duration: "PT1M" };
      const answer = await journey.call("alice", "POST", "/v1/access-requests", {
        headers: { "idempotency-key": key },
        body,
      });
      return firstGrantOf(answer);
    };
    /** One door elsewhere, at its usual pace. */
    const opensAndCloses = async (key: string) => {
      const id = await askFree(key);
      await journey.pass(SOON_MS);
      expect([await statusOf(id), isFreeOpen()]).toEqual(["Open", true]);
      await journey.pass(60_000);
      expect([await statusOf(id), isFreeOpen()]).toEqual(["Closed", false]);
    };

    // The one slot for lockdowns is not the firewall's, either.
    await journey.underJit();
    const configured = await journey.call("ada", "PUT", `/v1/vms/${freeKey}/policy`, { body: policy });
    expect(configured.status).toBe(201);
    await journey.pass(SOON_MS);
    expect((await journey.call("ada", "GET", `/v1/vms/${freeKey}`)).body.lockdown).toMatchObject({ status: "Locked" });
    await journey.pass(2 * FIREWALL_MS);

    const guests = Array.from({ length: WALLED_OFF }, (_, n) => `198.51.100.${n + 101}`);
    const asked = await Promise.all(guests.map((guest) => journey.ask({ sources: [guest], duration: "PT10M" })));
    const waiting = asked.map(firstGrantOf);
    await journey.pass(20_000);
    await opensAndCloses("while-they-open");
    expect(new Set(await Promise.all(waiting.map(statusOf)))).toEqual(new Set(["Approved"]));
    await journey.pass(2 * FIREWALL_MS);
    expect(new Set(await Promise.all(waiting.map(statusOf)))).toEqual(new Set(["Open"]));
    expect(guests.filter((guest) => !journey.getsIn(guest))).toEqual([]);

    await Promise.all(waiting.map((id) => journey.call("alice", "DELETE", `/v1/grants/${id}`)));
    await journey.pass(20_000);
    await opensAndCloses("while-they-close");
    expect(new Set(await Promise.all(waiting.map(statusOf)))).toEqual(new Set(["Closing"]));
    await journey.pass(2 * FIREWALL_MS);
    expect(new Set(await Promise.all(waiting.map(statusOf)))).toEqual(new Set(["Closed"]));
    expect(guests.filter((guest) => journey.getsIn(guest))).toEqual([]);
    expect(journey.complaints).toEqual([]);
  });
});
