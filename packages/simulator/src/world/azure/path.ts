import type { Hop, Packet, Reach, Verdict } from "../reachability.ts";
import { contains, isInternet, parseAddress, parsePrefix } from "./address.ts";
import type { Address } from "./address.ts";
import { judgeAdmin } from "./admin-rules.ts";
import { arrivalsAt } from "./arrival.ts";
import type { Way } from "./arrival.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import { keyOf } from "./estate.ts";
import type { Estate } from "./estate.ts";
import { isInbound, judge } from "./match.ts";
import type { Surroundings } from "./match.ts";
import { NO_RULE, judgeNat } from "./firewall.ts";
import type { FirewallOutcome } from "./firewall.ts";
import { firewallsIn, isGoverned, sendersOf } from "./firewalls.ts";
import { PLATFORM, isWithin } from "./spaces.ts";
import type { Firewall, Nsg, SecurityRule, Vm, Vnet } from "./resources.ts";

/**
 * Takes one packet to one VM and looks what becomes of it at each hop: the VM itself, its public address or a firewall on the way, the
 * security admin rules of the network, the NSG of the subnet, then the NSG of the interface (azure.md §7). With several ways in the VM is reached when one of them leads there.
 *
 * Not part of the picture: what the sender's own subnet lets out, load balancers (a packet that only one of
 * these could bring is `unknown`).
 */
export function pathOf(estate: Estate, vm: Vm, packet: Packet): Reach {
  const reaches = pathsOf(estate, vm, packet);
  return (
    reaches.find(({ verdict }) => verdict === "allowed") ??
    reaches.find(({ verdict }) => verdict === "unknown") ??
    // Of the refusals the one that got furthest tells most.
    reaches.reduce((furthest, next) => (next.hops.length > furthest.hops.length ? next : furthest))
  );
}

