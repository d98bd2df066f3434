import { familyOf, Port, scopeOf, seconds } from "@sallyport/contracts";
import type { ObjectId, Seconds, SessionEffect, VmRef, Way } from "@sallyport/contracts";
import type { VmFacts } from "../../recommendation/vm-facts.ts";
import type { Allow } from "../want.ts";
import { readMark } from "../mark.ts";
import { adminFacts } from "./admin-rules.ts";
import { natRulesTo } from "./firewall.ts";
import type { AzureNet } from "./net.ts";
import { guardsOf, unsupportedAt, wallsOf } from "./path.ts";
import { indexOf } from "./spot.ts";

/** The usual time until an NSG rule is in force (settled.md §2). */
export const NSG_WRITE_TIME: Seconds = seconds(15);

/** The longest that a firewall's write was seen to take: 384 s (azure.md §4), and a little. */
const FIREWALL_WRITE_TIME: Seconds = seconds(400);
/** Twice that: one write that is under way, then ours (settled.md §2). */
export const FIREWALL_OPENING_TIME: Seconds = seconds(2 * FIREWALL_WRITE_TIME);

/** The usual time until a rule on the VM's path is in force. */
export const openingTimeOf = (net: AzureNet, vm: VmRef): Seconds =>
  wallsOf(net, vm).length > 0 ? FIREWALL_OPENING_TIME : NSG_WRITE_TIME;

/** An NSG judges new connections only, unless it is told to flush (azure.md §7, S23). */
export function closingOf(net: AzureNet, vm: VmRef): SessionEffect {
  const [wall] = wallsOf(net, vm);
  if (wall !== undefined)
    return {
      sessions: "cut",
      because: `${wall.firewall.name} is an Azure Firewall: it ends sessions that a changed rule does not allow any more`,
    };
  const { nsg } = indexOf(net);
  const flushing = guardsOf(net, vm).find((id) => nsg(id)?.flushes === true);
  if (flushing !== undefined)
    return {
      sessions: "cut",
      because: `${nsg(flushing)?.name} has flushConnection: its rules are applied to live connections, too`,
    };
  return { sessions: "kept", because: "network security groups judge new connections only" };
}

function publicIdsOf(net: AzureNet, vm: VmRef): readonly ObjectId[] {
  const ids: ObjectId[] = [];
  for (const { configurations } of indexOf(net).interfaces(vm))
    for (const { publicAddress } of configurations)
      if (publicAddress !== undefined && !ids.includes(publicAddress)) ids.push(publicAddress);
  return ids;
}

/** What the recommendation asks (seed.md §8); absent when the Net does not hold the VM. */
export function factsOf(net: AzureNet, vm: VmRef): VmFacts | undefined {
  const { machine, publicAddress, interfaces, spots } = indexOf(net);
  const body = machine(vm);
  if (body === undefined) return undefined;
  const publicIds = publicIdsOf(net, vm);
  const balanced = interfaces(vm).filter(({ configurations }) =>
    configurations.some(({ isBehindLoadBalancer }) => isBehindLoadBalancer),
  );
  const unsupported = unsupportedAt(net, vm);
  const walls = wallsOf(net, vm);
  const translating = walls.filter(({ firewall, spots }) =>
    spots.some((spot) => natRulesTo(firewall, spot).length > 0),
  );
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
      privateAddresses: [...new Set(spots(vm).map(({ address }) => address))].sort(),
      openingTime: openingTimeOf(net, vm),
      closing: closingOf(net, vm),
    },
    generation: "current",
    guards: [...guardsOf(net, vm), ...walls.map(({ firewall }) => firewall.id)],
    ...(unsupported?.object !== undefined && {
      unsupported: { object: unsupported.object as ObjectId, detail: unsupported.detail },
    }),
    adminRules: adminFacts(net, vm),
    // What a load balancer lets in is not looked at: an interface behind one counts as reachable, so the NSGs are asked.
    exposedBy: [...publicIds, ...translating.map(({ firewall }) => firewall.id), ...balanced.map(({ id }) => id)],
  };
}

/**
 * Where to connect to: by the firewall's mapped ports where the grant was led through one; else public addresses first, then private
 * ones, of the families that were granted.
 */
export function waysOf(net: AzureNet, allow: Allow): readonly Way[] {
  const { publicAddress, spots } = indexOf(net);
  const outside = publicIdsOf(net, allow.vm).flatMap((id) => publicAddress(id)?.address ?? []);
  const inside = spots(allow.vm).map(({ address }) => address);
  const mapped = mappedWays(net, allow);
  return allow.ports.flatMap(({ port, sources }) => {
    const families = new Set(sources.map(familyOf));
    const own = mapped.filter(({ mappedTo }) => mappedTo === port);
    return [
      ...own,
      ...[...(own.length > 0 ? [] : outside), ...inside]
        .filter((address) => families.has(familyOf(address)))
        .map((address) => ({ address, port })),
    ];
  });
}

/** Of the grant's own NAT rules. */
const mappedWays = (net: AzureNet, { vm, grantId }: Allow): readonly Way[] =>
  wallsOf(net, vm).flatMap(({ firewall, spots }) =>
    spots
      .flatMap((spot) => natRulesTo(firewall, spot))
      .filter(({ description }) => readMark(description)?.claim.id === grantId)
      .flatMap(({ destinations, destinationPorts, translated }) => {
        const [address, from, to] = [
          destinations[0],
          Port.safeParse(Number(destinationPorts[0])),
          Port.safeParse(Number(translated?.port)),
        ];
        return address !== undefined && from.success && to.success
          ? [{ address, port: from.data, mappedTo: to.data }]
          : [];
      }),
  );
