import { keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";
import type { Ref } from "../world/azure/resources.ts";

/** Who refers to a resource, by its key: what ARM shows on the other end of a reference. */
export interface Links {
  readonly nicsOfNsg: (nsgId: string) => readonly Ref[];
  readonly subnetsOfNsg: (nsgId: string) => readonly Ref[];
  readonly subnetsOfRouteTable: (routeTableId: string) => readonly Ref[];
  readonly configurationOfPublicIp: (publicIpId: string) => Ref | undefined;
  readonly configurationsOfSubnet: (subnetId: string) => readonly Ref[];
  readonly vmOfNic: (nicId: string) => Ref | undefined;
}

/** The links of the estate as it is shown, computed again only when some of them may have changed. */
export function createLinks(estate: Estate): () => Links {
  let at = -1;
  let links = read(estate);
  return () => {
    if (at !== estate.linksRevision()) {
      at = estate.linksRevision();
      links = read(estate);
    }
    return links;
  };
}

function read(estate: Estate): Links {
  const nsgNics = new Map<string, Ref[]>();
  const nsgSubnets = new Map<string, Ref[]>();
  const tableSubnets = new Map<string, Ref[]>();
  const publicIps = new Map<string, Ref[]>();
  const subnets = new Map<string, Ref[]>();
  const nicVms = new Map<string, Ref[]>();
  const add = (to: Map<string, Ref[]>, target: Ref | null | undefined, from: string) => {
    if (target === undefined || target === null) return;
    const key = keyOf(target.id);
    const known = to.get(key);
    if (known === undefined) to.set(key, [{ id: from }]);
    else known.push({ id: from });
  };
  for (const [, { shown }] of estate.entries()) {
    if (shown?.kind === "vm")
      for (const nic of shown.doc.properties.networkProfile.networkInterfaces) add(nicVms, nic, shown.doc.id);
    if (shown?.kind === "vnet")
      for (const { name, properties } of shown.doc.properties.subnets) {
        add(nsgSubnets, properties.networkSecurityGroup, `${shown.doc.id}/subnets/${name}`);
        add(tableSubnets, properties.routeTable, `${shown.doc.id}/subnets/${name}`);
      }
    if (shown?.kind === "firewall")
      for (const { id, name, properties } of shown.doc.properties.ipConfigurations) {
        const from = id ?? `${shown.doc.id}/azureFirewallIpConfigurations/${name}`;
        add(publicIps, properties.publicIPAddress, from);
        add(subnets, properties.subnet, from);
      }
    if (shown?.kind === "nic") {
      add(nsgNics, shown.doc.properties.networkSecurityGroup, shown.doc.id);
      for (const { name, properties } of shown.doc.properties.ipConfigurations) {
        const id = `${shown.doc.id}/ipConfigurations/${name}`;
        add(publicIps, properties.publicIPAddress, id);
        add(subnets, properties.subnet, id);
      }
    }
  }
  return {
    nicsOfNsg: (id) => nsgNics.get(keyOf(id)) ?? [],
    subnetsOfNsg: (id) => nsgSubnets.get(keyOf(id)) ?? [],
    subnetsOfRouteTable: (id) => tableSubnets.get(keyOf(id)) ?? [],
    configurationOfPublicIp: (id) => publicIps.get(keyOf(id))?.[0],
    configurationsOfSubnet: (id) => subnets.get(keyOf(id)) ?? [],
    vmOfNic: (id) => nicVms.get(keyOf(id))?.[0],
  };
}
