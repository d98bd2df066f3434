import type { AzureResource, Subnet } from "../world/azure/resources.ts";

export interface Stamp {
  readonly etag: string;
  readonly state: "Updating" | "Succeeded" | "Failed" | "Deleting";
  /** Name of the rule or subnet that is being written; the others keep their state. Absent: all take it. */
  readonly child?: string;
}

/** A fresh etag, in the form that the network provider uses. */
export const etagOf = (id: string): string => `W/"${id}"`;

/**
 * Puts etag and provisioning state on a body and on what lies in it. An NSG and all its rules always carry one etag (azure.md §5);
 * Compute bodies have none.
 */
export function stamp(resource: AzureResource, { etag, state, child }: Stamp): AzureResource {
  const provisioningState = state === "Deleting" && child !== undefined ? "Updating" : state;
  const whole = { ...(resource.kind !== "vm" && { etag }) };
  const part = <P extends { name: string; properties: object }>(item: P): P => ({
    ...item,
    etag,
    ...((child === undefined || item.name.toLowerCase() === child.toLowerCase()) && {
      properties: { ...item.properties, provisioningState: state },
    }),
  });
  switch (resource.kind) {
    case "nsg": {
      const { properties } = resource.doc;
      const doc = {
        ...resource.doc,
        ...whole,
        properties: {
          ...properties,
          provisioningState,
          securityRules: properties.securityRules.map(part),
          defaultSecurityRules: properties.defaultSecurityRules.map((rule) => ({ ...rule, etag })),
        },
      };
      return { kind: "nsg", doc };
    }
    case "vnet": {
      const { properties } = resource.doc;
      const doc = {
        ...resource.doc,
        ...whole,
        properties: {
          ...properties,
          provisioningState,
          subnets: properties.subnets.map(part).map((subnet) => delegated(subnet, etag)),
          virtualNetworkPeerings: properties.virtualNetworkPeerings.map(part),
        },
      };
      return { kind: "vnet", doc };
    }
    case "nic": {
      const { properties } = resource.doc;
      const doc = {
        ...resource.doc,
        ...whole,
        properties: { ...properties, provisioningState, ipConfigurations: properties.ipConfigurations.map(part) },
      };
      return { kind: "nic", doc };
    }
    case "routeTable": {
      const { properties } = resource.doc;
      const routes = properties.routes.map(part);
      const doc = { ...resource.doc, ...whole, properties: { ...properties, provisioningState, routes } };
      return { kind: "routeTable", doc };
    }
    case "firewall": {
      const { properties } = resource.doc;
      const doc = {
        ...resource.doc,
        ...whole,
        properties: {
          ...properties,
          provisioningState,
          ipConfigurations: properties.ipConfigurations.map((one) => ({ ...one, etag })),
          networkRuleCollections: properties.networkRuleCollections.map(part),
          natRuleCollections: properties.natRuleCollections.map(part),
          applicationRuleCollections: properties.applicationRuleCollections.map(part),
        },
      };
      return { kind: "firewall", doc };
    }
    case "publicIp":
      return {
        kind: "publicIp",
        doc: { ...resource.doc, ...whole, properties: { ...resource.doc.properties, provisioningState } },
      };
    case "vm":
      return { kind: "vm", doc: { ...resource.doc, properties: { ...resource.doc.properties, provisioningState } } };
    case "other":
      return {
        kind: "other",
        doc: {
          ...resource.doc,
          ...(resource.doc.etag !== undefined && whole),
          properties: { ...resource.doc.properties, provisioningState },
        },
      };
  }
}

/** Delegations carry the etag of their subnet. */
const delegated = (subnet: Subnet, etag: string): Subnet => {
  const { delegations } = subnet.properties;
  if (!Array.isArray(delegations)) return subnet;
  const marked = delegations.map((one: unknown) => (typeof one === "object" && one !== null ? { ...one, etag } : one));
  return { ...subnet, properties: { ...subnet.properties, delegations: marked } };
};
