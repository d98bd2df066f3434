import type { Hop, Packet, Reach } from "../reachability.ts";
import { contains, isInternet, parseAddress, parsePrefix } from "./address.ts";
import type { Address } from "./address.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import { keyOf } from "./estate.ts";
import type { Estate } from "./estate.ts";
import { isInbound, judge } from "./match.ts";
import type { Surroundings } from "./match.ts";
import { peeringStateOf } from "./peering.ts";
import type { IpConfiguration, Nic, Nsg, SecurityRule, Subnet, Vm, Vnet } from "./resources.ts";

/** The address of Azure's own host: load balancer probes, DHCP, DNS. Part of both built-in tags in recorded effective rules. */
const PLATFORM = "168.63.129.16/32";

/**
 * Takes one packet to one VM and looks what becomes of it at each hop: the VM itself, its public address, the NSG of the subnet, then
 * the NSG of the interface (azure.md §7). With several addresses the VM is reached when one of them is.
 *
 * Not part of the picture: what the sender's own subnet lets out, security admin rules, load balancers (a packet that only one of
 * these could bring is `unknown`).
 */
export function pathOf(estate: Estate, vm: Vm, packet: Packet): Reach {
  const source = parseAddress(packet.source);
  if (source === undefined) return stop(vm.id, "source", `${packet.source} is no IP address`);
  const power = powerOf(vm);
  if (power !== "running") return stop(vm.id, "vm", `not running (${power})`);
  const ways = vm.properties.networkProfile.networkInterfaces.flatMap(({ id }) => waysInto(estate, id, source));
  if (ways.length === 0) return stop(vm.id, "vm", `no interface with an IPv${source.family} address`);
  const reaches = ways.map((way) => follow(estate, way, packet, source));
  return (
    reaches.find(({ verdict }) => verdict === "allowed") ??
    reaches.find(({ verdict }) => verdict === "unknown") ??
    // Of the refusals the one that got furthest tells most.
    reaches.reduce((furthest, next) => (next.hops.length > furthest.hops.length ? next : furthest))
  );
}

const stop = (object: string, kind: string, why: string): Reach => ({
  verdict: "denied",
  hops: [{ object, kind, verdict: "denied", why }],
});

/** From the instance view; a body exported without one is taken to be of a running VM. */
export function powerOf(vm: Vm): string {
  const codes = (vm.properties.instanceView?.statuses ?? []).map(({ code }) => code.toLowerCase());
  return codes.find((code) => code.startsWith("powerstate/"))?.slice("powerstate/".length) ?? "running";
}

/** One address of the VM, with the network that it is in. */
interface Way {
  readonly nic: Nic;
  readonly configuration: IpConfiguration;
  readonly address: Address;
  readonly vnet: Vnet | undefined;
  readonly subnet: Subnet | undefined;
}

function waysInto(estate: Estate, nicId: string, source: Address): readonly Way[] {
  const nic = estate.nic(nicId);
  if (nic === undefined) return [];
  return nic.properties.ipConfigurations.flatMap((configuration) => {
    const address = parseAddress(configuration.properties.privateIPAddress ?? "");
    if (address === undefined || address.family !== source.family) return [];
    const subnetId = keyOf(configuration.properties.subnet?.id ?? "");
    const vnet = estate.vnet(subnetId.replace(/\/subnets\/[^/]*$/, ""));
    const subnet = vnet?.properties.subnets.find(
      (candidate) => subnetId === `${keyOf(vnet.id)}/subnets/${candidate.name.toLowerCase()}`,
    );
    return [{ nic, configuration, address, vnet, subnet }];
  });
}

