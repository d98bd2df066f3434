import type { Estate } from "../world/azure/estate.ts";
import { keyOf } from "../world/azure/estate.ts";
import { peeringStateOf } from "../world/azure/peering.ts";
import type { AzureResource, Ref } from "../world/azure/resources.ts";
import { createLinks } from "./links.ts";
import type { Links } from "./links.ts";

export interface Render {
  /** The JSON text of a body as ARM shows it: with the references that others hold on it, a VM's instance view only when asked for. */
  readonly text: (resource: AzureResource, options?: { readonly instanceView?: boolean }) => string;
  readonly body: (resource: AzureResource) => object;
  readonly links: () => Links;
}

/** Bodies are values that are never changed, so their texts are kept for as long as they and the links around them live. */
export function createRender(estate: Estate): Render {
  const links = createLinks(estate);
  const texts = new WeakMap<object, { readonly revision: number; readonly text: string }>();
  const body = (resource: AzureResource, instanceView = false) => linked(resource, links(), estate, instanceView);
  return {
    links,
    body: (resource) => body(resource),
    text: (resource, options) => {
      if (options?.instanceView === true) return JSON.stringify(body(resource, true));
      const revision = estate.linksRevision();
      const known = texts.get(resource.doc);
      if (known?.revision === revision) return known.text;
      const text = JSON.stringify(body(resource));
      texts.set(resource.doc, { revision, text });
      return text;
    },
  };
}

function linked(resource: AzureResource, links: Links, estate: Estate, instanceView: boolean): object {
  switch (resource.kind) {
    case "nsg": {
      const { networkInterfaces, subnets, ...properties } = resource.doc.properties;
      return {
        ...resource.doc,
        properties: {
          ...properties,
          ...some("networkInterfaces", both(links.nicsOfNsg(resource.doc.id), networkInterfaces, estate)),
          ...some("subnets", both(links.subnetsOfNsg(resource.doc.id), subnets, estate)),
        },
      };
    }
    case "nic": {
      const { virtualMachine, ...properties } = resource.doc.properties;
      const vm = links.vmOfNic(resource.doc.id) ?? both([], virtualMachine ? [virtualMachine] : [], estate)[0];
      return { ...resource.doc, properties: { ...properties, ...(vm && { virtualMachine: vm }) } };
    }
    case "publicIp": {
      const { ipConfiguration, ...properties } = resource.doc.properties;
      const held =
        links.configurationOfPublicIp(resource.doc.id) ?? both([], ipConfiguration ? [ipConfiguration] : [], estate)[0];
      return { ...resource.doc, properties: { ...properties, ...(held && { ipConfiguration: held }) } };
    }
    case "vnet": {
      const subnets = resource.doc.properties.subnets.map((subnet) => {
        const id = subnet.id ?? `${resource.doc.id}/subnets/${subnet.name}`;
        const { ipConfigurations, ...properties } = subnet.properties;
        const held = both(links.configurationsOfSubnet(id), ipConfigurations, estate);
        return { ...subnet, properties: { ...properties, ...some("ipConfigurations", held) } };
      });
      const virtualNetworkPeerings = resource.doc.properties.virtualNetworkPeerings.map((peering) => ({
        ...peering,
        properties: { ...peering.properties, peeringState: peeringStateOf(resource.doc, peering, estate.vnet) },
      }));
      return { ...resource.doc, properties: { ...resource.doc.properties, subnets, virtualNetworkPeerings } };
    }
    case "vm": {
      if (instanceView) return resource.doc;
      const { instanceView: _hidden, ...properties } = resource.doc.properties;
      return { ...resource.doc, properties };
    }
    case "routeTable": {
      const { subnets, ...properties } = resource.doc.properties;
      const held = both(links.subnetsOfRouteTable(resource.doc.id), subnets, estate);
      return { ...resource.doc, properties: { ...properties, ...some("subnets", held) } };
    }
    case "firewall":
    case "other":
      return resource.doc;
  }
}

/** Real NSGs have neither member when nothing is attached (azure.md §6). */
const some = (name: string, refs: readonly Ref[]) => (refs.length === 0 ? {} : { [name]: refs });

/** What refers to it here, and what an exported body says of things that are not part of this world. */
const both = (here: readonly Ref[], written: readonly Ref[] | undefined, estate: Estate): readonly Ref[] => [
  ...here,
  ...(written ?? []).filter(({ id }) => estate.entry(topLevelOf(id)) === undefined),
];

/** `…/networkInterfaces/n/ipConfigurations/c` → `…/networkInterfaces/n`. */
export const topLevelOf = (id: string): string => keyOf(id).split("/").slice(0, 9).join("/");
