import { ANY_SOURCE, instantOf, plusSeconds, port, seconds, VmRef } from "@sallyport/contracts";
import type { Address, Cidr, GrantId, LockdownId, ObjectId, PortAccess, PortSpec } from "@sallyport/contracts";
import { planAll } from "@sallyport/testkit";
import { SMALL, smallWorld } from "@sallyport/simulator";
import type { ShortRule, SmallWorldParts } from "@sallyport/simulator";
import { verdictAt } from "../address-set.ts";
import { checkPlan } from "../check-plan.ts";
import { exposureOf } from "../exposure.ts";
import type { Seal } from "../mark.ts";
import type { Change } from "../model.ts";
import type { Allow, LockDown, Want } from "../want.ts";
import { createAzureModel } from "./model.ts";
import { isCollection } from "./net.ts";
import type { AzureNet, NsgRule } from "./net.ts";
import { parseAzureNet } from "./parse.ts";

const model = createAzureModel();
const vm = VmRef.parse(SMALL.vm);
const [subnetNsg, nicNsg] = [SMALL.subnetNsg, SMALL.nicNsg].map((id) => id.toLowerCase() as ObjectId);
const seal: Seal = {
  sign: (claim) => ({ claim, keyId: "k", signature: "genuine" }),
  verifies: ({ signature }) => signature === "genuine",
};

function small(parts: SmallWorldParts = {}): AzureNet {
  const resources = smallWorld(parts).azure.subscriptions.flatMap((subscription) => subscription.resources);
  const of = (type: string) => resources.filter((one) => one.type.toLowerCase().endsWith(`/${type}`));
  return parseAzureNet({
    vms: of("virtualmachines"),
    interfaces: of("networkinterfaces"),
    vnets: of("virtualnetworks"),
    nsgs: of("networksecuritygroups"),
    publicAddresses: of("publicipaddresses"),
  });
}

const ssh: readonly PortSpec[] = [{ port: port(22), protocol: "tcp" }];
const lockDown = (ports = ssh, precedence: LockDown["options"]["precedence"] = "seed"): LockDown => ({
  kind: "lock-down",
  vm,
  id: "l0ckd0wn1" as LockdownId,
  ports,
  options: { precedence, sharedGroups: "refuse" },
  inverse: [],
});
const guest = "198.51.100.7/32" as Cidr;
const end = instantOf(Date.UTC(2026, 0, 31, 10));
const allow = (ports: readonly PortAccess[], more: Partial<Allow> = {}): Allow => ({
  kind: "allow",
  vm,
  grantId: "grant0001" as GrantId,
  ports,
  end,
  ...more,
});
const sshFor = (...sources: readonly string[]): readonly PortAccess[] => [
  { port: port(22), protocol: "tcp", sources: sources as readonly string[] as readonly Cidr[] },
];
const withdraw: Want = { kind: "withdraw", vm, grantId: "grant0001" as GrantId, objects: [] };

function changesOf(net: AzureNet, want: Want): readonly Change<NsgRule>[] {
  const planned = model.plan(net, want, seal);
  if (!planned.ok) throw new Error(planned.refusals[0].detail);
  expect(checkPlan(model, net, want, planned.changes, seal)).toEqual({ ok: true });
  return planned.changes.filter((change): change is Change<NsgRule> => !isCollection(change.rule));
}
const after = (net: AzureNet, want: Want): AzureNet => model.apply(net, changesOf(net, want));
const refusalOf = (net: AzureNet, want: Want) => {
  const planned = model.plan(net, want, seal);
  return planned.ok ? undefined : planned.refusals[0];
};
const placed = (changes: readonly Change<NsgRule>[]) =>
  changes.map(({ verb, object, rule }) => `${verb} ${object.slice(object.lastIndexOf("/") + 1)} ${rule.priority}`);
const verdict = (net: AzureNet, source: string, door = 22) =>
  verdictAt(
    model.reachable(net, { vm, destination: SMALL.privateIp as Address, port: port(door), protocol: "tcp" }),
    source as Address,
  );