function follow(estate: Estate, way: Way, packet: Packet, source: Address): Reach {
  const arrival = arrive(estate, way, source);
  if (arrival.verdict === "denied") return { verdict: "denied", hops: [arrival] };
  const around = surroundingsOf(estate, way.vnet);
  const seen = { protocol: packet.protocol, port: packet.port, source, destination: way.address };
  const hops: Hop[] = [arrival];
  const levels = [
    { level: "subnet", nsgId: way.subnet?.properties.networkSecurityGroup?.id, at: way.subnet?.id ?? way.nic.id },
    { level: "interface", nsgId: way.nic.properties.networkSecurityGroup?.id, at: way.nic.id },
  ];
  for (const { level, nsgId, at } of levels) {
    if (nsgId === undefined) {
      hops.push({ object: at, kind: level, verdict: "allowed", why: `no NSG on the ${level}` });
      continue;
    }
    const nsg = estate.nsg(nsgId);
    const outcome =
      nsg === undefined
        ? { verdict: "unknown" as const, rule: "", why: `the NSG of the ${level} is not part of this world` }
        : judge(inboundRulesOf(nsg), seen, around);
    const { verdict, rule, why } = outcome;
    hops.push({ object: nsg?.id ?? nsgId, kind: `nsg on the ${level}`, verdict, why, ...(rule !== "" && { rule }) });
    if (verdict === "denied") return { verdict, hops };
  }
  return { verdict: hops.some(({ verdict }) => verdict === "unknown") ? "unknown" : "allowed", hops };
}

/** How the packet comes to the private address: from within the network, or from the Internet through a public address. */
function arrive(estate: Estate, { nic, configuration, vnet }: Way, source: Address): Hop {
  const { publicIPAddress, loadBalancerBackendAddressPools, loadBalancerInboundNatRules } = configuration.properties;
  if (isWithin(estate, vnet, source))
    return {
      object: vnet?.id ?? nic.id,
      kind: "vnet",
      verdict: "allowed",
      why: "the source is in the virtual network",
    };
  if (!isInternet(source)) {
    const hasGateway = vnet?.properties.subnets.some(({ name }) => name.toLowerCase() === "gatewaysubnet") ?? false;
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

const sorted = new WeakMap<Nsg, readonly SecurityRule[]>();

/** The inbound rules in the order of their priorities, the defaults included also where a world file left them out. */
function inboundRulesOf(nsg: Nsg): readonly SecurityRule[] {
  const known = sorted.get(nsg);
  if (known !== undefined) return known;
  const defaults = nsg.properties.defaultSecurityRules.length > 0 ? nsg.properties.defaultSecurityRules : DEFAULT_RULES;
  const rules = [...nsg.properties.securityRules, ...defaults]
    .filter(isInbound)
    .toSorted((a, b) => a.properties.priority - b.properties.priority);
  sorted.set(nsg, rules);
  return rules;
}

const isWithin = (estate: Estate, vnet: Vnet | undefined, address: Address): boolean =>
  spacesOf(estate, vnet).some((text) => {
    const prefix = parsePrefix(text);
    return prefix !== undefined && contains(prefix, address);
  });

/** What the tag VirtualNetwork stands for: the network's own space and that of its connected peers. */
export function spacesOf(estate: Estate, vnet: Vnet | undefined): readonly string[] {
  if (vnet === undefined) return [PLATFORM];
  const peers = vnet.properties.virtualNetworkPeerings.flatMap((peering) => {
    const { properties } = peering;
    if (peeringStateOf(vnet, peering, estate.vnet).toLowerCase() !== "connected") return [];
    const remote = properties.remoteVirtualNetwork ?? undefined;
    const space = properties.remoteAddressSpace ?? (remote && estate.vnet(remote.id)?.properties.addressSpace);
    return space?.addressPrefixes ?? [];
  });
  return [...vnet.properties.addressSpace.addressPrefixes, ...peers, PLATFORM];
}

function surroundingsOf(estate: Estate, vnet: Vnet | undefined): Surroundings {
  const platform = parsePrefix(PLATFORM);
  return {
    inTag: (tag, address) => {
      switch (tag.toLowerCase()) {
        case "virtualnetwork":
          return isWithin(estate, vnet, address);
        case "azureloadbalancer":
          return platform !== undefined && contains(platform, address);
        case "internet":
          return isInternet(address) && !isWithin(estate, vnet, address);
        default:
          // The published ranges of all other tags are not part of a world; that they hold no private address is.
          return isInternet(address) && !isWithin(estate, vnet, address) ? undefined : false;
      }
    },
    inGroup: (groupId, address) =>
      estate
        .effective()
        .some(
          (resource) =>
            resource.kind === "nic" &&
            resource.doc.properties.ipConfigurations.some(
              ({ properties }) =>
                (properties.applicationSecurityGroups ?? []).some(({ id }) => keyOf(id) === keyOf(groupId)) &&
                parseAddress(properties.privateIPAddress ?? "")?.value === address.value,
            ),
        ),
  };
}
