import { Address, VmRef } from "@sallyport/contracts";
import {
  foldId,
  idIn,
  idsIn,
  lastPart,
  listIn,
  objectIn,
  oneOrMany,
  ownId,
  propertiesOf,
  textIn,
  textsIn,
} from "./json.ts";
import { parseAdminRules } from "./parse-admin-rules.ts";
import type { AdminRulesBody } from "./parse-admin-rules.ts";
import { parseFirewall } from "./parse-firewall.ts";
import { parseNsg } from "./parse-nsg.ts";
import type { AzureNet, AzureVm, Interface, IpConfiguration, PublicAddress, RouteTable, Subnet, Vnet } from "./net.ts";

/** ARM resource bodies, as GET and list answer them and as an export holds them. */
export interface ArmBodies {
  readonly vms: readonly unknown[];
  readonly interfaces: readonly unknown[];
  readonly vnets: readonly unknown[];
  readonly nsgs: readonly unknown[];
  readonly publicAddresses: readonly unknown[];
  readonly firewalls?: readonly unknown[];
  readonly routeTables?: readonly unknown[];
  readonly adminRules?: readonly AdminRulesBody[];
}

/**
 * Reads ARM's JSON. Tolerant of what real answers leave out or spell differently (P23, P32–P36); throws `cloud.unreadable` only for
 * a body without an id. Machines that are no `Microsoft.Compute/virtualMachines` are passed over.
 */
export const parseAzureNet = (bodies: ArmBodies): AzureNet => ({
  vms: bodies.vms.flatMap((body) => parseVm(body) ?? []),
  interfaces: bodies.interfaces.map(parseInterface),
  vnets: bodies.vnets.map(parseVnet),
  nsgs: bodies.nsgs.map(parseNsg),
  firewalls: (bodies.firewalls ?? []).map(parseFirewall),
  publicAddresses: bodies.publicAddresses.map(parsePublicAddress),
  routeTables: (bodies.routeTables ?? []).map(parseRouteTable),
  adminRules: (bodies.adminRules ?? []).map(parseAdminRules),
});

const addressIn = (value: unknown): Address | undefined => Address.safeParse(value).data;

export function parseVm(body: unknown): AzureVm | undefined {
  const ref = VmRef.safeParse(ownId(body, "virtual machine")).data;
  if (ref === undefined) return undefined;
  const { osProfile, storageProfile, networkProfile, instanceView } = propertiesOf(body);
  const references = listIn(objectIn(networkProfile)["networkInterfaces"]);
  const isPrimary = (reference: unknown) => propertiesOf(reference)["primary"] === true;
  return {
    ref,
    name: textIn(objectIn(body)["name"]) ?? lastPart(ref),
    location: textIn(objectIn(body)["location"]) ?? "",
    osType: osOf(storageProfile, osProfile),
    power: powerOf(instanceView),
    interfaces: idsIn(
      references.length < 2 ? references : references.toSorted((a, b) => Number(isPrimary(b)) - Number(isPrimary(a))),
    ),
  };
}

/** `osProfile` is absent for attached and specialised disks; the disk knows (P35). */
function osOf(storageProfile: unknown, osProfile: unknown): AzureVm["osType"] {
  const onDisk = textIn(objectIn(objectIn(storageProfile)["osDisk"])["osType"])?.toLowerCase();
  if (onDisk === "linux" || onDisk === "windows") return onDisk;
  if (objectIn(osProfile)["linuxConfiguration"] !== undefined) return "linux";
  return objectIn(osProfile)["windowsConfiguration"] === undefined ? "unknown" : "windows";
}

/** From the instance view, which is there only when it was asked for. */
function powerOf(instanceView: unknown): AzureVm["power"] {
  for (const status of listIn(objectIn(instanceView)["statuses"])) {
    const code = textIn(objectIn(status)["code"])?.toLowerCase();
    if (code?.startsWith("powerstate/") === true) return POWER[code.slice("powerstate/".length)] ?? "unknown";
  }
  return "unknown";
}

const POWER: Readonly<Record<string, AzureVm["power"]>> = {
  running: "running",
  starting: "running",
  stopped: "stopped",
  stopping: "stopped",
  deallocated: "stopped",
  deallocating: "stopped",
};

