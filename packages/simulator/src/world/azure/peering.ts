import { keyOf } from "./estate.ts";
import type { Vnet } from "./resources.ts";

type Peering = Vnet["properties"]["virtualNetworkPeerings"][number];

/**
 * A peering is Connected while both networks have one to each other. Of a peering to a network that is not part of this world only
 * its own word is known.
 */
export function peeringStateOf(
  vnet: Vnet,
  { properties }: Peering,
  vnetById: (id: string) => Vnet | undefined,
): string {
  const written = properties.peeringState ?? "Connected";
  const remote = vnetById(properties.remoteVirtualNetwork?.id ?? "");
  if (remote === undefined) return written;
  const isAnswered = remote.properties.virtualNetworkPeerings.some(
    (back) => keyOf(back.properties.remoteVirtualNetwork?.id ?? "") === keyOf(vnet.id),
  );
  if (isAnswered) return "Connected";
  return written.toLowerCase() === "connected" ? "Disconnected" : written;
}
