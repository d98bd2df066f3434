import fc from "fast-check";
import { ANY_SOURCE, instantOf, port, VmRef } from "@sallyport/contracts";
import type {
  Address,
  Cidr,
  GrantId,
  LockdownId,
  ObjectId,
  PortAccess,
  PortSpec,
  Protocol,
} from "@sallyport/contracts";
import { planAll } from "@sallyport/testkit";
import { decider, decidersOf, partsIn, sameVerdicts } from "../address-set.ts";
import { checkPlan } from "../check-plan.ts";
import { exposureOf, transportsOf } from "../exposure.ts";
import type { Seal } from "../mark.ts";
import { stretchesOf } from "../stretch.ts";
import type { Allow, LockDown, Want } from "../want.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import { createAzureModel } from "./model.ts";
import { isCollection } from "./net.ts";
import type { AdminRule, AzureNet, Interface, Nsg, NsgRule, Subnet, Vnet } from "./net.ts";

const model = createAzureModel();
const group = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg";
const id = (type: string, name: string) => `${group}/providers/microsoft.network/${type}/${name}` as ObjectId;
const vmNamed = (name: string) => VmRef.parse(`${group}/providers/microsoft.compute/virtualmachines/${name}`);

/** Says of each mark where it was made, which is all that a law needs of a signature. */
const seal: Seal = {
  sign: (claim, place) => ({ claim, keyId: "k", signature: `s${place.rule.length}` }),
  verifies: (mark, place) => mark.keyId === "k" && mark.signature === `s${place.rule.length}`,
};

const lockDown = (vm: VmRef, ports: readonly PortSpec[], more: Partial<LockDown> = {}): LockDown => ({
  kind: "lock-down",
  vm,
  id: `l0ckd0wn${vm.slice(-1)}` as LockdownId,
  ports,
  options: { precedence: "seed", sharedGroups: "refuse" },
  inverse: [],
  ...more,
});
const allow = (vm: VmRef, ports: readonly PortAccess[], grant = "grant0001"): Allow => ({
  kind: "allow",
  vm,
  grantId: grant as GrantId,
  ports,
  end: instantOf(1_800_000_000_000),
});
const withdraw = (vm: VmRef, grant = "grant0001"): Want => ({
  kind: "withdraw",
  vm,
  grantId: grant as GrantId,
  objects: [],
});
const unlock = (vm: VmRef): Want => ({
  kind: "unlock",
  vm,
  id: `l0ckd0wn${vm.slice(-1)}` as LockdownId,
  inverse: [],
  objects: [],
});

/** Plans, checks, applies; a refusal is `undefined`, a plan that fails its check fails the test. */
function after(net: AzureNet, want: Want): AzureNet | undefined {
  const planned = model.plan(net, want, seal);
  if (!planned.ok) return undefined;
  expect(checkPlan(model, net, want, planned.changes, seal)).toEqual({ ok: true });
  return model.apply(net, planned.changes);
}

const aRule = (name: string, more: Partial<NsgRule>): NsgRule => ({
  name,
  description: "",
  access: "allow",
  direction: "inbound",
  priority: 1000,
  protocol: "tcp",
  sourcePorts: ["*"],
  destinationPorts: ["22"],
  sources: ["*"],
  destinations: ["*"],
  sourceGroups: [],
  destinationGroups: [],
  ...more,
});

const aNsg = (name: string, rules: readonly NsgRule[]): Nsg => ({
  id: id("networksecuritygroups", name),
  name,
  rules,
  defaults: DEFAULT_RULES,
  flushes: false,
});

interface Machine {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly subnetNsg?: Nsg;
  readonly nicNsg?: Nsg;
}

