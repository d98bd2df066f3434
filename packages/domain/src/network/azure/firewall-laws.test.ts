import fc from "fast-check";
import { port } from "@sallyport/contracts";
import type { Cidr, PortAccess, PortSpec } from "@sallyport/contracts";
import { difference, partsIn, sameVerdicts } from "../address-set.ts";
import type { Part } from "../address-set.ts";
import { checkPlan } from "../check-plan.ts";
import { transportsOf } from "../exposure.ts";
import { stretchesOf, without } from "../stretch.ts";
import type { Want } from "../want.ts";
import type { Change } from "../model.ts";
import { isCollection } from "./net.ts";
import type { AzureNet, AzureRule } from "./net.ts";
import {
  accessTo,
  after as afterAll,
  allow,
  collectionsIn,
  lockDown,
  model,
  reach,
  seal,
  unlock,
  vm,
  walledNet,
  withdraw,
} from "./walled-net.conformance.ts";
import type { NatBody, NetworkBody } from "./walled-net.conformance.ts";

// Everything crowds the edges: the bands' ends, the ports that grants are mapped to, few sources, rules that lead to either machine.
const priorities = fc.oneof(
  fc.integer({ min: 100, max: 103 }),
  fc.integer({ min: 298, max: 303 }),
  fc.integer({ min: 64_998, max: 65_000 }),
);
const sources = fc.constantFrom<readonly string[]>(
  ["*"],
  ["198.51.100.0/24"],
  ["198.51.100.7/32"],
  ["10.0.0.0/16"],
  ["192.168.0.0/16"],
);
const doors = fc.constantFrom<readonly string[]>(["22"], ["20-30"], ["3389"], ["443"], ["50000"], ["*"]);
const machines = fc.constantFrom("10.0.0.4", "10.0.0.5");
const nat = fc.uniqueArray(
  fc.record({
    priority: priorities,
    from: sources,
    ports: fc.constantFrom<readonly string[]>(["50022"], ["50000"], ["50000-50001"], ["443"]),
    to: machines,
    toPort: fc.constantFrom("22", "3389", "443"),
  }),
  { maxLength: 3, selector: ({ priority }) => priority },
);
const network = fc.uniqueArray(
  fc.record({
    priority: priorities,
    action: fc.constantFrom("Allow" as const, "Deny" as const),
    from: sources,
    to: fc.constantFrom<readonly string[]>(["10.0.0.4"], ["10.0.0.5"], ["10.0.0.0/24"], ["*"]),
    ports: doors,
  }),
  { maxLength: 3, selector: ({ priority }) => priority },
);
const nsgs = fc.oneof(
  fc.constant("none" as const),
  fc.uniqueArray(
    fc.tuple(
      fc.constantFrom("Allow", "Deny"),
      fc.integer({ min: 298, max: 302 }),
      fc.constantFrom("22", "*", "443"),
      fc.constantFrom("*", "198.51.100.0/24", "10.0.1.0/26", "10.0.0.0/16"),
    ),
    { maxLength: 3, selector: ([, priority]) => priority },
  ),
);
type Foreign = Required<Pick<NatBody, "priority" | "from" | "ports" | "to" | "toPort">>;
interface Around {
  readonly nat: readonly Foreign[];
  readonly network: readonly Omit<NetworkBody, "name">[];
  readonly nsgs: "none" | readonly (readonly [access: string, priority: number, door: string, from: string])[];
  readonly routed: boolean;
  readonly publicIp: boolean;
}
const around = fc.record<Around>({ nat, network, nsgs, routed: fc.boolean(), publicIp: fc.boolean() });
const built = ({ nat: rules, network: others, nsgs: nsg, routed, publicIp }: Around): AzureNet =>
  walledNet({
    nat: rules.map((rule, n) => ({ ...rule, name: `foreign-nat-${n}` })),
    network: others.map((rule, n) => ({ ...rule, name: `foreign-net-${n}` })),
    nsg:
      nsg === "none"
        ? nsg
        : nsg.map(([access, priority, door, from], n) => [`foreign-${n}`, access, priority, door, from] as const),
    routed,
    publicIp,
  });
const nets = around.map(built);
const isLed = ({ to }: Foreign) => to === "10.0.0.4";
/**
 * There is no way in but the one that a grant makes: no foreign NAT rule leads to the granted ports, and where one leads to the machine
 * at all, what does not come by the firewall gets no answer. Elsewhere a grant has its own mapped port beside the other way (P40). Nor
 * is a network rule about the network's own machines, who may have their own way past the firewall.
 */
const soleWays = around
  .map((one) => ({
    ...one,
    nat: one.nat
      .filter((rule) => one.routed || !isLed(rule))
      .map((rule) => (isLed(rule) ? { ...rule, toPort: "443" } : rule)),
    network: one.network.filter(({ from }) => from?.includes("10.0.0.0/16") !== true),
  }))
  .map(built);
