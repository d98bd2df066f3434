import type { ArmDocument } from "../world/documents.ts";

/** One inbound TCP rule, shortly: name, access, priority, ports, source. */
export type ShortRule = readonly [
  name: string,
  access: "Allow" | "Deny",
  priority: number,
  ports: string | readonly string[],
  source: string | readonly string[],
  more?: Readonly<Record<string, unknown>>,
];

/** One inbound TCP security admin rule, shortly: name, access, priority, ports, source; and its network manager, `avnm` if none is named. */
export type ShortAdminRule = readonly [
  name: string,
  access: "Allow" | "AlwaysAllow" | "Deny",
  priority: number,
  ports: string,
  source: string,
  manager?: string,
];

/** As ARM lists it. */
export const adminRule = (
  place: Place,
  [name, access, priority, ports, source, manager = "avnm"]: ShortAdminRule,
): object => ({
  id: `${idIn(place, "Microsoft.Network/networkManagers", manager)}/securityAdminConfigurations/guard/ruleCollections/all/rules/${name}`,
  kind: "Custom",
  properties: {
    protocol: "Tcp",
    sources: [{ addressPrefix: source, addressPrefixType: /^[A-Z]/.test(source) ? "ServiceTag" : "IPPrefix" }],
    destinations: [{ addressPrefix: "*", addressPrefixType: "IPPrefix" }],
    sourcePortRanges: ["0-65535"],
    destinationPortRanges: [ports],
    access,
    priority,
    direction: "Inbound",
  },
});

/** Where resources are put. */
export interface Place {
  readonly subscriptionId: string;
  readonly group: string;
  readonly location: string;
}

export const idIn = ({ subscriptionId, group }: Place, type: string, name: string): string =>
  `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/${type}/${name}`;

const TYPE = {
  nsg: "Microsoft.Network/networkSecurityGroups",
  nic: "Microsoft.Network/networkInterfaces",
  vnet: "Microsoft.Network/virtualNetworks",
  publicIp: "Microsoft.Network/publicIPAddresses",
  asg: "Microsoft.Network/applicationSecurityGroups",
  vm: "Microsoft.Compute/virtualMachines",
  routeTable: "Microsoft.Network/routeTables",
  firewall: "Microsoft.Network/azureFirewalls",
} as const;

const resource = (place: Place, kind: keyof typeof TYPE, name: string, properties: object): ArmDocument => ({
  name,
  id: idIn(place, TYPE[kind], name),
  type: TYPE[kind],
  location: place.location,
  properties: { ...properties },
});

export const nsgId = (place: Place, name: string): string => idIn(place, TYPE.nsg, name);
export const asgId = (place: Place, name: string): string => idIn(place, TYPE.asg, name);
export const asg = (place: Place, name: string): ArmDocument => resource(place, "asg", name, {});
export const subnetId = (place: Place, vnetName: string, name: string): string =>
  `${idIn(place, TYPE.vnet, vnetName)}/subnets/${name}`;

export const nsg = (place: Place, name: string, rules: readonly ShortRule[], more: object = {}): ArmDocument =>
  resource(place, "nsg", name, { ...more, securityRules: rules.map(ruleOf) });

const ruleOf = ([name, access, priority, ports, source, more]: ShortRule) => ({
  name,
  properties: {
    protocol: "Tcp",
    sourcePortRange: "*",
    ...(typeof ports === "string" ? { destinationPortRange: ports } : { destinationPortRanges: ports }),
    ...(typeof source === "string" ? { sourceAddressPrefix: source } : { sourceAddressPrefixes: source }),
    destinationAddressPrefix: "*",
    access,
    priority,
    direction: "Inbound",
    ...more,
  },
});

export const vnet = (
  place: Place,
  name: string,
  space: readonly string[],
  subnets: readonly {
    readonly name: string;
    readonly prefixes: readonly string[];
    readonly nsg?: string;
    readonly routeTable?: string;
  }[],
): ArmDocument =>
  resource(place, "vnet", name, {
    addressSpace: { addressPrefixes: space },
    subnets: subnets.map(({ name: subnetName, prefixes, nsg: nsgName, routeTable: table }) => ({
      name: subnetName,
      properties: {
        ...(prefixes.length === 1 ? { addressPrefix: prefixes[0] } : { addressPrefixes: prefixes }),
        ...(nsgName !== undefined && { networkSecurityGroup: { id: nsgId(place, nsgName) } }),
        ...(table !== undefined && { routeTable: { id: idIn(place, TYPE.routeTable, table) } }),
        delegations: [],
      },
    })),
    virtualNetworkPeerings: [],
  });

