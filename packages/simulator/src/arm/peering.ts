import { z } from "zod";
import type { Estate } from "../world/azure/estate.ts";
import type { Vnet } from "../world/azure/resources.ts";
import type { Refusal } from "./answer.ts";
import { badBody, refusedReference } from "./draft.ts";

const PeeringBody = z.looseObject({
  properties: z.looseObject({ remoteVirtualNetwork: z.looseObject({ id: z.string() }) }),
});

type Peering = Vnet["properties"]["virtualNetworkPeerings"][number];

/** A peering to another network: Connected when that one has its own to this, Initiated until then (recorded). */
export function peeringOf(estate: Estate, vnet: Vnet, name: string, json: unknown): Peering | Refusal {
  const body = PeeringBody.safeParse(json);
  if (!body.success) return badBody(body.error);
  const id = `${vnet.id}/virtualNetworkPeerings/${name}`;
  const remoteId = body.data.properties.remoteVirtualNetwork.id;
  const refused = refusedReference(estate, id, remoteId);
  if (refused !== undefined) return refused;
  const remote = estate.entry(remoteId)?.shown;
  return {
    name,
    id,
    type: "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
    properties: {
      allowVirtualNetworkAccess: true,
      allowForwardedTraffic: false,
      allowGatewayTransit: false,
      useRemoteGateways: false,
      ...body.data.properties,
      // What is shown and what packets meet follows the other side: see `peeringStateOf`.
      peeringState: "Initiated",
      routeServiceVips: {},
      remoteAddressSpace: remote?.kind === "vnet" ? remote.doc.properties.addressSpace : { addressPrefixes: [] },
    },
  };
}
