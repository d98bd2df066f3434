import { z } from "zod";
import { ArmDocument } from "../documents.ts";

/**
 * The parts of the ARM bodies that the simulated cloud understands; everything else in them is kept as it is. Absent, `null` and
 * `""` are alike in the rules of real NSGs (azure.md §6).
 */
const Ref = z.looseObject({ id: z.string() });
export type Ref = z.infer<typeof Ref>;
const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const refs = z.array(Ref).nullish();

export const RuleProperties = z.looseObject({
  description: text,
  protocol: z.string(),
  sourcePortRange: text,
  sourcePortRanges: texts,
  destinationPortRange: text,
  destinationPortRanges: texts,
  sourceAddressPrefix: text,
  sourceAddressPrefixes: texts,
  sourceApplicationSecurityGroups: refs,
  destinationAddressPrefix: text,
  destinationAddressPrefixes: texts,
  destinationApplicationSecurityGroups: refs,
  access: z.string(),
  priority: z.number(),
  direction: z.string(),
});
export type RuleProperties = z.infer<typeof RuleProperties>;

export const SecurityRule = z.looseObject({ name: z.string(), properties: RuleProperties });
export type SecurityRule = z.infer<typeof SecurityRule>;

const AdminPrefix = z.looseObject({ addressPrefix: text, addressPrefixType: text });

/** A security admin rule as it is in force in a network, as ARM lists it. */
export const AdminRule = z.looseObject({
  id: z.string().startsWith("/subscriptions/"),
  kind: z.string().default("Custom"),
  properties: z.looseObject({
    protocol: z.string(),
    sources: z.array(AdminPrefix).nullish(),
    destinations: z.array(AdminPrefix).nullish(),
    sourcePortRanges: texts,
    destinationPortRanges: texts,
    access: z.string(),
    priority: z.number(),
    direction: z.string(),
  }),
});
export type AdminRule = z.infer<typeof AdminRule>;

export const Nsg = ArmDocument.extend({
  properties: z.looseObject({
    securityRules: z.array(SecurityRule).default([]),
    defaultSecurityRules: z.array(SecurityRule).default([]),
    flushConnection: z.boolean().optional(),
    networkInterfaces: z.array(Ref).optional(),
    subnets: z.array(Ref).optional(),
  }),
});
export type Nsg = z.infer<typeof Nsg>;

export const IpConfiguration = z.looseObject({
  name: z.string(),
  id: z.string().optional(),
  properties: z.looseObject({
    privateIPAddress: text,
    privateIPAddressVersion: z.string().nullish(),
    privateIPAllocationMethod: z.string().nullish(),
    primary: z.boolean().nullish(),
    subnet: Ref.nullish(),
    publicIPAddress: Ref.nullish(),
    applicationSecurityGroups: refs,
    loadBalancerBackendAddressPools: refs,
    loadBalancerInboundNatRules: refs,
  }),
});
export type IpConfiguration = z.infer<typeof IpConfiguration>;

export const Nic = ArmDocument.extend({
  properties: z.looseObject({
    ipConfigurations: z.array(IpConfiguration).default([]),
    networkSecurityGroup: Ref.nullish(),
    virtualMachine: Ref.nullish(),
  }),
});
export type Nic = z.infer<typeof Nic>;

export const Subnet = z.looseObject({
  name: z.string(),
  id: z.string().optional(),
  properties: z.looseObject({
    addressPrefix: text,
    addressPrefixes: texts,
    networkSecurityGroup: Ref.nullish(),
    routeTable: Ref.nullish(),
    ipConfigurations: z.array(Ref).optional(),
  }),
});
export type Subnet = z.infer<typeof Subnet>;

const AddressSpace = z.looseObject({ addressPrefixes: z.array(z.string()).default([]) });

export const Vnet = ArmDocument.extend({
  properties: z.looseObject({
    addressSpace: AddressSpace.default({ addressPrefixes: [] }),
    subnets: z.array(Subnet).default([]),
    virtualNetworkPeerings: z
      .array(
        z.looseObject({
          name: z.string(),
          properties: z.looseObject({
            peeringState: text,
            remoteVirtualNetwork: Ref.nullish(),
            remoteAddressSpace: AddressSpace.nullish(),
          }),
        }),
      )
      .default([]),
  }),
});
export type Vnet = z.infer<typeof Vnet>;

export const PublicIp = ArmDocument.extend({
  properties: z.looseObject({
    ipAddress: text,
    publicIPAddressVersion: text,
    publicIPAllocationMethod: text,
    ipConfiguration: Ref.nullish(),
  }),
});
export type PublicIp = z.infer<typeof PublicIp>;

export const Vm = ArmDocument.extend({
  properties: z.looseObject({
    networkProfile: z
      .looseObject({
        networkInterfaces: z
          .array(
            z.looseObject({ id: z.string(), properties: z.looseObject({ primary: z.boolean().nullish() }).nullish() }),
          )
          .default([]),
      })
      .default({ networkInterfaces: [] }),
    instanceView: z.looseObject({ statuses: z.array(z.looseObject({ code: z.string() })).default([]) }).nullish(),
  }),
});
export type Vm = z.infer<typeof Vm>;