/** A machine with what belongs to it: its interfaces and their public addresses. */
export interface MachineParts {
  readonly name: string;
  readonly os: "Linux" | "Windows";
  readonly power?: "running" | "stopped" | "deallocated";
  readonly interfaces: readonly InterfaceParts[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface InterfaceParts {
  readonly subnet: string;
  readonly privateIp: string;
  readonly publicIp?: string;
  readonly ipv6?: { readonly privateIp: string; readonly publicIp?: string };
  /** Name of the interface's own NSG. */
  readonly nsg?: string;
  readonly asgs?: readonly string[];
}

/** `networks` is where network and NSGs lie; the machine may live in another group. */
export function machine(place: Place, networks: Place, vnetName: string, parts: MachineParts): readonly ArmDocument[] {
  const { name, os, power = "running", interfaces, tags } = parts;
  const nicName = (i: number) => (i === 0 ? `${name}-nic` : `${name}-nic-${i + 1}`);
  const network = interfaces.flatMap((one, i) => nic(place, networks, vnetName, nicName(i), one));
  const vm = resource(place, "vm", name, {
    hardwareProfile: { vmSize: "Standard_B2s" },
    storageProfile: {
      osDisk: { osType: os, name: `${name}-os`, createOption: "FromImage", caching: "ReadWrite" },
      dataDisks: [],
    },
    osProfile: {
      computerName: name,
      adminUsername: "operator",
      ...(os === "Linux" ? { linuxConfiguration: {} } : { windowsConfiguration: {} }),
    },
    networkProfile: {
      networkInterfaces: interfaces.map((_, i) => ({
        // Real bodies refer to their interfaces in whatever case, often lower (azure.md §6).
        id: idIn({ ...place, group: place.group.toLowerCase() }, TYPE.nic, nicName(i)),
        // Real bodies say which is primary only where there are several.
        ...(interfaces.length > 1 && { properties: { primary: i === 0 } }),
      })),
    },
    instanceView: { statuses: [{ code: `PowerState/${power}`, level: "Info", displayStatus: `VM ${power}` }] },
  });
  return [...network, { ...vm, ...(tags && { tags: { ...tags } }) }];
}

function nic(
  place: Place,
  networks: Place,
  vnetName: string,
  name: string,
  { subnet, privateIp, publicIp, ipv6, nsg: nsgName, asgs = [] }: InterfaceParts,
): readonly ArmDocument[] {
  const addresses = [
    { label: "ipconfig1", version: "IPv4", privateIp, publicIp },
    ...(ipv6 === undefined ? [] : [{ label: "ipconfig-v6", version: "IPv6", ...ipv6 }]),
  ];
  const publicName = (version: string) => `${name.replace("-nic", "")}-ip${version === "IPv6" ? "-v6" : ""}`;
  const publicIps = addresses.flatMap(({ version, publicIp: address }) =>
    address === undefined
      ? []
      : [
          {
            ...resource(place, "publicIp", publicName(version), {
              ipAddress: address,
              publicIPAllocationMethod: "Static",
              publicIPAddressVersion: version,
            }),
            sku: { name: nsgName === undefined ? "Basic" : "Standard", tier: "Regional" },
          },
        ],
  );
  const properties = {
    ipConfigurations: addresses.map(({ label, version, privateIp: address, publicIp: outside }, i) => ({
      name: label,
      properties: {
        privateIPAddress: address,
        privateIPAllocationMethod: "Dynamic",
        privateIPAddressVersion: version,
        primary: i === 0,
        subnet: { id: subnetId(networks, vnetName, subnet) },
        ...(outside !== undefined && { publicIPAddress: { id: idIn(place, TYPE.publicIp, publicName(version)) } }),
        ...(asgs.length > 0 && { applicationSecurityGroups: asgs.map((one) => ({ id: asgId(networks, one) })) }),
      },
    })),
    ...(nsgName !== undefined && { networkSecurityGroup: { id: nsgId(networks, nsgName) } }),
    enableIPForwarding: false,
  };
  return [...publicIps, resource(place, "nic", name, properties)];
}

export const firewallId = (place: Place, name: string): string => idIn(place, TYPE.firewall, name);

/** A route table with one route: everything that leaves goes to this address first. */
export const routeTable = (place: Place, name: string, appliance: string): ArmDocument =>
  resource(place, "routeTable", name, {
    disableBgpRoutePropagation: false,
    routes: [
      {
        name: "to-firewall",
        properties: { addressPrefix: "0.0.0.0/0", nextHopType: "VirtualAppliance", nextHopIpAddress: appliance },
      },
    ],
  });

/** One NAT rule, shortly: name, sources, port knocked at, private address and port that it leads to. */
export type ShortNatRule = readonly [
  name: string,
  source: readonly string[],
  at: string,
  address: string,
  port: string,
];

export interface FirewallParts {
  readonly name: string;
  readonly privateIp: string;
  readonly publicIp: string;
  readonly nat?: readonly ShortNatRule[];
  /** Id of a policy: then it has no rules of its own. */
  readonly policy?: string;
  /** Network rule collections, in Azure's JSON. */
  readonly network?: readonly object[];
}

/** An Azure Firewall in the subnet AzureFirewallSubnet of a network, with its public address. */
export function firewall(place: Place, vnetName: string, parts: FirewallParts): readonly ArmDocument[] {
  const { name, privateIp, publicIp, nat = [], policy, network = [] } = parts;
  const address = {
    ...resource(place, "publicIp", `${name}-ip`, {
      ipAddress: publicIp,
      publicIPAllocationMethod: "Static",
      publicIPAddressVersion: "IPv4",
    }),
    sku: { name: "Standard", tier: "Regional" },
  };
  const natRules = nat.map(([rule, sourceAddresses, at, translatedAddress, translatedPort]) => ({
    name: rule,
    protocols: ["TCP"],
    sourceAddresses,
    sourceIpGroups: [],
    destinationAddresses: [publicIp],
    destinationPorts: [at],
    translatedAddress,
    translatedPort,
  }));
  const natRuleCollections =
    nat.length === 0
      ? []
      : [{ name: "standing-nat", properties: { priority: 1000, action: { type: "Dnat" }, rules: natRules } }];
  return [
    address,
    resource(place, "firewall", name, {
      sku: { name: "AZFW_VNet", tier: "Standard" },
      threatIntelMode: "Alert",
      additionalProperties: {},
      ipConfigurations: [
        {
          name: "fw",
          properties: {
            privateIPAddress: privateIp,
            privateIPAllocationMethod: "Dynamic",
            subnet: { id: subnetId(place, vnetName, "AzureFirewallSubnet") },
            publicIPAddress: { id: address.id },
          },
        },
      ],
      natRuleCollections,
      networkRuleCollections: network,
      applicationRuleCollections: [],
      ...(policy !== undefined && { firewallPolicy: { id: policy } }),
    }),
  ];
}
