import { familyOf, scopeOf, seconds } from "@sallyport/contracts";
import type { ObjectId, Seconds, SessionEffect, VmRef, Way } from "@sallyport/contracts";
import type { VmFacts } from "../../recommendation/vm-facts.ts";
import type { Allow } from "../want.ts";
import type { AzureNet } from "./net.ts";
import { guardedBy, guardsOf, unsupportedAt } from "./path.ts";
import { indexOf } from "./spot.ts";

/** The usual time until an NSG rule is in force (settled.md §2). */
export const NSG_WRITE_TIME: Seconds = seconds(15);

/** An NSG judges new connections only, unless it is told to flush (azure.md §7, S23). */
export function closingOf(net: AzureNet, vm: VmRef): SessionEffect {
  const flushing = guardedBy(net, vm).find(({ nsg }) => nsg.flushes);
  if (flushing !== undefined)
    return {
      sessions: "cut",
      because: `${flushing.nsg.name} has flushConnection: its rules are applied to live connections, too`,
    };
  return { sessions: "kept", because: "network security groups judge new connections only" };
}

const publicIdsOf = (net: AzureNet, vm: VmRef): readonly ObjectId[] => [
  ...new Set(
    indexOf(net)
      .interfaces(vm)
      .flatMap(({ configurations }) => configurations.flatMap(({ publicAddress }) => publicAddress ?? [])),
  ),
];

/** What the recommendation asks (seed.md §8); absent when the Net does not hold the VM. */
export function factsOf(net: AzureNet, vm: VmRef): VmFacts | undefined {
  const body = net.vms.find(({ ref }) => ref === vm);
  if (body === undefined) return undefined;
  const { publicAddress, interfaces } = indexOf(net);
  const publicIds = publicIdsOf(net, vm);
  const balanced = interfaces(vm).filter(({ configurations }) =>
    configurations.some(({ isBehindLoadBalancer }) => isBehindLoadBalancer),
  );
  const unsupported = unsupportedAt(net, vm);
  return {
    profile: {
      vm,
      cloud: "azure",
      scope: scopeOf(vm),
      name: body.name,
      location: body.location,
      osType: body.osType,
      power: body.power,
      interfaces: [...body.interfaces],
      publicAddresses: publicIds.map((id) => {
        const address = publicAddress(id)?.address;
        return { id, ...(address !== undefined && { address }) };
      }),
      openingTime: NSG_WRITE_TIME,
      closing: closingOf(net, vm),
    },
    generation: "current",
    guards: guardsOf(net, vm),
    ...(unsupported?.object !== undefined && {
      unsupported: { object: unsupported.object as ObjectId, detail: unsupported.detail },
    }),
    // What a load balancer lets in is not looked at: an interface behind one counts as reachable, so the NSGs are asked.
    exposedBy: [...publicIds, ...balanced.map(({ id }) => id)],
  };
}

/** Where to connect to: public addresses first, then private ones, of the families that were granted. */
export function waysOf(net: AzureNet, { vm, ports }: Allow): readonly Way[] {
  const { publicAddress, spots } = indexOf(net);
  const outside = publicIdsOf(net, vm).flatMap((id) => publicAddress(id)?.address ?? []);
  const inside = spots(vm).map(({ address }) => address);
  return ports.flatMap(({ port, sources }) => {
    const families = new Set(sources.map(familyOf));
    return [...outside, ...inside]
      .filter((address) => families.has(familyOf(address)))
      .map((address) => ({ address, port }));
  });
}