/** Each machine in a subnet of its own, all in one network. */
function aNet(...machines: readonly Machine[]): AzureNet {
  const vnet = id("virtualnetworks", "vnet");
  const subnetId = (name: string) => `${vnet}/subnets/${name}` as ObjectId;
  return {
    vms: machines.map(({ name }) => ({
      ref: vmNamed(name),
      name,
      location: "westeurope",
      osType: "linux",
      power: "running",
      interfaces: [id("networkinterfaces", name)],
    })),
    interfaces: machines.map(({ name, addresses, nicNsg }): Interface => ({
      id: id("networkinterfaces", name),
      vm: vmNamed(name) as string as ObjectId,
      configurations: addresses.map((address) => ({
        name: address,
        address: address as Address,
        isPrimary: true,
        subnet: subnetId(name),
        groups: [],
        isBehindLoadBalancer: false,
      })),
      ...(nicNsg !== undefined && { nsg: nicNsg.id }),
    })),
    vnets: [
      {
        id: vnet,
        prefixes: ["10.0.0.0/16", "fd00::/48"],
        peers: [],
        hasGateway: false,
        hasFirewall: false,
        subnets: machines.map(({ name, subnetNsg }): Subnet => ({
          id: subnetId(name),
          prefixes: ["10.0.0.0/24"],
          ...(subnetNsg !== undefined && { nsg: subnetNsg.id }),
        })),
      },
    ],
    nsgs: [...new Set(machines.flatMap(({ subnetNsg, nicNsg }) => [subnetNsg, nicNsg]))].flatMap((nsg) => nsg ?? []),
    firewalls: [],
    publicAddresses: [],
    routeTables: [],
    adminRules: [],
  };
}

// Everything crowds the edges: the bands' ends, the last priorities, few ports, few ranges, shared NSGs.
const priorities = fc.oneof(
  fc.integer({ min: 100, max: 110 }),
  fc.integer({ min: 295, max: 305 }),
  fc.integer({ min: 4086, max: 4096 }),
);
const somePorts = fc.constantFrom(["22"], ["*"], ["20-30"], ["3389"], ["80", "22"], ["0-65535"], ["23"]);
const someSources = fc.constantFrom<readonly string[]>(
  ["*"],
  ["203.0.113.0/24"],
  ["203.0.113.7/32"],
  ["10.0.0.0/16"],
  ["VirtualNetwork"],
  ["Internet"],
  ["Storage"],
  ["789"],
  ["2001:db8::/32"],
  ["0.0.0.0/0"],
);
const someDestinations = fc.constantFrom<readonly string[]>(
  ["*"],
  ["10.0.0.4"],
  ["10.0.0.5"],
  ["10.0.0.0/24"],
  ["VirtualNetwork"],
  ["fd00::4"],
);
const foreignRules = fc.uniqueArray(priorities, { maxLength: 8 }).chain((numbers) =>
  fc.tuple(
    ...numbers.map((priority, n) =>
      fc
        .record({
          access: fc.constantFrom<NsgRule["access"]>("allow", "deny"),
          protocol: fc.constantFrom("tcp", "udp", "*", "icmp"),
          destinationPorts: somePorts,
          sources: someSources,
          destinations: someDestinations,
          sourcePorts: fc.constantFrom(["*"], ["*"], ["1024-65535"]),
          direction: fc.constantFrom<NsgRule["direction"]>("inbound", "inbound", "inbound", "outbound"),
        })
        .map((more) => aRule(`foreign-${n}`, { ...more, priority })),
    ),
  ),
);
const manager = (name: string) => id("networkmanagers", name);
const adminRules = fc.array(
  fc
    .record({
      access: fc.constantFrom<AdminRule["access"]>("allow", "deny", "always-allow"),
      priority: fc.integer({ min: 1, max: 3 }),
      protocol: fc.constantFrom("tcp", "udp", "*"),
      destinationPorts: somePorts,
      sources: someSources,
      destinations: someDestinations,
      sourcePorts: fc.constantFrom(["*"], ["*"], ["1024-65535"]),
      direction: fc.constantFrom<NsgRule["direction"]>("inbound", "inbound", "inbound", "outbound"),
      from: fc.constantFrom("avnm", "avnm", "avnm", "avnm-parent"),
    })
    .map(({ from, access, ...more }) => ({ ...aRule("", more), manager: manager(from), access })),
  { maxLength: 3 },
);
const inForce = (rules: readonly Omit<AdminRule, "id">[]): AzureNet["adminRules"] => [
  {
    vnet: id("virtualnetworks", "vnet"),
    rules: rules.map((rule, n) => {
      const name = `foreign-admin-${n}`;
      return { ...rule, name, id: `${rule.manager}/rules/${name}` as ObjectId };
    }),
  },
];
const vm = vmNamed("vm-a");
const other = vmNamed("vm-b");
const nets = fc
  .record({
    nic: fc.option(foreignRules, { freq: 3 }),
    subnet: fc.option(foreignRules, { freq: 3 }),
    shared: fc.boolean(),
    dual: fc.boolean(),
    admin: fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, { arbitrary: adminRules, weight: 1 }),
  })
  .map(({ nic, subnet, shared, dual, admin }): AzureNet => {
    const [nicNsg, subnetNsg] = [nic && aNsg("nsg-nic", nic), subnet && aNsg("nsg-subnet", subnet)];
    const guards = {
      ...(nicNsg !== null && { nicNsg }),
      ...(subnetNsg !== null && { subnetNsg }),
    };
    const net = aNet(
      { name: "vm-a", addresses: dual ? ["10.0.0.4", "fd00::4"] : ["10.0.0.4"], ...guards },
      { name: "vm-b", addresses: ["10.0.0.5"], ...(shared && guards) },
    );
    return { ...net, adminRules: inForce(admin) };
  });