/** Only the firewall decides, and somebody opens everything behind all that stands. */
const LATE = 65_000;
const onlyWalls = around.map((one) =>
  built({
    ...one,
    nat: one.nat.filter((rule) => !isLed(rule)),
    network: one.network
      .filter(({ priority }) => priority < LATE - 1)
      .map((rule) => ({ ...rule, action: "Allow" as const })),
    nsgs: "none",
    routed: true,
  }),
);
const portSpecs = fc.constantFrom<readonly PortSpec[]>(
  [{ port: port(22), protocol: "tcp" }],
  [
    { port: port(22), protocol: "tcp" },
    { port: port(3389), protocol: "*" },
  ],
);
const accesses = fc.constantFrom<readonly PortAccess[]>(
  [accessTo(22, "198.51.100.7/32")],
  [accessTo(22, "198.51.100.0/25", "10.0.0.5/32")],
  [accessTo(22, "192.168.7.0/24"), accessTo(3389, "198.51.100.7/32")],
  [accessTo(22, "0.0.0.0/0")],
);
const precedence = fc.constantFrom("seed" as const, "strict" as const);

/** Plans, checks, applies; a refusal is `undefined`, a plan that fails its check fails the test. */
function after(net: AzureNet, want: Want): AzureNet | undefined {
  const planned = model.plan(net, want, seal);
  if (!planned.ok) return undefined;
  expect(checkPlan(model, net, want, planned.changes, seal)).toEqual({ ok: true });
  return model.apply(net, planned.changes);
}

/** What is left of a plan without one of its rules, for each of them; a collection of one goes as a whole. */
function lessOne(changes: readonly Change<AzureRule>[]): readonly (readonly Change<AzureRule>[])[] {
  return changes.flatMap((change, at) => {
    const { rule } = change;
    const smaller: readonly AzureRule[] =
      isCollection(rule) && rule.rules.length > 1
        ? rule.rules.map((gone) => ({ ...rule, rules: rule.rules.filter((one) => one !== gone) }))
        : [];
    return smaller.length === 0
      ? [changes.toSpliced(at, 1)]
      : smaller.map((less) => changes.with(at, { ...change, rule: less }));
  });
}

/** The firewall's own subnet is a hop, and nobody's. */
const firewallSubnet = stretchesOf("ipv4", ["10.0.1.0/26" as Cidr]);
const letsIn = (net: AzureNet, granted: readonly PortAccess[]): boolean =>
  granted.every(({ port: door, sources: from }) =>
    partsIn(reach(net, door), without(stretchesOf("ipv4", from), firewallSubnet)).every(
      ({ verdict }) => verdict === "allowed",
    ),
  );

/** Somebody allows everything on the firewall, behind all that stands there. */
const openedLate = (net: AzureNet): AzureNet => ({
  ...net,
  firewalls: net.firewalls.map((firewall) => ({
    ...firewall,
    collections: [
      ...firewall.collections,
      {
        kind: "network",
        name: "late",
        priority: LATE,
        action: "allow",
        rules: [
          {
            name: "late",
            description: "",
            protocols: ["any"],
            sources: ["*"],
            sourceGroups: [],
            destinations: ["*"],
            destinationGroups: [],
            destinationNames: [],
            destinationPorts: ["*"],
          },
        ],
      },
    ],
  })),
});

const isShut = ({ verdict, by }: Part): boolean => verdict === "denied" && /sallyport-/.test(by);

const foreignIn = (net: AzureNet) => [
  ...net.nsgs.flatMap(({ rules }) => rules.filter(({ name }) => name.startsWith("foreign"))),
  ...net.firewalls.flatMap(({ collections }) => collections.filter(({ name }) => /-foreign-/.test(name))),
];
const runs = { numRuns: 100 } as const;

