import { addressNumber, familyOf, refusal, shortNameOf } from "@sallyport/contracts";
import type { Address, ObjectId, Refusal, VmRef } from "@sallyport/contracts";
import { remembered } from "../../remembered.ts";
import { decider, eitherWay, everySource, intersect, override, partAt, partsIn } from "../address-set.ts";
import type { AddressSet } from "../address-set.ts";
import type { Flow, Hop } from "../model.ts";
import { everyAddress, without } from "../stretch.ts";
import type { Stretch } from "../stretch.ts";
import { adminAt, decideBefore } from "./admin-rules.ts";
import type { AtAdmin } from "./admin-rules.ts";
import { atHop, forwarded, natRulesTo, translatedBy } from "./firewall.ts";
import { lastPart } from "./json.ts";
import type { AzureNet, Firewall, Nsg } from "./net.ts";
import { throughNsg } from "./nsg.ts";
import { indexOf } from "./spot.ts";
import type { AtFirewall, Spot } from "./spot.ts";
import { addressesOfTag, privateIn } from "./tags.ts";

/** What one level of the path does with every source. */
interface Level {
  readonly object: ObjectId;
  readonly set: AddressSet;
}

function levelsOf(net: AzureNet, spot: Spot, { port, protocol }: Flow): readonly Level[] {
  const { nsg, members } = indexOf(net);
  return spot.levels.map((object) => {
    const found = nsg(object);
    if (found !== undefined) return { object, set: throughNsg(found, { spot, port, protocol, members }) };
    const reason = `${lastPart(object)} is on the path and could not be read`;
    return { object, set: everySource(spot.family, "unknown", decider(object, "unread"), reason) };
  });
}

const spotOf = (net: AzureNet, { vm, destination }: Flow): Spot => {
  const spot = indexOf(net)
    .spots(vm)
    .find(({ address }) => address === destination);
  if (spot === undefined) throw new Error(`${vm} has no address ${destination}`);
  return spot;
};

/** One way in: a firewall where there is one on it, the security admin rules, then the NSGs; each must allow, but for an AlwaysAllow. */
interface Route {
  /** The firewall, as it treats who comes by it. */
  readonly firewall?: Level;
  readonly admin?: AtAdmin;
  readonly levels: readonly Level[];
}

/**
 * Every source, by every way: straight through the NSG of the subnet and that of the interface, where both must allow and no NSG
 * allows all (azure.md §7), and by the firewall of the network; before the NSGs, security admin rules. The firewall's own addresses
 * are a hop on the way, and no source (house.md §6).
 */
export function reachable(net: AzureNet, flow: Flow): AddressSet {
  const spot = spotOf(net, flow);
  const all = routesTo(net, spot, flow)
    .map((route) => throughRoute(route, spot))
    .reduce(eitherWay);
  const { firewall } = spot;
  if (firewall === undefined) return all;
  return override(all, firewall.hops, { verdict: "denied", by: decider(firewall.is.id, "its own subnet") });
}

function throughRoute({ firewall, admin, levels: [first, ...rest] }: Route, spot: Spot): AddressSet {
  const guarded = first === undefined ? unguarded(spot) : rest.reduce((set, level) => both(set, level.set), first.set);
  const set = admin === undefined ? guarded : decideBefore(admin, guarded);
  return firewall === undefined ? set : intersect(firewall.set, set);
}

const intersections = new WeakMap<AddressSet, WeakMap<AddressSet, AddressSet>>();

/** Two NSGs decide alike for all VMs behind both. */
const both = (a: AddressSet, b: AddressSet): AddressSet =>
  remembered(
    remembered(intersections, a, () => new WeakMap<AddressSet, AddressSet>()),
    b,
    () => intersect(a, b),
  );

