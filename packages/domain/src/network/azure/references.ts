import type { ObjectId } from "@sallyport/contracts";
import { parseInterface, parseVm, parseVnet } from "./parse.ts";

const vnetOf = (subnet: ObjectId): string => subnet.replace(/\/subnets\/[^/]*$/, "");

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
    };
  },
};