const protocol = fc.constantFrom<Protocol>("tcp", "udp", "*");
const portSpecs = fc.uniqueArray(fc.record({ port: fc.constantFrom(port(22), port(3389), port(23)), protocol }), {
  minLength: 1,
  selector: (spec) => spec.port,
});
const sources = fc.constantFrom<readonly Cidr[]>(
  ["203.0.113.7/32" as Cidr],
  ["203.0.113.0/25" as Cidr, "198.51.100.0/24" as Cidr],
  ["2001:db8::7/128" as Cidr, "203.0.113.7/32" as Cidr],
  ANY_SOURCE,
  ["10.0.0.0/30" as Cidr],
);
const accesses = fc
  .tuple(portSpecs, fc.array(sources, { minLength: 3, maxLength: 3 }))
  .map(([specs, from]): readonly PortAccess[] => specs.map((spec, n) => ({ ...spec, sources: from[n] ?? ANY_SOURCE })));

/** The paths of a network as if one NSG alone stood on them. */
const only = (object: ObjectId, { nsg, ...rest }: Interface): Interface => ({
  ...rest,
  ...(nsg === object && { nsg }),
});
const onlySubnets = (object: ObjectId, vnet: Vnet): Vnet => ({
  ...vnet,
  subnets: vnet.subnets.map(({ nsg, ...rest }) => ({ ...rest, ...(nsg === object && { nsg }) })),
});

const foreignIn = (net: AzureNet) =>
  net.nsgs.flatMap(({ rules }) => rules.filter(({ name }) => name.startsWith("foreign")));