function routesTo(net: AzureNet, spot: Spot, flow: Flow): readonly [Route, ...Route[]] {
  const { port, protocol } = flow;
  const { firewall } = spot;
  const levels = levelsOf(net, spot, flow);
  const rules = adminAt(net, { spot, port, protocol, members: indexOf(net).members });
  const admin = rules === undefined ? {} : { admin: rules };
  if (firewall === undefined) return [{ ...admin, levels }];
  const packet = { spot, port, protocol };
  const object = firewall.is.id;
  const forwarding = forwardedTo(spot, packet);
  // By NAT, what stands behind the firewall sees nobody but the firewall.
  const atHops = (set: AddressSet, at: ObjectId): AddressSet => {
    const { verdict, by, reason } = atHop(firewall, partsIn(set, firewall.hops), at);
    return everySource(spot.family, verdict, by, reason);
  };
  const shut = levels.map((level): Level => ({ ...level, set: atHops(level.set, level.object) }));
  const behindIt = rules && {
    admin: {
      ...rules,
      passes: atHops(rules.passes, rules.object),
      bypasses: atHops(rules.bypasses, rules.object),
    },
  };
  return [
    { ...(forwarding && { firewall: { object, set: forwarding } }), ...admin, levels },
    ...translatedBy(firewall, packet).map((set) => ({ firewall: { object, set }, ...behindIt, levels: shut })),
  ];
}

/**
 * What a firewall does with sources beyond the network, on their way to an address whose subnet routes through it. Who knocks at a
 * public address of the VM's own passes by the firewall on the way in only: it drops the answer to what it has not seen begin.
 */
function forwardedTo(spot: Spot, packet: Parameters<typeof forwarded>[1]): AddressSet | undefined {
  const { firewall } = spot;
  if (firewall?.isRouted !== true) return undefined;
  const near = addressesOfTag("virtualnetwork", spot.family, spot.vnet, undefined).certain;
  const own = override(forwarded(firewall, packet), near, { verdict: "allowed", by: "" });
  const outside = without([everyAddress(spot.family)], [...near, ...privateIn(spot.family)]);
  return override(own, outside, {
    verdict: "denied",
    by: decider(
      firewall.is.id,
      spot.configuration.publicAddress === undefined ? "no public address" : "asymmetric route",
    ),
  });
}

const unguarded = (spot: Spot): AddressSet => everySource(spot.family, "allowed", decider(spot.interface.id, "no NSG"));

const OPENNESS = { allowed: 2, unknown: 1, denied: 0 } as const;

/** The stations that one source passes, up to the one that denies: of its most open way in; of equals, that which it would take. */
export function path(net: AzureNet, flow: Flow, source: Address): readonly Hop[] {
  const spot = spotOf(net, flow);
  const [straight, ...translated] = routesTo(net, spot, flow).map((route) => hopsOf(route, source));
  const value = addressNumber(source);
  const isPrivate = privateIn(spot.family).some(({ first, last }) => first <= value && value <= last);
  const ways = [...(isPrivate ? [straight ?? []] : []), ...translated, ...(isPrivate ? [] : [straight ?? []])];
  const openness = (hops: readonly Hop[]) => Math.min(2, ...hops.map(({ verdict }) => OPENNESS[verdict]));
  const [hops = []] = ways.toSorted((a, b) => openness(b) - openness(a));
  const { id } = spot.interface;
  return hops.length > 0
    ? hops
    : [{ object: id, kind: "nsg", verdict: "allowed", detail: `no NSG guards ${lastPart(id)}` }];
}

function hopsOf({ firewall, admin, levels }: Route, source: Address): readonly Hop[] {
  const atFirewall = firewall === undefined ? [] : hopAt(firewall, "firewall", source);
  if (atFirewall.some(({ verdict }) => verdict === "denied")) return atFirewall;
  const { hops, isFinal } = admin === undefined ? NO_ADMIN : adminHop(admin, source);
  const before = [...atFirewall, ...hops];
  if (isFinal) return before;
  const nsgs: Hop[] = [];
  for (const level of levels) {
    nsgs.push(...hopAt(level, "nsg", source));
    if (nsgs.at(-1)?.verdict === "denied") break;
  }
  return [...before, ...nsgs];
}

/** A station that lets everybody by without a rule says nothing. */
function hopAt({ object, set }: Level, kind: Hop["kind"], source: Address): readonly Hop[] {
  const { verdict, by, reason } = partAt(set, source);
  if (by === "") return [];
  const rule = lastPart(by);
  return [{ object, kind, verdict, rule, detail: reason ?? `${rule} of ${lastPart(object)} decides` }];
}

const NO_ADMIN = { hops: [], isFinal: false };