describe("the laws of the Azure model, behind a firewall", () => {
  it("is idempotent, and is undone exactly: afterwards the network is as it was (G4)", () => {
    fc.assert(
      fc.property(nets, portSpecs, accesses, precedence, (net, ports, granted, order) => {
        const lock = lockDown(ports, order);
        const locked = after(net, lock) ?? net;
        const again = locked === net ? { changes: [] } : model.plan(locked, lock, seal);
        expect(again).toMatchObject({ changes: [] });
        const open = after(locked, allow(granted));
        const opened = open === undefined ? { changes: [] } : model.plan(open, allow(granted), seal);
        expect(opened).toMatchObject({ changes: [] });
        expect(open === undefined ? locked : after(open, withdraw())).toEqual(locked);
        expect(after(locked, unlock)).toEqual(net);
      }),
      runs,
    );
  });

  it("changes no foreign rule or collection, and keeps priorities unique and in range (P50)", () => {
    fc.assert(
      fc.property(nets, portSpecs, accesses, precedence, (net, ports, granted, order) => {
        const locked = after(net, lockDown(ports, order)) ?? net;
        const open = after(locked, allow(granted)) ?? locked;
        const both = after(open, allow(granted, "grant0002")) ?? open;
        expect(foreignIn(both)).toEqual(foreignIn(net));
        for (const { collections } of both.firewalls)
          for (const kind of ["nat", "network"] as const) {
            const numbers = collections.filter((one) => one.kind === kind).map(({ priority }) => priority);
            expect(new Set(numbers).size).toBe(numbers.length);
            expect(numbers.every((number) => number >= 100 && number <= 65_000)).toBe(true);
          }
      }),
      runs,
    );
  });

  it("closes the ports from everywhere but where a foreign rule decides, and lets nobody in", () => {
    fc.assert(
      fc.property(nets, portSpecs, precedence, (net, ports, order) => {
        const locked = after(net, lockDown(ports, order));
        if (locked === undefined) return;
        for (const { port: door, protocol } of ports)
          for (const transport of transportsOf(protocol)) {
            if (transport === "udp") continue;
            const through = reach(locked, door).parts.filter(({ verdict }) => verdict !== "denied");
            expect(through.filter(({ by }) => !/foreign|no NSG/.test(by))).toEqual([]);
          }
      }),
      runs,
    );
  });

  it("lets every granted source in and nobody else, and leaves an overlapping grant as open as it was (S19, G5)", () => {
    fc.assert(
      fc.property(nets, portSpecs, accesses, (net, ports, granted) => {
        const locked = after(net, lockDown(ports)) ?? net;
        const open = after(locked, allow(granted));
        if (open === undefined) return;
        expect(letsIn(open, granted)).toBe(true);
        for (const { port: door, sources: from } of granted) {
          const stretches = without(stretchesOf("ipv4", from), firewallSubnet);
          for (const shift of difference(reach(locked, door), reach(open, door)))
            expect(without([shift], stretches)).toEqual([]);
        }
        const both = after(open, allow(granted, "grant0002"));
        const left = both === undefined ? undefined : after(both, withdraw("grant0002"));
        if (left === undefined) return;
        for (const { port: door } of granted) expect(sameVerdicts(reach(left, door), reach(open, door))).toBe(true);
      }),
      runs,
    );
  });

  it("takes no pair of address and port that a foreign NAT rule has (P40)", () => {
    fc.assert(
      fc.property(nets, accesses, (net, granted) => {
        const open = after(net, allow(granted));
        if (open === undefined) return;
        const rules = open.firewalls.flatMap(({ collections }) => collections.filter(({ kind }) => kind === "nat"));
        const mapped = collectionsIn(rules.map((rule) => ({ object: rule.name as never, verb: "put", rule })))
          .filter(({ name }) => name.startsWith("sallyport-"))
          .flatMap(({ rules: own }) => own.map(({ destinationPorts }) => Number(destinationPorts[0])));
        const foreign = rules.filter(({ name }) => /-foreign-/.test(name)).flatMap((one) => one.rules);
        const has = (door: number) =>
          foreign.some(({ destinationPorts }) =>
            destinationPorts.some((text) => {
              const [first, last] = text.split("-").map(Number);
              return (first ?? 0) <= door && door <= (last ?? first ?? 0);
            }),
          );
        expect(mapped.filter(has)).toEqual([]);
        expect(new Set(mapped).size).toBe(mapped.length);
      }),
      runs,
    );
  });

  it("opens with no rule too many: without any one of them somebody granted stays outside", () => {
    fc.assert(
      fc.property(soleWays, portSpecs, accesses, precedence, (net, ports, granted, order) => {
        const locked = after(net, lockDown(ports, order)) ?? net;
        const planned = model.plan(locked, allow(granted), seal);
        const rest = planned.ok ? lessOne(planned.changes) : [];
        expect(rest.filter((changes) => letsIn(model.apply(locked, changes), granted))).toEqual([]);
      }),
      runs,
    );
  });

  it("denies with no rule too many: without any one of them, what somebody allows later would open a port", () => {
    fc.assert(
      fc.property(onlyWalls, portSpecs, precedence, (net, ports, order) => {
        const planned = model.plan(net, lockDown(ports, order), seal);
        if (!planned.ok) return;
        const opened = (changes: readonly Change<AzureRule>[]) => openedLate(model.apply(net, changes));
        const locked = opened(planned.changes);
        // What allowed everybody before decides before our deny, too (S12), and so there is nothing for it to do.
        const effective = ports.filter(({ port: door }) => reach(locked, door).parts.some(isShut));
        for (const { port: door } of effective) {
          const shut = reach(locked, door);
          const needed = lessOne(planned.changes).filter((less) => !sameVerdicts(reach(opened(less), door), shut));
          expect(needed).toHaveLength(1);
        }
      }),
      runs,
    );
  });

  it("is plain JSON", () => {
    const net = afterAll(walledNet(), lockDown(), allow([accessTo(22, "198.51.100.7/32" as Cidr)]));
    expect(JSON.parse(JSON.stringify(net))).toEqual(net);
    expect(model.vms(net)).toContain(vm);
  });
});