describe("locking down an NSG", () => {
  it("puts one deny on each level of the path, to the VM's private address and nothing else (S8, S9, P30)", () => {
    const changes = changesOf(small(), lockDown([...ssh, { port: port(3389), protocol: "tcp" }]));
    expect(changes.map(({ object }) => object)).toEqual([subnetNsg, nicNsg]);
    for (const { rule } of changes)
      expect(rule).toMatchObject({
        access: "deny",
        direction: "inbound",
        protocol: "tcp",
        destinationPorts: ["22", "3389"],
        sources: ["*"],
        destinations: [SMALL.privateIp],
      });
    expect(changes[0]?.rule.name).toMatch(/^sallyport-deny-22-3389-[0-9a-z]+$/);
  });

  it("takes top priority when no rule covers the ports, but for the band of grants (S13)", () => {
    const net = small({ nic: [["web", "Allow", 350, "443", "*"]], subnet: [["low", "Allow", 120, "80", "*"]] });
    expect(placed(changesOf(net, lockDown()))).toEqual(["put nsg-subnet 300", "put nsg-nic 300"]);
  });

  it("lets every existing rule on the ports keep precedence (S12)", () => {
    const net = small({
      subnet: "none",
      nic: [
        ["office", "Allow", 1000, "22", "203.0.113.0/24"],
        ["wide", "Allow", 1500, "20-30", "192.0.2.0/24"],
        ["web", "Allow", 2000, "443", "*"],
      ],
    });
    const locked = after(net, lockDown());
    expect(placed(changesOf(net, lockDown()))).toEqual(["put nsg-nic 1501"]);
    expect([verdict(locked, "203.0.113.9"), verdict(locked, "192.0.2.1"), verdict(locked, "10.0.9.9")]).toEqual([
      "allowed",
      "allowed",
      "denied",
    ]);
  });

  it("takes the next free number, and minds rules about other machines or transports no more than they concern it", () => {
    const about = (name: string, priority: number, more: Readonly<Record<string, unknown>>): ShortRule => [
      name,
      "Allow",
      priority,
      "22",
      "*",
      more,
    ];
    const net = small({
      subnet: "none",
      nic: [
        ["taken", "Allow", 300, "80", "*"],
        about("other-vm", 900, { destinationAddressPrefix: "10.0.1.99" }),
        about("other-transport", 901, { protocol: "Udp" }),
        about("out", 902, { direction: "Outbound" }),
      ],
    });
    expect(placed(changesOf(net, lockDown()))).toEqual(["put nsg-nic 301"]);
  });

  it("strict: goes before the existing rules where a number is free there, and where none is falls back to the seed", () => {
    const rule = (priority: number): ShortRule => ["office", "Allow", priority, "22", "203.0.113.0/24"];
    const at = (priority: number) => small({ subnet: "none", nic: [rule(priority)] });
    expect(placed(changesOf(at(1000), lockDown(ssh, "strict")))).toEqual(["put nsg-nic 300"]);
    expect(placed(changesOf(at(300), lockDown(ssh, "strict")))).toEqual(["put nsg-nic 301"]);
    expect(verdict(after(at(1000), lockDown(ssh, "strict")), "203.0.113.9")).toBe("denied");
    const locked = after(at(1000), lockDown());
    expect(placed(changesOf(locked, lockDown(ssh, "strict")))).toEqual(["put nsg-nic 300"]);
  });

  it("writes nothing behind the last number where existing rules decide about every source already, and is refused where they do not", () => {
    const denyAll: ShortRule = ["deny-all", "Deny", 4096, "*", "*", { protocol: "*" }];
    const last = (source: string): ShortRule => ["last", "Allow", 4096, "22", source];
    expect(changesOf(small({ subnet: "none", nic: [denyAll] }), lockDown())).toEqual([]);
    expect(refusalOf(small({ subnet: "none", nic: [last("203.0.113.0/24")] }), lockDown())).toMatchObject({
      code: "network.no-free-priority",
      detail: expect.stringContaining("behind last at 4096"),
      object: expect.stringMatching(/nsg-nic\/securityRules\/last$/),
    });
  });

  it("puts the new deny before the old one goes when the ports change, and gives back only the port that was removed", () => {
    const net = after(small({ subnet: "none" }), lockDown([...ssh, { port: port(3389), protocol: "tcp" }]));
    const changes = changesOf(net, lockDown());
    expect(placed(changes)).toEqual(["put nsg-nic 301", "delete nsg-nic 300"]);
    const locked = model.apply(net, changes);
    expect([verdict(locked, SMALL.neighbour, 22), verdict(locked, SMALL.neighbour, 3389)]).toEqual([
      "denied",
      "allowed",
    ]);
  });

  it("names the rule that keeps it from being effective (P1)", () => {
    const locked = after(small({ subnet: "none", nic: [["open", "Allow", 1002, "22", "*"]] }), lockDown());
    const by = exposureOf(model, locked, vm, ssh).map(({ part }) => [part.verdict, part.by]);
    expect(by).toEqual([["allowed", "nsg-nic/open"]]);
  });

  it("closes the network's own way in, which the last default rule leaves open (P29)", () => {
    const net = small({ subnet: "none" });
    expect(verdict(net, "10.0.5.5")).toBe("allowed");
    expect(verdict(after(net, lockDown()), "10.0.5.5")).toBe("denied");
  });

  it("follows the VM's private address when it changes (P8)", () => {
    const net = after(small({ subnet: "none" }), lockDown());
    const moved: AzureNet = {
      ...net,
      interfaces: net.interfaces.map((one) => ({
        ...one,
        configurations: one.configurations.map((each) => ({ ...each, address: "10.0.1.5" as Address })),
      })),
    };
    const changes = changesOf(moved, lockDown());
    expect(placed(changes)).toEqual(["put nsg-nic 300"]);
    expect(changes[0]?.rule.destinations).toEqual(["10.0.1.5"]);
  });

  it("leaves its deny where it stands when somebody adds a rule behind it: moving it would open what is closed", () => {
    const locked = after(small({ subnet: "none" }), lockDown());
    const later: AzureNet = {
      ...locked,
      nsgs: small({ subnet: "none", nic: [["later", "Allow", 500, "22", "*"]] }).nsgs.map((nsg, n) => ({
        ...nsg,
        rules: [...nsg.rules, ...(locked.nsgs[n]?.rules ?? [])],
      })),
    };
    expect(changesOf(later, lockDown())).toEqual([]);
  });

  it("is refused, naming the VM, without any NSG, without the VM, and beside a firewall", () => {
    expect(refusalOf(small({ subnet: "none", nic: "none" }), lockDown())).toMatchObject({
      code: "network.no-nsg",
      object: vm,
    });
    expect(refusalOf({ ...small(), vms: [] }, lockDown())).toMatchObject({ code: "vm.gone" });
    const net = small();
    const walled = { ...net, vnets: net.vnets.map((vnet) => ({ ...vnet, hasFirewall: true })) };
    expect(refusalOf(walled, lockDown())).toMatchObject({
      code: "network.unsupported",
      object: expect.stringMatching(/vnet-1$/),
    });
    expect(model.facts(walled, vm)?.unsupported?.object).toMatch(/vnet-1$/);
  });

  it("is refused where the subnet sends its traffic through an appliance", () => {
    const net = small();
    const table = "/subscriptions/s/resourcegroups/g/providers/microsoft.network/routetables/rt" as ObjectId;
    const routed: AzureNet = {
      ...net,
      vnets: net.vnets.map((vnet) => ({
        ...vnet,
        subnets: vnet.subnets.map((one) => ({ ...one, routeTable: table })),
      })),
      routeTables: [{ id: table, routes: [{ prefix: "0.0.0.0/0", nextHop: "virtualappliance" }] }],
    };
    expect(refusalOf(routed, lockDown())).toMatchObject({ code: "network.unsupported", object: table });
  });
});

