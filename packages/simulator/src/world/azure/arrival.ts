import type { Hop, Packet, Verdict } from "../reachability.ts";
import { contains, isInternet, parseAddress, parsePrefix } from "./address.ts";
import type { Address } from "./address.ts";
import type { Estate } from "./estate.ts";
import { NO_RULE, judgeNetwork } from "./firewall.ts";
import { firewallsIn, isAt, isGoverned } from "./firewalls.ts";
import type { IpConfiguration, Nic, Subnet, Vnet } from "./resources.ts";
import { nextHop, routesOf } from "./routes.ts";
import type { EffectiveRoute } from "./routes.ts";
import { isWithin } from "./spaces.ts";

/** One address of the VM, with the network that it is in. */
export interface Way {
  readonly nic: Nic;
  readonly configuration: IpConfiguration;
  readonly address: Address;
  readonly vnet: Vnet | undefined;
  readonly subnet: Subnet | undefined;
}

/**
 * How the packet comes to the private address itself: from within the network, or from the Internet through a public address of the
 * VM's own; and whether the answer gets back the same way. A firewall drops the answer to what it did not see.
 */
export function arrivalsAt(estate: Estate, way: Way, packet: Packet, source: Address): readonly Hop[] {
  const { vnet, subnet, nic } = way;
  const arrival = isWithin(estate, vnet, source)
    ? {
        object: vnet?.id ?? nic.id,
        kind: "vnet",
        verdict: "allowed" as const,
        why: "the source is in the virtual network",
      }
    : arriveFromBeyond(estate, way, source);
  if (arrival.verdict === "denied" || vnet === undefined || subnet === undefined) return [arrival];
  const home = homeOf(vnet, source) ?? (isInternet(source) ? undefined : gatewayOf(vnet));
  const there = home && nextHop(routesOf(estate, vnet, home), way.address);
  const back = nextHop(routesOf(estate, vnet, subnet), source);
  const [out, answer] = [detourOf(there), detourOf(back)];
  if (out === undefined && answer === undefined) return [arrival];
  if (out === undefined || answer === undefined || out.address !== answer.address)
    return [arrival, oneWay(estate, vnet, out ?? answer)];
  return [arrival, forwardedAt(estate, vnet, out, { packet, source, destination: way.address })];
}

/** A route that is not the network's own way. */
interface Detour {
  readonly route: EffectiveRoute;
  readonly address: string;
}

function detourOf(route: EffectiveRoute | undefined): Detour | undefined {
  if (route?.source !== "User" || /^(?:vnetlocal|internet)$/i.test(route.hop)) return undefined;
  return { route, address: route.address ?? route.hop.toLowerCase() };
}

const firewallAt = (estate: Estate, vnet: Vnet, address: string) =>
  firewallsIn(estate, vnet).find(({ firewall }) => isAt(firewall, address));

/** Packets that take a detour in one direction only. */
function oneWay(estate: Estate, vnet: Vnet, detour: Detour | undefined): Hop {
  const { route, address } = detour ?? { route: undefined, address: "" };
  const object = route?.table ?? vnet.id;
  const rule = route?.name === undefined ? {} : { rule: route.name };
  const hop = (verdict: Verdict, why: string): Hop => ({ object, kind: "route", verdict, why, ...rule });
  if (route?.hop.toLowerCase() === "none") return hop("denied", "the route leads nowhere");
  if (firewallAt(estate, vnet, address) !== undefined)
    return hop("denied", "one direction goes through the firewall, which drops what it has not seen the beginning of");
  return hop("unknown", `what ${address} does with it is not part of this world`);
}

/** There and back through the same appliance: a firewall's network rules decide. */
function forwardedAt(
  estate: Estate,
  vnet: Vnet,
  detour: Detour,
  { packet, source, destination }: { readonly packet: Packet; readonly source: Address; readonly destination: Address },
): Hop {
  const standing = firewallAt(estate, vnet, detour.address);
  if (standing === undefined) return oneWay(estate, vnet, detour);
  const { firewall } = standing;
  const at = { protocol: packet.protocol, source, destination, port: packet.port };
  const { verdict, rule, why } = isGoverned(firewall)
    ? { verdict: "unknown" as const, rule: "", why: "what a policy lets through is not part of the firewall" }
    : judgeNetwork(estate, firewall, at, NO_RULE);
  return { object: firewall.id, kind: "firewall", verdict, why, ...(rule !== "" && { rule }) };
}

/** The subnet of this network that an address lies in. */
const homeOf = (vnet: Vnet, address: Address): Subnet | undefined =>
  vnet.properties.subnets.find(({ properties }) => {
    const { addressPrefix, addressPrefixes } = properties;
    return (addressPrefix ? [addressPrefix] : (addressPrefixes ?? [])).some((text) => {
      const prefix = parsePrefix(text);
      return prefix !== undefined && contains(prefix, address);
    });
  });

const gatewayOf = (vnet: Vnet): Subnet | undefined =>
  vnet.properties.subnets.find(({ name }) => name.toLowerCase() === "gatewaysubnet");

function arriveFromBeyond(estate: Estate, { nic, configuration, vnet }: Way, source: Address): Hop {
  const { publicIPAddress, loadBalancerBackendAddressPools, loadBalancerInboundNatRules } = configuration.properties;
  if (!isInternet(source)) {
    const hasGateway = vnet !== undefined && gatewayOf(vnet) !== undefined;
    const why = hasGateway ? "whether a gateway leads there is not known" : "no route from this private address";
    return { object: vnet?.id ?? nic.id, kind: "vnet", verdict: hasGateway ? "unknown" : "denied", why };
  }
  if (publicIPAddress !== undefined && publicIPAddress !== null) {
    const address = estate.publicIp(publicIPAddress.id)?.properties.ipAddress ?? "";
    const object = publicIPAddress.id;
    if (parseAddress(address)?.family === source.family)
      return { object, kind: "public address", verdict: "allowed", why: `${address} leads to the private address` };
    return { object, kind: "public address", verdict: "denied", why: "the public address is not allocated" };
  }
  if ([loadBalancerBackendAddressPools, loadBalancerInboundNatRules].some((list) => (list ?? []).length > 0))
    return {
      object: nic.id,
      kind: "load balancer",
      verdict: "unknown",
      why: "what a load balancer lets in is not known",
    };
  return { object: nic.id, kind: "public address", verdict: "denied", why: "no public address" };
}
