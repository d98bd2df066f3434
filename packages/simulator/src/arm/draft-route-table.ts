import { z } from "zod";
import { parseAddress, parsePrefix } from "../world/azure/address.ts";
import { Route, RouteTable } from "../world/azure/resources.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import { isRefusal, refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { complete } from "./complete.ts";
import { badBody, frameOf, wordOf } from "./draft.ts";
import type { DraftContext } from "./draft.ts";

const TableBody = z.looseObject({
  routes: z.array(Route).nullish(),
  disableBgpRoutePropagation: z.boolean().nullish(),
});

/** A route table: a PUT replaces the routes. */
export function draftRouteTable(context: DraftContext): AzureResource | Refusal {
  const body = TableBody.safeParse(context.body.properties ?? {});
  if (!body.success) return badBody(body.error);
  const frame = frameOf(context);
  const routes: Route[] = [];
  for (const given of body.data.routes ?? []) {
    const route = routeOf(frame.id, given.name, given.properties, routes);
    if (isRefusal(route)) return route;
    routes.push(route);
  }
  const guid = context.previous?.doc.properties["resourceGuid"] ?? context.newId();
  const properties = {
    resourceGuid: guid,
    disableBgpRoutePropagation: body.data.disableBgpRoutePropagation ?? false,
    routes,
  };
  return complete({ kind: "routeTable", doc: RouteTable.parse({ ...frame, properties }) }, context.newId);
}

const HOPS = ["VirtualNetworkGateway", "VnetLocal", "Internet", "VirtualAppliance", "None"];

/** What the network provider refuses about a route, given the others in its table. The codes are not proved by any recording. */
export function routeOf(
  tableId: string,
  name: string,
  given: Route["properties"],
  others: readonly Route[],
): Route | Refusal {
  const hop = wordOf(given.nextHopType, HOPS);
  const prefix = given.addressPrefix ?? "";
  if (!HOPS.includes(hop))
    return refuse(400, "InvalidNextHopType", `Next hop type ${hop} of route ${name} is invalid.`);
  const range = parsePrefix(prefix);
  if (range === undefined ? !/^[a-z][a-z0-9.]*$/i.test(prefix) : range.hasHostBits)
    return refuse(400, "InvalidAddressPrefixFormat", `Address prefix ${prefix} of route ${name} is invalid.`);
  if ((hop === "VirtualAppliance") !== (parseAddress(given.nextHopIpAddress ?? "") !== undefined))
    return refuse(
      400,
      "RouteNextHopIpAddressInvalid",
      `Route ${name} names a next hop address if and only if its next hop type is VirtualAppliance.`,
    );
  const clash = others.find((other) => other.properties.addressPrefix === prefix);
  if (clash !== undefined)
    return refuse(
      400,
      "RouteConflict",
      `Route ${name} conflicts with route ${clash.name}. Routes cannot have the same AddressPrefix.`,
    );
  const { nextHopIpAddress, ...rest } = given;
  return {
    name,
    id: `${tableId}/routes/${name}`,
    type: "Microsoft.Network/routeTables/routes",
    properties: {
      provisioningState: "Succeeded",
      hasBgpOverride: false,
      ...rest,
      addressPrefix: prefix,
      nextHopType: hop,
      ...(nextHopIpAddress && { nextHopIpAddress }),
    },
  };
}
