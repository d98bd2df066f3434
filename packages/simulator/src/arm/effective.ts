import { DEFAULT_RULES } from "../world/azure/default-rules.ts";
import { keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";
import type { Nic, Nsg, SecurityRule, Subnet, Vnet } from "../world/azure/resources.ts";
import { routesOf } from "../world/azure/routes.ts";
import { spacesOf } from "../world/azure/spaces.ts";

interface Home {
  readonly vnet: Vnet;
  readonly subnet: Subnet;
  readonly subnetId: string;
}

/** The subnets that an interface is in, each once. */
function homesOf(estate: Estate, nic: Nic): readonly Home[] {
  const homes = new Map<string, Home>();
  for (const { properties } of nic.properties.ipConfigurations) {
    const id = properties.subnet?.id ?? "";
    const vnet = estate.vnet(id.replace(/\/subnets\/[^/]*$/i, ""));
    const subnet = vnet?.properties.subnets.find(({ name }) => keyOf(`${vnet.id}/subnets/${name}`) === keyOf(id));
    if (vnet !== undefined && subnet !== undefined)
      homes.set(keyOf(id), { vnet, subnet, subnetId: `${vnet.id}/subnets/${subnet.name}` });
  }
  return [...homes.values()];
}

/** The answer to `effectiveNetworkSecurityGroups`, in the recorded form. */
export function effectiveGroups(estate: Estate, nic: Nic): object {
  const homes = homesOf(estate, nic);
  const [home] = homes;
  // Of the tags in the default rules, those whose ranges are part of a world; what the Internet is, real Azure lists in hundreds.
  const tagMap = { VirtualNetwork: spacesOf(estate, home?.vnet), AzureLoadBalancer: PLATFORM };
  const groups = [
    ...homes.map(({ subnet, subnetId }) => ({
      id: subnet.properties.networkSecurityGroup?.id,
      association: { subnet: { id: subnetId } },
    })),
    { id: nic.properties.networkSecurityGroup?.id, association: { networkInterface: { id: nic.id } } },
  ];
  return {
    value: groups.flatMap(({ id, association }) => {
      const nsg = estate.nsg(id ?? "");
      if (nsg === undefined) return [];
      const effectiveSecurityRules = rulesOf(nsg).map((rule) => effectiveRule(rule, estate, home?.vnet));
      return [{ networkSecurityGroup: { id: nsg.id }, association, effectiveSecurityRules, tagMap }];
    }),
  };
}

function rulesOf({ properties }: Nsg): readonly (readonly [string, SecurityRule])[] {
  const defaults = properties.defaultSecurityRules.length > 0 ? properties.defaultSecurityRules : DEFAULT_RULES;
  return [
    ...properties.securityRules.map((rule) => [`securityRules/${rule.name}`, rule] as const),
    ...defaults.map((rule) => [`defaultSecurityRules/${rule.name}`, rule] as const),
  ];
}

function effectiveRule(
  [name, { properties }]: readonly [string, SecurityRule],
  estate: Estate,
  vnet: Vnet | undefined,
) {
  const ports = (one: string | null | undefined, many: readonly string[] | null | undefined) =>
    [...(one ? [one] : []), ...(many ?? [])].map(range);
  const prefixes = (one: string | null | undefined, many: readonly string[] | null | undefined) =>
    [...(one ? [one] : []), ...(many ?? [])].flatMap((text) => (text === "*" ? [ANY, ANY] : [text]));
  const expanded = (texts: readonly string[]) => {
    const tags = new Set(texts.flatMap((text) => (text === ANY ? [] : [text.toLowerCase()])));
    if (tags.has("virtualnetwork")) return spacesOf(estate, vnet);
    return tags.has("azureloadbalancer") ? PLATFORM : undefined;
  };
  const source = prefixes(properties.sourceAddressPrefix, properties.sourceAddressPrefixes);
  const destination = prefixes(properties.destinationAddressPrefix, properties.destinationAddressPrefixes);
  const [from, to] = [expanded(source), expanded(destination)];
  const sourcePorts = ports(properties.sourcePortRange, properties.sourcePortRanges);
  const destinationPorts = ports(properties.destinationPortRange, properties.destinationPortRanges);
  return {
    name,
    protocol: properties.protocol === "*" ? "All" : properties.protocol,
    sourcePortRange: sourcePorts[0] ?? "0-65535",
    destinationPortRange: destinationPorts[0] ?? "0-65535",
    sourcePortRanges: sourcePorts,
    destinationPortRanges: destinationPorts,
    sourceAddressPrefix: source[0] ?? ANY,
    destinationAddressPrefix: destination[0] ?? ANY,
    sourceAddressPrefixes: source,
    destinationAddressPrefixes: destination,
    ...(from && { expandedSourceAddressPrefix: from }),
    ...(to && { expandedDestinationAddressPrefix: to }),
    access: properties.access,
    priority: properties.priority,
    direction: properties.direction,
  };
}

const PLATFORM = ["168.63.129.16/32", "fe80::1234:5678:9abc/128"];

const ANY = "0.0.0.0/0";

/** Ports are always shown as ranges. */
const range = (text: string): string => (text === "*" ? "0-65535" : text.includes("-") ? text : `${text}-${text}`);

/** The answer to `effectiveRouteTable`, in the recorded form. */
export function effectiveRoutes(estate: Estate, nic: Nic): object {
  const [home] = homesOf(estate, nic);
  if (home === undefined) return { value: [] };
  const table = estate.routeTable(home.subnet.properties.routeTable?.id ?? "");
  const disableBgpRoutePropagation = table?.properties["disableBgpRoutePropagation"] === true;
  const shown = routesOf(estate, home.vnet, home.subnet).filter(({ prefix }) => !prefix.includes(":"));
  return {
    value: shown.map(({ source, name, prefix, hop, address, isActive }) => ({
      ...(name !== undefined && { name }),
      disableBgpRoutePropagation,
      source,
      state: isActive ? "Active" : "Invalid",
      hasBgpOverride: false,
      addressPrefix: [prefix],
      nextHopType: hop,
      nextHopIpAddress: address === undefined ? [] : [address],
      destinationServiceTags: [],
      tagMap: {},
    })),
  };
}