/** Every way by which the packet might come to the VM, with what becomes of it on each; at least one. */
export function pathsOf(estate: Estate, vm: Vm, packet: Packet): readonly Reach[] {
  const source = parseAddress(packet.source);
  if (source === undefined) return [stop(vm.id, "source", `${packet.source} is no IP address`)];
  const power = powerOf(vm);
  if (power !== "running") return [stop(vm.id, "vm", `not running (${power})`)];
  const ways = vm.properties.networkProfile.networkInterfaces.flatMap(({ id }) => waysInto(estate, id, source));
  if (ways.length === 0) return [stop(vm.id, "vm", `no interface with an IPv${source.family} address`)];
  return ways.flatMap((way) => waysOf(estate, way, packet, source));
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

function waysOf(estate: Estate, way: Way, packet: Packet, source: Address): readonly Reach[] {
  return [direct(estate, way, packet, source), ...translated(estate, way, packet, source)];
}

/** To the address itself: from within the network, or by the VM's own public address. */
function direct(estate: Estate, way: Way, packet: Packet, source: Address): Reach {
  const arrival = arrivalsAt(estate, way, packet, source);
  if (arrival.some(({ verdict }) => verdict === "denied")) return { verdict: "denied", hops: arrival };
  return guarded(arrival, guards(estate, way, packet, [source]));
}

/** By the NAT of a firewall in the network: the NSGs see the firewall, whichever of its addresses it uses (azure.md §9). */
function translated(estate: Estate, way: Way, packet: Packet, source: Address): readonly Reach[] {
  const { vnet } = way;
  if (vnet === undefined || source.family !== 4 || !isInternet(source)) return [];
  return firewallsIn(estate, vnet).flatMap((standing) => {
    const { firewall, failed } = standing;
    const at = { protocol: packet.protocol, source, destination: way.address, port: packet.port };
    const senders = sendersOf(standing, prefixesSeen(estate, way));
    const judged = (one: Firewall): readonly FirewallOutcome[] => {
      const found = judgeNat(estate, one, at);
      return found.length > 0 || failed === undefined ? found : [{ ...NO_RULE, why: "no NAT rule leads there" }];
    };
    const outcomes: readonly FirewallOutcome[] = isGoverned(firewall)
      ? [{ verdict: "unknown", rule: "", why: "what a policy lets through is not part of the firewall" }]
      : [firewall, ...(failed === undefined ? [] : [failed])].flatMap(judged);
    const verdicts = new Set(outcomes.map(({ verdict }) => verdict));
    return outcomes.map((outcome) => {
      const isMixed = failed !== undefined && verdicts.size > 1;
      const { verdict, rule, why } = isMixed
        ? {
            ...outcome,
            verdict: "unknown" as const,
            why: "its last write failed: not all instances go by the same rules",
          }
        : outcome;
      const hop: Hop = { object: firewall.id, kind: "firewall", verdict, why, ...(rule !== "" && { rule }) };
      if (verdict === "denied") return { verdict, hops: [hop] };
      return guarded([hop], guards(estate, way, packet, senders));
    });
  });
}

const verdictOf = (hops: readonly Hop[]): Verdict =>
  (["denied", "unknown"] as const).find((one) => hops.some((hop) => hop.verdict === one)) ?? "allowed";

function guarded(before: readonly Hop[], behind: Reach): Reach {
  const verdicts = [verdictOf(before), behind.verdict];
  const verdict = (["denied", "unknown"] as const).find((one) => verdicts.includes(one)) ?? "allowed";
  return { verdict, hops: [...before, ...behind.hops] };
}

/** The security admin rules of the network, and where they leave it to them, the NSGs. */
function guards(estate: Estate, way: Way, packet: Packet, senders: readonly Address[]): Reach {
  const around = surroundingsOf(estate, way.vnet);
  const object = way.vnet?.id ?? way.nic.id;
  const outcomes = senders.map((source) =>
    judgeAdmin(
      estate.adminRules(object),
      { protocol: packet.protocol, port: packet.port, source, destination: way.address },
      around,
    ),
  );
  const ends = new Set(outcomes.flatMap(({ ends: one }) => [...one]));
  const [first] = outcomes;
  if (ends.size === 0 || first === undefined) return nsgs();
  const hop = { object, kind: "security admin rules", ...(first.rule !== "" && { rule: first.rule }) };
  if (ends.size > 1) {
    const { verdict: atNsgs, hops } = nsgs();
    const meant = { deny: "denied", bypass: "allowed", pass: atNsgs } as const;
    const verdicts = new Set([...ends].map((end) => meant[end]));
    const [verdict = "unknown"] = verdicts.size === 1 ? verdicts : [];
    const why = "which security admin rule decides is not known";
    return { verdict, hops: [{ ...hop, verdict: "unknown", why }, ...hops] };
  }
  if (ends.has("deny")) return { verdict: "denied", hops: [{ ...hop, verdict: "denied", why: first.why }] };
  if (ends.has("bypass")) return { verdict: "allowed", hops: [{ ...hop, verdict: "allowed", why: first.why }] };
  const { verdict, hops } = nsgs();
  return { verdict, hops: first.rule === "" ? hops : [{ ...hop, verdict: "allowed", why: first.why }, ...hops] };

  function nsgs(): Reach {
    const hops = nsgHops(estate, way, packet, senders);
    return { verdict: verdictOf(hops), hops };
  }
}

/** The NSG of the subnet, then that of the interface, as long as they let the packet by; asked for each of the senders that it may have. */
function nsgHops(estate: Estate, way: Way, packet: Packet, senders: readonly Address[]): readonly Hop[] {
  const around = surroundingsOf(estate, way.vnet);
  const hops: Hop[] = [];
  for (const { level, nsgId, at } of levelsOf(way)) {
    if (nsgId === undefined) {
      hops.push({ object: at, kind: level, verdict: "allowed", why: `no NSG on the ${level}` });
      continue;
    }
    const nsg = estate.nsg(nsgId);
    const kind = `nsg on the ${level}`;
    if (nsg === undefined) {
      hops.push({ object: nsgId, kind, verdict: "unknown", why: `the NSG of the ${level} is not part of this world` });
      continue;
    }
    const outcomes = senders.map((source) => {
      const seen = { protocol: packet.protocol, port: packet.port, source, destination: way.address };
      return judge(inboundRulesOf(nsg), seen, around);
    });
    const [outcome] = outcomes;
    const isMixed = outcomes.some(({ verdict }) => verdict !== outcome?.verdict);
    const { verdict, rule, why } =
      outcome === undefined || isMixed
        ? {
            verdict: "unknown" as const,
            rule: "",
            why: "not all addresses that the firewall may use are treated alike",
          }
        : outcome;
    hops.push({ object: nsg.id, kind, verdict, why, ...(rule !== "" && { rule }) });
    if (verdict === "denied") return hops;
  }
  return hops;
}

const levelsOf = ({ nic, subnet }: Way) => [
  { level: "subnet", nsgId: subnet?.properties.networkSecurityGroup?.id, at: subnet?.id ?? nic.id },
  { level: "interface", nsgId: nic.properties.networkSecurityGroup?.id, at: nic.id },
];

/** The source ranges in the rules that the packet meets: where they end, one sender of a firewall may differ from the next. */
const prefixesSeen = (estate: Estate, way: Way): readonly string[] => [
  ...estate
    .adminRules(way.vnet?.id ?? "")
    .flatMap(({ properties }) => (properties.sources ?? []).flatMap(({ addressPrefix }) => addressPrefix ?? [])),
  ...levelsOf(way).flatMap(({ nsgId }) =>
    (estate.nsg(nsgId ?? "")?.properties.securityRules ?? []).flatMap(({ properties }) => [
      ...(properties.sourceAddressPrefix ? [properties.sourceAddressPrefix] : []),
      ...(properties.sourceAddressPrefixes ?? []),
    ]),
  ),
];

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
