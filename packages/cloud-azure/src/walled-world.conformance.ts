import { idIn, SMALL, smallWorld } from "@sallyport/simulator";
import type { WorldDocuments } from "@sallyport/simulator";

const { place } = SMALL;
const network = (type: string, name: string) => idIn(place, `Microsoft.Network/${type}`, name);
export const FIREWALL = network("azureFirewalls", "fw-1");
export const FIREWALL_ADDRESS = "203.0.113.200";

/** The small world with an Azure Firewall (classic rules) before its machine, which has no public address of its own. */
export function walledWorld(firewall: Readonly<Record<string, unknown>> = {}): WorldDocuments {
  const { azure, aws } = smallWorld({ publicIp: false });
  const resource = (type: string, name: string, properties: Readonly<Record<string, unknown>>) => ({
    id: network(type, name),
    name,
    type: `Microsoft.Network/${type}`,
    location: place.location,
    properties,
  });
  const added = [
    resource("routeTables", "to-fw", {
      routes: [
        {
          name: "out",
          properties: { addressPrefix: "0.0.0.0/0", nextHopType: "VirtualAppliance", nextHopIpAddress: "10.0.2.4" },
        },
      ],
    }),
    {
      ...resource("publicIPAddresses", "fw-ip", {
        ipAddress: FIREWALL_ADDRESS,
        publicIPAllocationMethod: "Static",
        publicIPAddressVersion: "IPv4",
      }),
      sku: { name: "Standard", tier: "Regional" },
    },
    {
      ...resource("azureFirewalls", "fw-1", {
        sku: { name: "AZFW_VNet", tier: "Standard" },
        threatIntelMode: "Alert",
        additionalProperties: {},
        ipConfigurations: [
          {
            name: "ip",
            id: `${FIREWALL}/azureFirewallIpConfigurations/ip`,
            properties: {
              privateIPAddress: "10.0.2.4",
              privateIPAllocationMethod: "Dynamic",
              subnet: { id: `${SMALL.vnet}/subnets/AzureFirewallSubnet` },
              publicIPAddress: { id: network("publicIPAddresses", "fw-ip") },
            },
          },
        ],
        networkRuleCollections: [
          {
            name: "theirs",
            id: `${FIREWALL}/networkRuleCollections/theirs`,
            properties: {
              priority: 1000,
              action: { type: "Allow" },
              ofTomorrow: { kept: true },
              rules: [
                {
                  name: "dns",
                  protocols: ["UDP"],
                  sourceAddresses: ["10.0.0.0/16"],
                  destinationAddresses: ["*"],
                  destinationPorts: ["53"],
                  sourceIpGroups: [],
                  destinationIpGroups: [],
                  destinationFqdns: [],
                },
              ],
            },
          },
        ],
        natRuleCollections: [],
        applicationRuleCollections: [],
        unheardOf: { by: "our api-version" },
        ...firewall,
      }),
      zones: ["1", "2"],
      tags: { owner: "network" },
    },
  ];
  const walled = azure.subscriptions.map((subscription) => ({
    ...subscription,
    resources: [
      ...subscription.resources.map((one) =>
        one.id === SMALL.vnet ? { ...one, properties: withWall(one.properties) } : one,
      ),
      ...(subscription.subscriptionId === place.subscriptionId ? added : []),
    ],
  }));
  return { azure: { ...azure, subscriptions: walled }, aws };
}

function withWall(properties: Readonly<Record<string, unknown>>) {
  const { subnets } = properties;
  const all: readonly { readonly properties: object }[] = Array.isArray(subnets) ? subnets : [];
  return {
    ...properties,
    subnets: [
      ...all.map((subnet) => ({
        ...subnet,
        properties: { ...subnet.properties, routeTable: { id: network("routeTables", "to-fw") } },
      })),
      { name: "AzureFirewallSubnet", properties: { addressPrefix: "10.0.2.0/26", delegations: [] } },
    ],
  };
}
