import { contains, parsePrefix } from "./address.ts";
import type { Address } from "./address.ts";
import type { Estate } from "./estate.ts";
import { peeringStateOf } from "./peering.ts";
import type { Vnet } from "./resources.ts";

/** The address of Azure's own host: load balancer probes, DHCP, DNS. Part of both built-in tags in recorded effective rules. */
export const PLATFORM = "168.63.129.16/32";

export const isWithin = (estate: Estate, vnet: Vnet | undefined, address: Address): boolean =>
  spacesOf(estate, vnet).some((text) => {
    const prefix = parsePrefix(text);
    return prefix !== undefined && contains(prefix, address);
  });

/** What the tag VirtualNetwork stands for: the network's own space and that of its connected peers. */
export function spacesOf(estate: Estate, vnet: Vnet | undefined): readonly string[] {
  if (vnet === undefined) return [PLATFORM];
  const peers = vnet.properties.virtualNetworkPeerings.flatMap((peering) => {
    const { properties } = peering;
    if (peeringStateOf(vnet, peering, estate.vnet).toLowerCase() !== "connected") return [];
    const remote = properties.remoteVirtualNetwork ?? undefined;
    const space = properties.remoteAddressSpace ?? (remote && estate.vnet(remote.id)?.properties.addressSpace);
    return space?.addressPrefixes ?? [];
  });
  return [...vnet.properties.addressSpace.addressPrefixes, ...peers, PLATFORM];
}
