import type { ObjectId } from "@sallyport/contracts";
import { listIn, objectIn, propertiesOf, textIn, idIn } from "./json.ts";
import { parseFirewall } from "./parse-firewall.ts";
import { parseInterface, parseVm, parseVnet } from "./parse.ts";
import { vnetOf } from "./spot.ts";

/** What an ARM body refers to, of what decides about a VM: where a reader goes next. */
export const referencesIn = {
  vm: (body: unknown): readonly ObjectId[] => parseVm(body)?.interfaces ?? [],
  interface: (body: unknown) => {
    const { nsg, configurations } = parseInterface(body);
    const subnets = configurations.flatMap(({ subnet }) => subnet ?? []);
    return {
      nsgs: nsg === undefined ? [] : [nsg],
      subnets,
      vnets: subnets.map(vnetOf),
      publicAddresses: configurations.flatMap(({ publicAddress }) => publicAddress ?? []),
    };
  },
  /** Of the subnets in use only. */
  vnet: (body: unknown, used: ReadonlySet<ObjectId>) => {
    const subnets = parseVnet(body).subnets.filter(({ id }) => used.has(id));
    return {
      nsgs: subnets.flatMap(({ nsg }) => nsg ?? []),
      routeTables: subnets.flatMap(({ routeTable }) => routeTable ?? []),
      firewalls: firewallsIn(body),
    };
  },
  firewall: (body: unknown): readonly ObjectId[] => parseFirewall(body).publicAddresses,
};

/** The subnet for a firewall names the IP configurations in it, each by an id below the firewall's. */
function firewallsIn(vnet: unknown): readonly ObjectId[] {
  const subnet = listIn(propertiesOf(vnet)["subnets"]).find(
    (one) => textIn(objectIn(one)["name"])?.toLowerCase() === "azurefirewallsubnet",
  );
  return listIn(propertiesOf(subnet)["ipConfigurations"]).flatMap((place) => {
    const [, firewall] = /^(.*\/azurefirewalls\/[^/]+)\//.exec(idIn(place) ?? "") ?? [];
    return firewall === undefined ? [] : [firewall as ObjectId];
  });
}
