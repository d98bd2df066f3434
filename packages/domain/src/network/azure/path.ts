import { addressNumber, familyOf, refusal, shortNameOf } from "@sallyport/contracts";
import type { Address, ObjectId, Refusal, VmRef } from "@sallyport/contracts";
import { decider, eitherWay, everySource, intersect, override, partAt, partsIn } from "../address-set.ts";
import type { AddressSet } from "../address-set.ts";
import type { Flow, Hop } from "../model.ts";
import type { Stretch } from "../stretch.ts";
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

/** One way in, station by station: each must allow. The first set is that of who comes by it; by NAT, the NSGs see the firewall. */
interface Route {
  readonly stations: readonly Station[];
}
interface Station extends Level {
  readonly kind: Hop["kind"];
}

/**
 * Every source, by every way: straight through the NSG of the subnet and that of the interface, where both must allow and no NSG
 * allows all (azure.md §7), and by the firewall of the network. Its own addresses are a hop on the way, and no source (house.md §6).
 */
export function reachable(net: AzureNet, flow: Flow): AddressSet {
  const spot = spotOf(net, flow);
  const ways = routesTo(net, spot, flow).map(({ stations: [first, ...rest] }) =>
    first === undefined
      ? everySource(spot.family, "allowed", decider(spot.interface.id, "no NSG"))
      : rest.reduce((set, station) => intersect(set, station.set), first.set),
  );
  const all = ways.reduce(eitherWay);
  const { firewall } = spot;
  if (firewall === undefined) return all;
  return override(all, firewall.hops, { verdict: "denied", by: decider(firewall.is.id, "its own subnet") });
}

function routesTo(net: AzureNet, spot: Spot, flow: Flow): readonly [Route, ...Route[]] {
  const levels = levelsOf(net, spot, flow).map((level): Station => ({ ...level, kind: "nsg" }));
  const { firewall } = spot;
  if (firewall === undefined) return [{ stations: levels }];
  const { port, protocol } = flow;
  const packet = { spot, port, protocol };
  const object = firewall.is.id;
  const guarded =
    levels.length > 0 ? levels : [{ object: spot.interface.id, kind: "nsg" as const, set: unguarded(spot) }];
  const straight: readonly Station[] = [...forwarding(), ...guarded];
  const shut = levels.map((level): Station => {
    const { verdict, by, reason } = atHop(firewall, partsIn(level.set, firewall.hops), level.object);
    return { ...level, set: everySource(spot.family, verdict, by, reason) };
  });
  return [
    { stations: straight },
    ...translatedBy(firewall, packet).map((set) => ({
      stations: [{ object, kind: "firewall" as const, set }, ...shut],
    })),
  ];

  /** From beyond the network, packets to a machine without a public address of its own come through the firewall. */
  function forwarding(): readonly Station[] {
    if (firewall?.isRouted !== true || spot.configuration.publicAddress !== undefined) return [];
    const near = addressesOfTag("virtualnetwork", spot.family, spot.vnet, undefined).certain;
    const set = override(forwarded(firewall, packet), near, { verdict: "allowed", by: "" });
    return [{ object, kind: "firewall", set }];
  }
}

const unguarded = (spot: Spot): AddressSet => everySource(spot.family, "allowed", decider(spot.interface.id, "no NSG"));

const OPENNESS = { allowed: 2, unknown: 1, denied: 0 } as const;

/** The stations that one source passes, up to the one that denies: of its most open way in; of equals, that which it would take. */
export function path(net: AzureNet, flow: Flow, source: Address): readonly Hop[] {
  const spot = spotOf(net, flow);
  const [straight, ...translated] = routesTo(net, spot, flow).map(({ stations }) => hopsOf(stations, source));
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

function hopsOf(stations: readonly Station[], source: Address): readonly Hop[] {
  const hops: Hop[] = [];
  for (const { object, kind, set } of stations) {
    const { verdict, by, reason } = partAt(set, source);
    // A station that lets everybody by without a rule says nothing.
    if (by === "") continue;
    const rule = lastPart(by);
    hops.push({ object, kind, verdict, rule, detail: reason ?? `${rule} of ${lastPart(object)} decides` });
    if (verdict === "denied") return hops;
  }
  return hops;
}

/** The NSGs on the paths to the VM, subnets' first. */
export const guardsOf = (net: AzureNet, vm: VmRef): readonly ObjectId[] => [
  ...new Set(
    indexOf(net)
      .spots(vm)
      .flatMap(({ levels }) => levels),
  ),
];

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