describe("opening an NSG", () => {
  const locked = () => after(small(), lockDown());

  it("opens at every level on the path, for the source that was granted and no other (S18, S19, P2)", () => {
    const changes = changesOf(locked(), allow(sshFor(guest)));
    expect(placed(changes)).toEqual(["put nsg-subnet 100", "put nsg-nic 100"]);
    const open = model.apply(locked(), changes);
    expect([verdict(open, "198.51.100.7"), verdict(open, "198.51.100.8"), verdict(open, "198.51.100.7", 23)]).toEqual([
      "allowed",
      "denied",
      "denied",
    ]);
    for (const only of changes) expect(verdict(model.apply(locked(), [only]), "198.51.100.7")).toBe("denied");
  });

  it("wins over the deny it was made for, and over a foreign one behind the band (S18)", () => {
    const net = after(small({ subnet: "none", nic: [["deny", "Deny", 300, "*", "*"]] }), lockDown());
    expect(verdict(after(net, allow(sshFor(guest))), "198.51.100.7")).toBe("allowed");
  });

  it("takes the smallest number that is free, and is refused where none is", () => {
    const taken = (first: number, last: number): readonly ShortRule[] =>
      Array.from({ length: last - first + 1 }, (_, n) => [`r${n}`, "Allow", first + n, "8080", "10.0.0.0/8"]);
    const few = small({ subnet: "none", nic: taken(100, 102) });
    expect(placed(changesOf(few, allow(sshFor(guest))))).toEqual(["put nsg-nic 103"]);
    expect(refusalOf(small({ subnet: "none", nic: taken(100, 299) }), allow(sshFor(guest)))).toMatchObject({
      code: "network.no-free-priority",
      object: nicNsg,
    });
  });

  it("is refused beforehand where a foreign deny stands before every free number, naming it", () => {
    const net = small({ subnet: "none", nic: [["block", "Deny", 100, "*", "198.51.100.0/24"]] });
    expect(refusalOf(net, allow(sshFor(guest)))).toMatchObject({
      code: "network.shadowed",
      detail: expect.stringContaining("block of nsg-nic at 100 decides about 198.51.100.7"),
      object: expect.stringMatching(/nsg-nic\/securityRules\/block$/),
    });
    expect(refusalOf(net, allow(sshFor("203.0.113.1/32")))).toBeUndefined();
  });

  it("is refused where nobody can know whether the source would get in", () => {
    const net = small({ subnet: "none", nic: [["tag", "Deny", 100, "*", "AzureCloud"]] });
    expect(refusalOf(net, allow(sshFor(guest)))).toMatchObject({
      code: "network.source-unknown",
      detail: expect.stringContaining("azurecloud"),
    });
  });

  it("writes one family a rule, and the same ports and sources as one (P11)", () => {
    const ports: readonly PortAccess[] = [
      { port: port(3389), protocol: "tcp", sources: [guest] },
      { port: port(22), protocol: "tcp", sources: [guest] },
      { port: port(53), protocol: "udp", sources: ANY_SOURCE },
    ];
    const changes = changesOf(after(small({ subnet: "none" }), lockDown()), allow(ports));
    expect(changes.map(({ rule }) => [rule.name, rule.protocol, rule.destinationPorts, rule.sources])).toEqual([
      ["sallyport-allow-grant0001", "tcp", ["22", "3389"], [guest]],
      ["sallyport-allow-grant0001-2", "udp", ["53"], ["0.0.0.0/0"]],
    ]);
  });

  it("writes nothing on a level that lets the source through anyway, unless it is another grant that does", () => {
    const net = after(small({ nic: [["office", "Allow", 200, "22", "198.51.100.0/24"]] }), lockDown());
    expect(placed(changesOf(net, allow(sshFor(guest))))).toEqual(["put nsg-subnet 100"]);
    const first = after(locked(), allow(sshFor("198.51.100.0/24")));
    const second = allow(sshFor(guest), { grantId: "grant0002" as GrantId });
    expect(placed(changesOf(first, second))).toEqual(["put nsg-subnet 101", "put nsg-nic 101"]);
  });

  it("re-marks the same rule at the same number when the end changes", () => {
    const open = after(locked(), allow(sshFor(guest)));
    const changes = changesOf(open, allow(sshFor(guest), { end: plusSeconds(end, seconds(3600)) }));
    expect(placed(changes)).toEqual(["put nsg-subnet 100", "put nsg-nic 100"]);
    expect(changes[0]?.rule.name).toBe("sallyport-allow-grant0001");
    expect(changes[0]?.rule.description).toContain("until 2026-01-31 11:00 UTC");
    expect(verdict(model.apply(open, changes), "198.51.100.7")).toBe("allowed");
  });

  it("is written again where its last write did not succeed, or goes on: shown, it may not be in force (P37)", () => {
    const open = after(locked(), allow(sshFor(guest)));
    const inDoubt = (net: AzureNet, name: string): AzureNet => ({
      ...net,
      nsgs: net.nsgs.map((nsg) => ({
        ...nsg,
        rules: nsg.rules.map((rule) => (rule.name.startsWith(name) ? { ...rule, inDoubt: true } : rule)),
      })),
    });
    expect(changesOf(open, allow(sshFor(guest)))).toEqual([]);
    expect(placed(changesOf(inDoubt(open, "sallyport-allow"), allow(sshFor(guest))))).toEqual([
      "put nsg-subnet 100",
      "put nsg-nic 100",
    ]);
    expect(placed(changesOf(inDoubt(open, "sallyport-deny"), lockDown()))).toHaveLength(2);
  });

  it("overwrites no rule that only has its name", () => {
    const net = small({ subnet: "none", nic: [["sallyport-allow-grant0001", "Allow", 400, "443", "*"]] });
    expect(changesOf(net, allow(sshFor(guest))).map(({ rule }) => rule.name)).toEqual(["sallyport-allow-grant0001.2"]);
  });

  it("is refused for sources of a family in which the VM has no address", () => {
    expect(refusalOf(small(), allow(sshFor("2001:db8::7/128")))).toMatchObject({
      code: "network.unsupported",
      detail: expect.stringContaining("no IPv6 address"),
    });
  });

  it("says where to connect to: from outside first", () => {
    expect(model.ways(small(), allow(sshFor(guest)))).toEqual([
      { address: "203.0.113.4", port: 22 },
      { address: SMALL.privateIp, port: 22 },
    ]);
  });
});