export const Route = z.looseObject({
  name: z.string(),
  id: z.string().optional(),
  properties: z.looseObject({ addressPrefix: text, nextHopType: z.string(), nextHopIpAddress: text }),
});
export type Route = z.infer<typeof Route>;

export const RouteTable = ArmDocument.extend({
  properties: z.looseObject({ routes: z.array(Route).default([]), subnets: z.array(Ref).optional() }),
});
export type RouteTable = z.infer<typeof RouteTable>;

export const NetworkRule = z.looseObject({
  name: text,
  protocols: texts,
  sourceAddresses: texts,
  sourceIpGroups: texts,
  destinationAddresses: texts,
  destinationIpGroups: texts,
  destinationFqdns: texts,
  destinationPorts: texts,
});
export type NetworkRule = z.infer<typeof NetworkRule>;

export const NatRule = NetworkRule.extend({ translatedAddress: text, translatedFqdn: text, translatedPort: text });
export type NatRule = z.infer<typeof NatRule>;

const collectionOf = <R extends z.ZodType>(rule: R) =>
  z.looseObject({
    name: z.string(),
    id: z.string().optional(),
    properties: z.looseObject({
      priority: z.number(),
      action: z.looseObject({ type: z.string() }),
      rules: z.array(rule).default([]),
    }),
  });
export const NetworkCollection = collectionOf(NetworkRule);
export type NetworkCollection = z.infer<typeof NetworkCollection>;
export const NatCollection = collectionOf(NatRule);
export type NatCollection = z.infer<typeof NatCollection>;
export const ApplicationCollection = collectionOf(z.looseObject({ name: text }));

export const FirewallIpConfiguration = z.looseObject({
  name: z.string(),
  id: z.string().optional(),
  properties: z.looseObject({ privateIPAddress: text, subnet: Ref.nullish(), publicIPAddress: Ref.nullish() }),
});
export type FirewallIpConfiguration = z.infer<typeof FirewallIpConfiguration>;

/** A firewall with its rules on itself; one with a policy, or in a hub, carries none (azure.md §9). */
export const Firewall = ArmDocument.extend({
  properties: z.looseObject({
    sku: z.looseObject({ name: text, tier: text }).nullish(),
    ipConfigurations: z.array(FirewallIpConfiguration).default([]),
    networkRuleCollections: z.array(NetworkCollection).default([]),
    natRuleCollections: z.array(NatCollection).default([]),
    applicationRuleCollections: z.array(ApplicationCollection).default([]),
    firewallPolicy: Ref.nullish(),
    virtualHub: Ref.nullish(),
  }),
});
export type Firewall = z.infer<typeof Firewall>;

export type AzureResource =
  | { readonly kind: "nsg"; readonly doc: Nsg }
  | { readonly kind: "nic"; readonly doc: Nic }
  | { readonly kind: "vnet"; readonly doc: Vnet }
  | { readonly kind: "publicIp"; readonly doc: PublicIp }
  | { readonly kind: "vm"; readonly doc: Vm }
  | { readonly kind: "routeTable"; readonly doc: RouteTable }
  | { readonly kind: "firewall"; readonly doc: Firewall }
  | { readonly kind: "other"; readonly doc: ArmDocument };
export type Kind = AzureResource["kind"];

const KINDS: Readonly<Record<string, Kind>> = {
  "microsoft.network/networksecuritygroups": "nsg",
  "microsoft.network/networkinterfaces": "nic",
  "microsoft.network/virtualnetworks": "vnet",
  "microsoft.network/publicipaddresses": "publicIp",
  "microsoft.network/routetables": "routeTable",
  "microsoft.network/azurefirewalls": "firewall",
  "microsoft.compute/virtualmachines": "vm",
};

export const kindOf = (type: string): Kind => KINDS[type.toLowerCase()] ?? "other";

/** Reads a body as what its type says it is. Throws zod's error when it is not that. */
export function readResource(doc: ArmDocument): AzureResource {
  switch (kindOf(doc.type)) {
    case "nsg":
      return { kind: "nsg", doc: Nsg.parse(doc) };
    case "nic":
      return { kind: "nic", doc: Nic.parse(doc) };
    case "vnet":
      return { kind: "vnet", doc: Vnet.parse(doc) };
    case "publicIp":
      return { kind: "publicIp", doc: PublicIp.parse(doc) };
    case "vm":
      return { kind: "vm", doc: Vm.parse(doc) };
    case "routeTable":
      return { kind: "routeTable", doc: RouteTable.parse(doc) };
    case "firewall":
      return { kind: "firewall", doc: Firewall.parse(doc) };
    case "other":
      return { kind: "other", doc };
  }
}