/** Unknown only where it matters which rule decides; the NSGs, which may still be asked, are shown behind it. */
function adminHop(
  { object, passes, bypasses }: AtAdmin,
  source: Address,
): { readonly hops: readonly Hop[]; readonly isFinal: boolean } {
  const [passed, bypassed] = [partAt(passes, source), partAt(bypasses, source)];
  const { by } = passed.by === "" ? bypassed : passed;
  if (by === "") return NO_ADMIN;
  const hop = { object, kind: "admin-rule", rule: lastPart(by) } as const;
  if (passed.verdict === "denied")
    return {
      hops: [{ ...hop, verdict: "denied", detail: `security admin rule ${by} denies, before any NSG` }],
      isFinal: true,
    };
  if (bypassed.verdict === "allowed")
    return {
      hops: [{ ...hop, verdict: "allowed", detail: `security admin rule ${by} always allows: no NSG is asked` }],
      isFinal: true,
    };
  const reason = passed.reason ?? bypassed.reason;
  if (reason !== undefined) return { hops: [{ ...hop, verdict: "unknown", detail: reason }], isFinal: false };
  return {
    hops: [{ ...hop, verdict: "allowed", detail: `security admin rule ${by} hands on to the NSGs` }],
    isFinal: false,
  };
}

/** The NSGs on the paths to the VM, subnets' first. */
export const guardsOf = (net: AzureNet, vm: VmRef): readonly ObjectId[] => indexOf(net).guards(vm);

/** One NSG on a path to the VM, with the VM's addresses behind it. */
export interface Guard {
  readonly nsg: Nsg;
  readonly spots: readonly Spot[];
}

/** The NSGs on the paths to the VM that can be changed. */
export function guardedBy(net: AzureNet, vm: VmRef): readonly Guard[] {
  const { nsg, spots } = indexOf(net);
  return guardsOf(net, vm).flatMap((id) => {
    const found = nsg(id);
    return found === undefined ? [] : [{ nsg: found, spots: spots(vm).filter(({ levels }) => levels.includes(id)) }];
  });
}

/** The firewall before an address: its default route leads there, or a NAT rule leads to it (azure.md §9). */
export const behind = (spot: Spot): AtFirewall | undefined =>
  spot.firewall !== undefined && (spot.firewall.isRouted || natRulesTo(spot.firewall.is, spot).length > 0)
    ? spot.firewall
    : undefined;

/** A firewall before some of the VM's addresses. */
export interface Wall {
  readonly firewall: Firewall;
  readonly hops: readonly Stretch[];
  readonly spots: readonly Spot[];
}

/** The firewalls that the VM stands behind. */
export function wallsOf(net: AzureNet, vm: VmRef): readonly Wall[] {
  if (net.firewalls.length === 0) return [];
  const walls = new Map<ObjectId, Wall>();
  for (const spot of indexOf(net).spots(vm)) {
    const at = behind(spot);
    if (at === undefined) continue;
    const known = walls.get(at.is.id);
    walls.set(at.is.id, { firewall: at.is, hops: at.hops, spots: [...(known?.spots ?? []), spot] });
  }
  return [...walls.values()];
}

/** Why this network is none that we may change, naming the object; `undefined` when it is (S24–S26). */
export function unsupportedAt(net: AzureNet, vm: VmRef): Refusal | undefined {
  for (const { vnet, routes, address, firewall } of indexOf(net).spots(vm)) {
    if (firewall?.is.governedBy !== undefined)
      return refusal(
        "network.unsupported",
        `${firewall.is.name}, the Azure Firewall in the network of ${shortNameOf(vm)}, is governed by ${lastPart(firewall.is.governedBy)}: only classic rules are supported, and what a policy lets through cannot be seen`,
        { object: firewall.is.id },
      );
    const detour = routes?.routes.find(
      ({ prefix, nextHop }) =>
        nextHop === "virtualappliance" &&
        (prefix === "::/0" || (prefix === "0.0.0.0/0" && firewall?.isRouted !== true)),
    );
    if (routes !== undefined && detour !== undefined)
      return refusal(
        "network.unsupported",
        `the subnet of ${shortNameOf(vm)} (${address}) routes ${detour.prefix} to a virtual appliance, so NSGs alone do not decide who gets in`,
        { object: routes.id },
      );
    if (vnet?.hasFirewall === true && firewall === undefined && familyOf(address) === "ipv4")
      return refusal(
        "network.unsupported",
        `an Azure Firewall stands in ${lastPart(vnet.id)}, the network of ${shortNameOf(vm)}, and could not be read`,
        { object: vnet.id },
      );
  }
  return undefined;
}