describe("closing an NSG", () => {
  const open = () => after(after(small(), lockDown()), allow(sshFor(guest)));

  it("takes away whatever carries the grant's mark, on every NSG that was read, in the path or not (P10)", () => {
    const swapped: AzureNet = {
      ...open(),
      interfaces: open().interfaces.map(({ nsg: _gone, ...rest }) => rest),
    };
    expect(placed(changesOf(swapped, withdraw))).toEqual(["delete nsg-subnet 100", "delete nsg-nic 100"]);
    expect(model.objects(swapped, withdraw)).toEqual([subnetNsg, nicNsg]);
  });

  it("leaves a mark that does not verify alone, and reports it", () => {
    const forger: Seal = { sign: (claim) => ({ claim, keyId: "k", signature: "forged" }), verifies: () => true };
    const planned = model.plan(small({ subnet: "none" }), allow(sshFor(guest)), forger);
    const forged = model.apply(small({ subnet: "none" }), planned.ok ? planned.changes : []);
    expect(changesOf(forged, withdraw)).toEqual([]);
    expect(model.marked(forged, seal)).toMatchObject([{ rule: "sallyport-allow-grant0001", verified: false }]);
  });

  it("stops new connections and leaves old ones, and says beforehand where it cannot (S23, P16)", () => {
    expect(model.closing(small(), vm)).toMatchObject({ sessions: "kept" });
    expect(model.closing(small({ flush: true }), vm)).toMatchObject({
      sessions: "cut",
      because: expect.stringContaining("nsg-subnet has flushConnection"),
    });
  });

  it("of one grant leaves an overlapping one open until it ends as well (P22)", () => {
    const two = allow(sshFor("198.51.100.0/28"), { grantId: "grant0002" as GrantId });
    const { after: left } = planAll(model, open(), [two, withdraw], seal);
    expect([verdict(left, "198.51.100.7"), verdict(left, "198.51.100.99")]).toEqual(["allowed", "denied"]);
  });
});