describe("the laws of the Azure model", () => {
  it("is idempotent: what is as wanted is left alone", () => {
    fc.assert(
      fc.property(nets, portSpecs, accesses, (net, ports, access) => {
        const locked = after(net, lockDown(vm, ports)) ?? net;
        expect(model.plan(locked, lockDown(vm, ports), seal)).toMatchObject(
          locked === net ? {} : { ok: true, changes: [] },
        );
        const open = after(locked, allow(vm, access));
        if (open === undefined) return;
        expect(model.plan(open, allow(vm, access), seal)).toEqual({ ok: true, changes: [] });
        const shut = after(open, withdraw(vm)) ?? open;
        expect(model.plan(shut, withdraw(vm), seal)).toEqual({ ok: true, changes: [] });
      }),
    );
  });

  it("is undone exactly: after the last grant and the lockdown the network is as it was (G4)", () => {
    fc.assert(
      fc.property(nets, portSpecs, accesses, accesses, (net, ports, one, two) => {
        const { after: end } = planAll(
          model,
          net,
          [
            lockDown(vm, ports),
            allow(vm, one),
            allow(vm, two, "grant0002"),
            withdraw(vm),
            unlock(vm),
            withdraw(vm, "grant0002"),
          ],
          seal,
        );
        expect(end).toEqual(net);
      }),
    );
  });

  it("changes no foreign rule, and keeps priorities unique and in range", () => {
    fc.assert(
      fc.property(nets, portSpecs, accesses, accesses, (net, ports, one, two) => {
        let now = net;
        for (const want of [lockDown(vm, ports), allow(vm, one), allow(vm, two, "grant0002"), lockDown(other, ports)]) {
          now = after(now, want) ?? now;
          expect(foreignIn(now)).toEqual(foreignIn(net));
          for (const { rules } of now.nsgs) {
            const inbound = rules.filter(({ direction }) => direction === "inbound").map(({ priority }) => priority);
            expect(new Set(inbound).size).toBe(inbound.length);
            expect(inbound.every((priority) => priority >= 100 && priority <= 4096)).toBe(true);
            for (const rule of rules) expect(rule.description.length).toBeLessThanOrEqual(140);
          }
        }
      }),
    );
  });

  it("closes the ports from everywhere but where an existing rule decides (S11, S12)", () => {
    fc.assert(
      fc.property(nets, portSpecs, (net, ports) => {
        const locked = after(net, lockDown(vm, ports));
        if (locked === undefined) return;
        for (const { part } of exposureOf(model, locked, vm, ports)) expect(part.by).toMatch(/foreign-/);
      }),
    );
  });

  it("lets every existing rule on the ports keep precedence: whom foreign rules let in, they let in still (S12)", () => {
    fc.assert(
      fc.property(nets, portSpecs, (net, ports) => {
        const locked = after(net, lockDown(vm, ports));
        if (locked === undefined) return;
        for (const { address, port: door, protocol: transport, part } of exposureOf(model, net, vm, ports)) {
          if (part.verdict !== "allowed" || !decidersOf(part.by).every((by) => by.includes("/foreign-"))) continue;
          const set = model.reachable(locked, { vm, destination: address, port: door, protocol: transport });
          for (const { verdict } of partsIn(set, [part])) expect(verdict).toBe("allowed");
        }
      }),
    );
  });

  it("closes four ports of a thousand machines with one write for each machine and NSG, however many ports (P43)", () => {
    const nsgs = Array.from({ length: 10 }, (_, n) => aNsg(`nsg-${n}`, []));
    const machines = Array.from({ length: 1000 }, (_, n) => ({
      name: `vm-${n}`,
      addresses: [`10.0.${Math.floor(n / 250)}.${(n % 250) + 4}`],
      ...(nsgs[n % 10] && { nicNsg: nsgs[n % 10] }),
    }));
    const management: readonly PortSpec[] = [22, 3389, 5985, 5986].map((number) => ({
      port: port(number),
      protocol: "tcp",
    }));
    const wants = machines.map(({ name }, n) => ({
      ...lockDown(vmNamed(name), management),
      id: `l0ckd0wn${n}` as LockdownId,
    }));
    const { changes, each } = planAll(model, aNet(...machines), wants, seal);
    expect(each.every(({ ok }) => ok)).toBe(true);
    expect(changes).toHaveLength(1000);
    expect(new Set(changes.map(({ object, rule }) => `${object} ${rule.priority}`)).size).toBe(1000);
  });

  it("opens with as few rules as there can be: with any one of them left out, somebody granted stays out", () => {
    fc.assert(
      fc.property(nets, portSpecs, accesses, (net, ports, access) => {
        const locked = after(net, lockDown(vm, ports)) ?? net;
        const planned = model.plan(locked, allow(vm, access), seal);
        if (!planned.ok) return;
        for (const left of planned.changes) {
          const rest = planned.changes.filter((change) => change !== left);
          expect(checkPlan(model, locked, allow(vm, access), rest, seal)).toMatchObject({ ok: false });
        }
      }),
    );
  });

  it("locks with as few rules as there can be: each deny decides about somebody on its own NSG, or foreign rules alone do", () => {
    fc.assert(
      fc.property(nets, portSpecs, (net, ports) => {
        const planned = model.plan(net, lockDown(vm, ports), seal);
        if (!planned.ok) return;
        const locked = model.apply(net, planned.changes);
        for (const { object, rule } of planned.changes) {
          if (isCollection(rule)) throw new Error("there is no firewall");
          const alone: AzureNet = {
            ...locked,
            adminRules: [],
            interfaces: locked.interfaces.map((one) => only(object, one)),
            vnets: locked.vnets.map((one) => onlySubnets(object, one)),
          };
          const parts = ports.flatMap(({ port: door, protocol: wanted }) =>
            transportsOf(wanted).flatMap((transport) =>
              model
                .addresses(net, vm)
                .filter(
                  (destination) =>
                    rule.destinations.includes(destination) &&
                    rule.destinationPorts.includes(`${door}`) &&
                    ["*", transport].includes(rule.protocol),
                )
                .flatMap(
                  (destination) => model.reachable(alone, { vm, destination, port: door, protocol: transport }).parts,
                ),
            ),
          );
          const deny = decider(object, rule.name);
          expect(parts.some(({ by }) => by === deny) || parts.every(({ by }) => by.includes("/foreign-"))).toBe(true);
        }
      }),
    );
  });

  it("lets every granted source in, and ends as it began (S18, S19, S22)", () => {
    fc.assert(
      fc.property(nets, portSpecs, accesses, (net, ports, access) => {
        const locked = after(net, lockDown(vm, ports)) ?? net;
        const open = after(locked, allow(vm, access));
        if (open === undefined) return;
        for (const { port: door, protocol: granted, sources: from } of access)
          for (const destination of model.addresses(open, vm))
            for (const transport of transportsOf(granted)) {
              const set = model.reachable(open, { vm, destination, port: door, protocol: transport });
              const stretches = stretchesOf(set.family, from);
              for (const part of partsIn(set, stretches)) expect(part.verdict).toBe("allowed");
            }
        expect(after(open, withdraw(vm))).toEqual(locked);
      }),
    );
  });

  it("keeps grants apart: withdrawing one leaves an overlapping one as open as it was (G5)", () => {
    fc.assert(
      fc.property(nets, portSpecs, accesses, accesses, (net, ports, one, two) => {
        const locked = after(net, lockDown(vm, ports)) ?? net;
        const first = after(locked, allow(vm, one));
        const both = first && after(first, allow(vm, two, "grant0002"));
        const alone = after(locked, allow(vm, two, "grant0002"));
        const left = both && after(both, withdraw(vm));
        if (left === undefined || alone === undefined) return;
        for (const destination of model.addresses(net, vm))
          for (const { port: door } of two)
            for (const transport of ["tcp", "udp"] as const) {
              const flow = { vm, destination, port: door, protocol: transport };
              expect(sameVerdicts(model.reachable(left, flow), model.reachable(alone, flow))).toBe(true);
            }
      }),
    );
  });

  it("is plain JSON", () => {
    fc.assert(
      fc.property(nets, (net) => {
        expect(JSON.parse(JSON.stringify(net))).toEqual(net);
      }),
    );
  });
});

