import { SMALL, emptyWorld, machine, nsg, smallWorld, vnet } from "@sallyport/simulator";
import type { InterfaceParts, ShortRule, WorldDocuments } from "@sallyport/simulator";
import { SURVEY_MS } from "./a-system.ts";
import { SOON_MS, aJourney } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { GUEST, STRANGER, azureEstate } from "./estates.ts";
import { neighbourWrites } from "./neighbours.ts";
import { networkOf } from "./network-of.ts";

const { place } = SMALL;
const GUEST_V6 = "2001:db8:51::7";
const STRANGER_V6 = "2001:db8:52::8";
const web: ShortRule = ["allow-web", "Allow", 350, ["80", "443"], "*"];
/** SSH for everybody, as it is where JIT is wanted: the lockdown has to be strict to close it. */
const ssh: ShortRule = ["allow-ssh", "Allow", 1000, "22", "*"];

/** One VM with these interfaces, in a subnet with an NSG and one without. */
function worldWith(interfaces: readonly InterfaceParts[], rules: readonly ShortRule[]): WorldDocuments {
  const { azure, aws } = emptyWorld();
  const resources = [
    nsg(place, "nsg-subnet", rules),
    nsg(place, "nsg-nic", rules),
    vnet(
      place,
      "vnet-1",
      ["10.0.0.0/16", "fd00:5a11::/48"],
      [
        { name: "snet-guarded", prefixes: ["10.0.1.0/24", "fd00:5a11:0:1::/64"], nsg: "nsg-subnet" },
        { name: "snet-bare", prefixes: ["10.0.2.0/24", "fd00:5a11:0:2::/64"] },
      ],
    ),
    ...machine(place, place, "vnet-1", { name: "vm-1", os: "Linux", interfaces }),
  ];
  return {
    azure: { ...azure, subscriptions: azure.subscriptions.map((one, i) => (i === 0 ? { ...one, resources } : one)) },
    aws,
  };
}

interface Shape {
  readonly shape: string;
  readonly interfaces: readonly InterfaceParts[];
  /** NSGs in the way of the guest: each is written once to open and once to close. */
  readonly levels: number;
  readonly guest?: string;
  readonly stranger?: string;
}

const guarded = { subnet: "snet-guarded", privateIp: "10.0.1.4", publicIp: "203.0.113.4" } as const;
const bare = { subnet: "snet-bare", privateIp: "10.0.2.4", publicIp: "203.0.113.5" } as const;
const dual: InterfaceParts = {
  ...guarded,
  ipv6: { privateIp: "fd00:5a11:0:1::4", publicIp: "2001:db8:10::4" },
  nsg: "nsg-nic",
};
const shapes: readonly Shape[] = [
  { shape: "an NSG on the interface only", interfaces: [{ ...bare, nsg: "nsg-nic" }], levels: 1 },
  { shape: "an NSG on the subnet only", interfaces: [guarded], levels: 1 },
  { shape: "an NSG on both", interfaces: [{ ...guarded, nsg: "nsg-nic" }], levels: 2 },
  {
    shape: "two interfaces, one guarded by its subnet, one by itself",
    interfaces: [guarded, { ...bare, nsg: "nsg-nic" }],
    levels: 2,
  },
  { shape: "both address families, asked for over IPv4", interfaces: [dual], levels: 2 },
  {
    shape: "both address families, asked for over IPv6",
    interfaces: [dual],
    levels: 2,
    guest: GUEST_V6,
    stranger: STRANGER_V6,
  },
];

const writesOf = ({ cloudCalls }: Journey) => cloudCalls.filter(({ isWrite }) => isWrite).length;