export function parseInterface(body: unknown): Interface {
  const { virtualMachine, networkSecurityGroup, ipConfigurations } = propertiesOf(body);
  const [vm, nsg] = [idIn(virtualMachine), idIn(networkSecurityGroup)];
  return {
    id: ownId(body, "network interface"),
    ...(vm !== undefined && { vm }),
    ...(nsg !== undefined && { nsg }),
    configurations: listIn(ipConfigurations).map(parseConfiguration),
  };
}

function parseConfiguration(configuration: unknown): IpConfiguration {
  const properties = propertiesOf(configuration);
  const address = addressIn(properties["privateIPAddress"]);
  const [subnet, publicAddress] = [idIn(properties["subnet"]), idIn(properties["publicIPAddress"])];
  return {
    name: textIn(objectIn(configuration)["name"]) ?? "",
    isPrimary: properties["primary"] === true,
    groups: idsIn(properties["applicationSecurityGroups"]),
    isBehindLoadBalancer:
      [properties["loadBalancerBackendAddressPools"], properties["loadBalancerInboundNatRules"]].flatMap(listIn)
        .length > 0,
    ...(address !== undefined && { address }),
    ...(subnet !== undefined && { subnet }),
    ...(publicAddress !== undefined && { publicAddress }),
  };
}

export function parsePublicAddress(body: unknown): PublicAddress {
  const address = addressIn(propertiesOf(body)["ipAddress"]);
  return { id: ownId(body, "public IP address"), ...(address !== undefined && { address }) };
}

export function parseVnet(body: unknown): Vnet {
  const id = ownId(body, "virtual network");
  const { addressSpace, subnets, virtualNetworkPeerings } = propertiesOf(body);
  const subnetNamed = (name: string) =>
    listIn(subnets).find((subnet) => textIn(objectIn(subnet)["name"])?.toLowerCase() === name);
  const peerings = listIn(virtualNetworkPeerings).map(propertiesOf);
  return {
    id,
    prefixes: textsIn(objectIn(addressSpace)["addressPrefixes"]),
    peers: peerings.flatMap(spaceOfPeer),
    hasGateway:
      subnetNamed("gatewaysubnet") !== undefined ||
      peerings.some(({ useRemoteGateways }) => useRemoteGateways === true),
    hasFirewall: listIn(propertiesOf(subnetNamed("azurefirewallsubnet"))["ipConfigurations"]).length > 0,
    subnets: listIn(subnets).map((subnet) => parseSubnet(id, subnet)),
  };
}

function spaceOfPeer(peering: ReturnType<typeof propertiesOf>): readonly string[] {
  const state = textIn(peering["peeringState"])?.toLowerCase() ?? "connected";
  if (state !== "connected" || peering["allowVirtualNetworkAccess"] === false) return [];
  const space = peering["remoteVirtualNetworkAddressSpace"] ?? peering["remoteAddressSpace"];
  return textsIn(objectIn(space)["addressPrefixes"]);
}

function parseSubnet(vnet: string, body: unknown): Subnet {
  const { addressPrefix, addressPrefixes, networkSecurityGroup, routeTable } = propertiesOf(body);
  const [nsg, table] = [idIn(networkSecurityGroup), idIn(routeTable)];
  return {
    id: idIn(body) ?? foldId(`${vnet}/subnets/${textIn(objectIn(body)["name"]) ?? ""}`),
    prefixes: oneOrMany(addressPrefix, addressPrefixes),
    ...(nsg !== undefined && { nsg }),
    ...(table !== undefined && { routeTable: table }),
  };
}

export const parseRouteTable = (body: unknown): RouteTable => ({
  id: ownId(body, "route table"),
  routes: listIn(propertiesOf(body)["routes"])
    .map(propertiesOf)
    .flatMap(({ addressPrefix, nextHopType, nextHopIpAddress }) => {
      const [prefix, nextHopAddress] = [textIn(addressPrefix), textIn(nextHopIpAddress)];
      if (prefix === undefined) return [];
      const nextHop = textIn(nextHopType)?.toLowerCase() ?? "";
      return [{ prefix, nextHop, ...(nextHopAddress !== undefined && { nextHopAddress }) }];
    }),
});
