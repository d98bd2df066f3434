import { refusal, shortNameOf } from "@sallyport/contracts";
import type { Address, ObjectId, Refusal, VmRef } from "@sallyport/contracts";
import { decider, everySource, intersect, partAt } from "../address-set.ts";
import type { AddressSet } from "../address-set.ts";
import type { Flow, Hop } from "../model.ts";
import { lastPart } from "./json.ts";
import type { AzureNet, Nsg } from "./net.ts";
import { throughNsg } from "./nsg.ts";
import { indexOf } from "./spot.ts";
import type { Spot } from "./spot.ts";

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

/** Every source, through the NSG of the subnet and that of the interface: both must allow; no NSG allows all (azure.md §7). */
export function reachable(net: AzureNet, flow: Flow): AddressSet {
  const spot = spotOf(net, flow);
  const [first, ...rest] = levelsOf(net, spot, flow);
  if (first === undefined) return everySource(spot.family, "allowed", decider(spot.interface.id, "no NSG"));
  return rest.reduce((set, level) => intersect(set, level.set), first.set);
}

/** The levels that one source passes, up to the one that denies. */
export function path(net: AzureNet, flow: Flow, source: Address): readonly Hop[] {
  const spot = spotOf(net, flow);
  const hops: Hop[] = [];
  for (const { object, set } of levelsOf(net, spot, flow)) {
    const { verdict, by, reason } = partAt(set, source);
    const rule = lastPart(by);
    hops.push({ object, kind: "nsg", verdict, rule, detail: reason ?? `${rule} of ${lastPart(object)} decides` });
    if (verdict === "denied") return hops;
  }
  const { id } = spot.interface;
  return hops.length > 0
    ? hops
    : [{ object: id, kind: "nsg", verdict: "allowed", detail: `no NSG guards ${lastPart(id)}` }];
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

/** Why this network is none that we may change, naming the object; `undefined` when it is. */
export function unsupportedAt(net: AzureNet, vm: VmRef): Refusal | undefined {
  for (const { vnet, routes, address } of indexOf(net).spots(vm)) {
    const detour = routes?.routes.find(
      ({ prefix, nextHop }) => nextHop === "virtualappliance" && (prefix === "0.0.0.0/0" || prefix === "::/0"),
    );
    if (routes !== undefined && detour !== undefined)
      return refusal(
        "network.unsupported",
        `the subnet of ${shortNameOf(vm)} (${address}) routes ${detour.prefix} to a virtual appliance, so NSGs alone do not decide who gets in`,
        { object: routes.id },
      );
    if (vnet?.hasFirewall === true)
      return refusal(
        "network.unsupported",
        `an Azure Firewall stands in ${lastPart(vnet.id)}, the network of ${shortNameOf(vm)}; firewalls are not handled yet`,
        { object: vnet.id },
      );
  }
  return undefined;
}
