import { DEFAULT_RULES } from "../world/azure/default-rules.ts";
import type { AzureResource, Firewall, Nsg, SecurityRule } from "../world/azure/resources.ts";
import { etagOf } from "./stamp.ts";

/**
 * Adds what the service always shows and a world file may leave out: ids, types and the etag of what lies inside, the six default
 * rules, the four plural lists of every rule (azure.md §6). What is there stays as it is.
 */
export function complete(resource: AzureResource, newId: () => string): AzureResource {
  if (resource.kind === "vm") {
    const { properties } = resource.doc;
    const instanceView = properties.instanceView ?? {
      statuses: [{ code: "PowerState/running", level: "Info", displayStatus: "VM running" }],
    };
    return {
      kind: "vm",
      doc: {
        ...resource.doc,
        properties: { vmId: newId(), provisioningState: "Succeeded", ...properties, instanceView },
      },
    };
  }
  const etag = resource.doc.etag ?? etagOf(newId());
  const fresh = { provisioningState: "Succeeded", resourceGuid: newId() };
  const part =
    <P extends { name: string; properties: object }>(collection: string) =>
    (item: P): P => ({
      ...item,
      id: "id" in item && item.id !== undefined ? item.id : `${resource.doc.id}/${collection}/${item.name}`,
      type: "type" in item && item.type !== undefined ? item.type : `${resource.doc.type}/${collection}`,
      etag,
      properties: { provisioningState: "Succeeded", ...item.properties },
    });
  switch (resource.kind) {
    case "nsg":
      return {
        kind: "nsg",
        doc: completeNsg({ ...resource.doc, etag, properties: { ...fresh, ...resource.doc.properties } }),
      };
    case "nic": {
      const properties = { ...fresh, ...resource.doc.properties };
      const ipConfigurations = properties.ipConfigurations.map(part("ipConfigurations"));
      return { kind: "nic", doc: { ...resource.doc, etag, properties: { ...properties, ipConfigurations } } };
    }
    case "vnet": {
      const properties = { ...fresh, ...resource.doc.properties };
      return {
        kind: "vnet",
        doc: {
          ...resource.doc,
          etag,
          properties: {
            ...properties,
            subnets: properties.subnets.map(part("subnets")),
            virtualNetworkPeerings: properties.virtualNetworkPeerings.map(part("virtualNetworkPeerings")),
          },
        },
      };
    }
    case "publicIp":
      return { kind: "publicIp", doc: { ...resource.doc, etag, properties: { ...fresh, ...resource.doc.properties } } };
    case "routeTable": {
      const properties = { ...fresh, disableBgpRoutePropagation: false, ...resource.doc.properties };
      const routes = properties.routes
        .map((route) => ({ ...route, properties: { hasBgpOverride: false, ...route.properties } }))
        .map(part("routes"));
      return { kind: "routeTable", doc: { ...resource.doc, etag, properties: { ...properties, routes } } };
    }
    case "firewall":
      return { kind: "firewall", doc: completeFirewall({ ...resource.doc, etag }) };
    case "other": {
      // An etag is the network provider's; nobody else shows one in the body.
      const isNetwork = resource.doc.type.toLowerCase().startsWith("microsoft.network/");
      const properties = { provisioningState: "Succeeded", ...resource.doc.properties };
      return { kind: "other", doc: { ...resource.doc, ...(isNetwork && { etag }), properties } };
    }
  }
}

function completeFirewall(firewall: Firewall): Firewall {
  const { id, etag, properties } = firewall;
  const inside =
    <P extends { readonly name: string; readonly properties: object }>(collection: string) =>
    (part: P): P => ({
      ...part,
      id: "id" in part && part.id !== undefined ? part.id : `${id}/${collection}/${part.name}`,
      etag,
      type: `Microsoft.Network/azureFirewalls/${collection}`,
      properties: { provisioningState: "Succeeded", ...part.properties },
    });
  return {
    ...firewall,
    properties: {
      provisioningState: "Succeeded",
      threatIntelMode: "Alert",
      additionalProperties: {},
      ...properties,
      sku: { name: "AZFW_VNet", tier: "Standard", ...properties.sku },
      ipConfigurations: properties.ipConfigurations.map(inside("azureFirewallIpConfigurations")),
      networkRuleCollections: properties.networkRuleCollections.map(inside("networkRuleCollections")),
      natRuleCollections: properties.natRuleCollections.map(inside("natRuleCollections")),
      applicationRuleCollections: properties.applicationRuleCollections.map(inside("applicationRuleCollections")),
    },
  };
}

function completeNsg(nsg: Nsg): Nsg {
  const { etag, id, properties } = nsg;
  const rule =
    (collection: string) =>
    (one: SecurityRule): SecurityRule => ({
      ...one,
      id: one["id"] ?? `${id}/${collection}/${one.name}`,
      etag,
      type: one["type"] ?? `Microsoft.Network/networkSecurityGroups/${collection}`,
      properties: {
        ...one.properties,
        provisioningState: one.properties["provisioningState"] ?? "Succeeded",
        sourcePortRanges: one.properties.sourcePortRanges ?? [],
        destinationPortRanges: one.properties.destinationPortRanges ?? [],
        sourceAddressPrefixes: one.properties.sourceAddressPrefixes ?? [],
        destinationAddressPrefixes: one.properties.destinationAddressPrefixes ?? [],
      },
    });
  const defaults = properties.defaultSecurityRules.length > 0 ? properties.defaultSecurityRules : DEFAULT_RULES;
  return {
    ...nsg,
    properties: {
      ...properties,
      securityRules: properties.securityRules.map(rule("securityRules")),
      defaultSecurityRules: defaults.map(rule("defaultSecurityRules")),
    },
  };
}
