import { addressAt, contains, parsePrefix } from "./address.ts";
import type { Address } from "./address.ts";
import { keyOf } from "./estate.ts";
import type { Estate } from "./estate.ts";
import type { AzureResource, Firewall, Vnet } from "./resources.ts";

/** A firewall that stands in a network, with what packets that it translated may come from. */
export interface StandingFirewall {
  readonly firewall: Firewall;
  /** Its state while a write to it has failed: some of its instances may go by this, the others by `firewall` (azure.md §9). */
  readonly failed?: Firewall;
  /** Ranges of its subnet: any of its instances may be the sender. */
  readonly ranges: readonly string[];
}

/** The firewalls with an address in this network; none while they are deallocated. */
export function firewallsIn(estate: Estate, vnet: Vnet): readonly StandingFirewall[] {
  return allFirewalls(estate).flatMap((resource) => {
    const subnetId = resource.doc.properties.ipConfigurations.find(({ properties }) => properties.subnet)?.properties
      .subnet?.id;
    const subnet = vnet.properties.subnets.find(
      ({ name }) => keyOf(`${vnet.id}/subnets/${name}`) === keyOf(subnetId ?? ""),
    );
    if (subnet === undefined) return [];
    const { addressPrefix, addressPrefixes } = subnet.properties;
    const shown = estate.entry(resource.doc.id)?.shown;
    const isFailed = shown?.kind === "firewall" && shown.doc.properties["provisioningState"] === "Failed";
    return [
      {
        firewall: resource.doc,
        ranges: addressPrefix ? [addressPrefix] : (addressPrefixes ?? []),
        ...(isFailed && { failed: shown.doc }),
      },
    ];
  });
}

interface Listed {
  readonly revision: number;
  readonly firewalls: readonly Extract<AzureResource, { kind: "firewall" }>[];
}
const listed = new WeakMap<Estate, Listed>();

/** Looked up anew only when something other than an NSG was written. */
function allFirewalls(estate: Estate): Listed["firewalls"] {
  const known = listed.get(estate);
  if (known?.revision === estate.linksRevision()) return known.firewalls;
  const firewalls = estate.effective().filter((resource) => resource.kind === "firewall");
  listed.set(estate, { revision: estate.linksRevision(), firewalls });
  return firewalls;
}

/** One whose rules nobody here can see: under a policy, or in a hub. */
export const isGoverned = ({ properties }: Firewall): boolean =>
  Boolean(properties.firewallPolicy ?? properties.virtualHub) || properties.sku?.name?.toLowerCase() === "azfw_hub";

export const isAt = ({ properties }: Firewall, address: string): boolean =>
  properties.ipConfigurations.some(({ properties: { privateIPAddress } }) => privateIPAddress === address);

/**
 * Addresses that stand for all that a firewall may translate to: the edges of its subnet and of every range in `others` that lies in
 * it. Between two neighbouring edges nothing tells two addresses apart.
 */
export function sendersOf({ ranges }: StandingFirewall, others: readonly string[]): readonly Address[] {
  const home = ranges.flatMap((text) => parsePrefix(text) ?? []).filter(({ family }) => family === 4);
  const edges = [...ranges, ...others].flatMap((text) => {
    const prefix = parsePrefix(text);
    if (prefix?.family !== 4) return [];
    const size = 1n << BigInt(32 - prefix.length);
    return [-1n, 0n, 4n, size - 2n, size - 1n, size].map((offset) => addressAt(prefix, offset));
  });
  return edges.filter((address) => home.some((prefix) => isUsable(prefix, address)));
}

/** The first four addresses of a subnet, and its last, belong to Azure. */
function isUsable(prefix: NonNullable<ReturnType<typeof parsePrefix>>, address: Address): boolean {
  const size = 1n << BigInt(32 - prefix.length);
  const offset = address.value - prefix.network;
  return contains(prefix, address) && offset >= 4n && offset < size - 1n;
}