describe.each(shapes)("a VM on azure with $shape", ({ interfaces, levels, guest = GUEST, stranger = STRANGER }) => {
  const everybody = [GUEST, STRANGER, GUEST_V6, STRANGER_V6];
  const hasV6 = interfaces.some(({ ipv6 }) => ipv6 !== undefined);

  it.each([
    ["closed to all before", [web], {}],
    ["open to all before", [web, ssh], { lockdown: { precedence: "strict" } }],
  ] as const)(
    "opens for one and closes again, %s, and leaves the network as it was",
    async (_before, rules, policy) => {
      const journey = await aJourney(azureEstate, { world: worldWith(interfaces, rules) });
      const original = networkOf(journey.simulator);
      const wasOpen = "lockdown" in policy;
      expect(journey.getsIn(stranger)).toBe(wasOpen);
      expect(journey.getsIn(STRANGER_V6)).toBe(wasOpen && hasV6);

      expect((await journey.underJit(policy)).lockdown).toMatchObject({ status: "Locked", shadows: [] });
      expect(everybody.filter((source) => journey.getsIn(source))).toEqual([]);

      let before = writesOf(journey);
      expect((await journey.opened({ sources: [guest] })).status).toBe("Open");
      expect(everybody.filter((source) => journey.getsIn(source))).toEqual([guest]);
      expect(journey.getsIn(stranger, 443)).toBe(true);
      expect(writesOf(journey) - before).toBe(levels);

      before = writesOf(journey);
      await journey.pass(600_000);
      expect(everybody.filter((source) => journey.getsIn(source))).toEqual([]);
      expect(writesOf(journey) - before).toBe(levels);

      await journey.removePolicy();
      expect(networkOf(journey.simulator)).toBe(original);
      expect(journey.complaints).toEqual([]);
    },
  );
});

describe("a deny that an existing rule comes before, on azure", () => {
  it("comes with its remedy, to be read first: taken, the port is closed, and the rule stays as its owner wrote it (P1)", async () => {
    const journey = await aJourney(azureEstate, { world: smallWorld({ nic: [ssh], subnet: [ssh] }) });
    const before = networkOf(journey.simulator);
    const { vmKey: key, lockdown } = await journey.underJit();
    expect(lockdown).toMatchObject({ status: "NotEffective" });
    expect(journey.getsIn(STRANGER)).toBe(true);
    const { remedy } = await journey.showVm();
    if (remedy === undefined) throw new Error("no remedy");
    expect(remedy.plan).toMatchObject({ warnings: [], refusals: [] });
    const puts = remedy.plan.changes.filter(({ verb }) => verb === "put");
    expect(puts.map(({ priority = 4096 }) => priority < 1000)).toEqual([true, true]);
    const { headers } = await journey.call("ada", "GET", `/v1/vms/${key}/policy`);
    const patched = await journey.call("ada", "PATCH", `/v1/vms/${key}/policy`, {
      headers: { "if-match": headers.get("etag") ?? "" },
      body: remedy.patch,
    });
    expect(patched.status).toBe(200);
    await journey.pass(SOON_MS);
    expect(await journey.showVm()).toMatchObject({ lockdown: { status: "Locked" } });
    expect((await journey.showVm()).remedy).toBeUndefined();
    expect(journey.getsIn(STRANGER)).toBe(false);
    await journey.removePolicy();
    expect(networkOf(journey.simulator)).toEqual(before);
  });
});

describe("a deny that is shadowed later, on azure", () => {
  it("is told with the rule that shadows it, which stays as its owner wrote it, while the grant goes on and ends (P1)", async () => {
    const journey = await aJourney(azureEstate, { world: smallWorld({ subnet: [web], nic: [web] }) });
    expect((await journey.underJit()).lockdown).toMatchObject({ status: "Locked" });
    const { id } = await journey.opened({ duration: "PT1H" });
    const properties = {
      protocol: "Tcp",
      sourcePortRange: "*",
      destinationPortRange: "22",
      sourceAddressPrefix: "*",
      destinationAddressPrefix: "*",
      access: "Allow",
      priority: 299,
      direction: "Inbound",
    };
    await neighbourWrites(
      journey.simulator,
      [SMALL.subnetNsg, SMALL.nicNsg].map((path) => ({
        cloud: "azure",
        method: "PUT",
        path: `${path}/securityRules/in-a-hurry`,
        body: { properties },
      })),
    );
    expect(journey.getsIn(STRANGER)).toBe(true);
    await journey.pass(SURVEY_MS + SOON_MS);
    const { finding } = await journey.showVm();
    expect([...finding.warnings, ...finding.evidence.map(({ object }) => object)].join()).toContain("in-a-hurry");
    await journey.pass(3_600_000);
    expect(await journey.grant(id)).toMatchObject({ status: "Closed" });
    expect(JSON.stringify((await journey.told("sallyport.access.revoked.v1")).map(({ data }) => data))).toContain(
      "in-a-hurry",
    );
    expect(JSON.stringify(journey.simulator.documents())).not.toContain(id);
    expect(networkOf(journey.simulator)).toContain("in-a-hurry");
  });
});