describe("the check of a plan", () => {
  const ssh = [{ port: port(22), protocol: "tcp" as const }];
  const from7 = [{ port: port(22), protocol: "tcp" as const, sources: ["203.0.113.7/32" as Cidr] }];
  const twoLevels = () =>
    aNet(
      { name: "vm-a", addresses: ["10.0.0.4"], nicNsg: aNsg("nsg-nic", []), subnetNsg: aNsg("nsg-subnet", []) },
      { name: "vm-b", addresses: ["10.0.0.5"] },
    );

  it("works out only packets that a changed rule is about: of 50 foreign rules and 3 machines, the one port of the one machine", () => {
    const rules = Array.from({ length: 50 }, (_, n) =>
      aRule(`foreign-${n}`, {
        priority: 400 + n,
        destinationPorts: [String(1000 + 10 * n)],
        sources: [`203.0.${n}.0/24`],
      }),
    );
    const nicNsg = aNsg("nsg-nic", rules);
    const net = aNet(...["vm-a", "vm-b", "vm-c"].map((name, n) => ({ name, addresses: [`10.0.0.${n + 4}`], nicNsg })));
    const locked = after(net, lockDown(vm, ssh)) ?? net;
    const planned = model.plan(locked, allow(vm, from7), seal);
    if (!planned.ok) throw new Error("expected a plan");
    const workedOut: string[] = [];
    const counting: typeof model = {
      ...model,
      reachable: (at, flow) => {
        workedOut.push(`${flow.destination}:${flow.port}/${flow.protocol}`);
        return model.reachable(at, flow);
      },
    };
    expect(checkPlan(counting, locked, allow(vm, from7), planned.changes, seal)).toEqual({ ok: true });
    // Once whether it is open, then before and after.
    expect(workedOut).toEqual(Array.from({ length: 3 }, () => "10.0.0.4:22/tcp"));
  });

  it("objects to whatever does other than what was asked, whoever planned it", () => {
    const net = after(twoLevels(), lockDown(vm, ssh)) ?? twoLevels();
    const want = allow(vm, from7);
    const planned = model.plan(net, want, seal);
    if (!planned.ok) throw new Error("expected a plan");
    const bend = (change: (rule: NsgRule) => NsgRule) =>
      checkPlan(
        model,
        net,
        want,
        planned.changes.map((one) => ({ ...one, rule: isCollection(one.rule) ? one.rule : change(one.rule) })),
        seal,
      );
    expect(bend((rule) => rule)).toEqual({ ok: true });
    for (const wrong of [
      bend((rule) => ({ ...rule, sources: ["203.0.113.0/24"] })),
      bend((rule) => ({ ...rule, destinationPorts: ["22", "23"] })),
      bend((rule) => ({ ...rule, destinationPorts: ["21-22"] })),
      bend((rule) => ({ ...rule, protocol: "*" })),
      bend((rule) => ({ ...rule, destinations: ["10.0.0.5"] })),
      bend((rule) => ({ ...rule, priority: 4000 })),
      bend((rule) => ({ ...rule, sources: ["203.0.113.8/32"] })),
      bend((rule) => ({ ...rule, access: "deny" })),
      checkPlan(model, net, want, planned.changes.slice(0, 1), seal),
    ])
      expect(wrong.ok).toBe(false);
  });

  it("objects to a lockdown that closes more than the selected ports, and to a withdrawal that takes from others", () => {
    const net = aNet({
      name: "vm-a",
      addresses: ["10.0.0.4"],
      nicNsg: aNsg("nsg-nic", [aRule("foreign-web", { destinationPorts: ["*"], protocol: "*" })]),
    });
    const close = (more: Partial<NsgRule>) => [
      {
        object: id("networksecuritygroups", "nsg-nic"),
        verb: "put" as const,
        rule: aRule("x", { access: "deny", priority: 300, destinations: ["10.0.0.4"], ...more }),
      },
    ];
    expect(checkPlan(model, net, lockDown(vm, ssh), close({}), seal)).toEqual({ ok: true });
    expect(checkPlan(model, net, lockDown(vm, ssh), close({ destinationPorts: ["22-23"] }), seal).ok).toBe(false);
    expect(checkPlan(model, net, lockDown(vm, ssh), close({ protocol: "*" }), seal).ok).toBe(false);
    const takeForeign = [
      { object: id("networksecuritygroups", "nsg-nic"), verb: "delete" as const, rule: aRule("foreign-web", {}) },
    ];
    for (const want of [withdraw(vm), unlock(vm), allow(vm, from7)])
      expect(checkPlan(model, net, want, takeForeign, seal).ok).toBe(false);
  });

  it("finds nothing done where a granted source stays shut out", () => {
    const net = after(twoLevels(), lockDown(vm, ssh)) ?? twoLevels();
    expect(checkPlan(model, net, allow(vm, from7), [], seal)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("leaves a granted source denied: 203.0.113.7 to vm-a (10.0.0.4) 22/tcp"),
    });
  });
});
