import { rangeOf } from "../../world/aws/cidr.ts";
import type { AwsRegion, Group } from "../../world/aws/region.ts";
import { readGroupPeer } from "./read-group-peer.ts";
import { hasPorts, isIcmp, keyOf, protocolOf } from "../../world/aws/rule.ts";
import type { Peer, Permit } from "../../world/aws/rule.ts";
import { kinds, notFound } from "../ids.ts";
import { queryFrom } from "../query.ts";
import type { Query } from "../query.ts";
import { groupNamed } from "./describe-groups.ts";
import { invalid, isRefusal, missing, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";

/** One rule as a caller writes it. */
export type Asked = Permit & { readonly description?: string };

const DESCRIPTION = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

/**
 * The single rules of a call's `IpPermissions.N`, or of the older flat form (`IpProtocol`, `FromPort`, `ToPort`, `CidrIp`), in EC2's
 * canonical form. The first thing wrong refuses the whole call.
 */
export function readPermissions(
  region: AwsRegion,
  group: Group,
  query: Query,
  isEgress: boolean,
): readonly Asked[] | Refusal {
  const structured = query.list("IpPermissions");
  const sourceGroup = query.text("SourceSecurityGroupName");
  if (structured.length === 0 && sourceGroup !== undefined) return fromNamedGroup(region, group, query, isEgress);
  const flat = structured.length === 0 && query.has("IpProtocol");
  if (structured.length === 0 && !flat) return missing("ipPermissions");
  const asked: Asked[] = [];
  for (const permission of flat ? [query] : structured) {
    const ports = readPorts(permission);
    if (isRefusal(ports)) return ports;
    const peers = flat ? readFlatPeer(query) : readPeers(region, group, permission);
    if (isRefusal(peers)) return peers;
    if (peers.length === 0)
      return refuse(
        "MissingParameter",
        "Missing source specification: include source security group or CIDR information",
      );
    asked.push(
      ...peers.map(({ peer, description }) => ({
        isEgress,
        ...ports,
        peer,
        ...(description !== undefined && { description }),
      })),
    );
  }
  if (new Set(asked.map(keyOf)).size < asked.length)
    return invalid("The same permission must not appear multiple times");
  return asked;
}

/** The oldest form: everything that a group of the default VPC, named by its name, sends by TCP, UDP and ICMP. */
function fromNamedGroup(region: AwsRegion, group: Group, query: Query, isEgress: boolean): readonly Asked[] | Refusal {
  const source = groupNamed(region, query.text("SourceSecurityGroupName") ?? "");
  if (isRefusal(source)) return source;
  const peer = readGroupPeer(region, group, queryFrom({ GroupId: source.about.GroupId }));
  if (isRefusal(peer)) return peer;
  return [
    { isEgress, protocol: "tcp", fromPort: 0, toPort: 65_535, peer },
    { isEgress, protocol: "udp", fromPort: 0, toPort: 65_535, peer },
    { isEgress, protocol: "icmp", fromPort: -1, toPort: -1, peer },
  ];
}

type Ports = Pick<Permit, "protocol" | "fromPort" | "toPort">;

function readPorts(permission: Query): Ports | Refusal {
  const text = permission.text("IpProtocol");
  if (text === undefined) return missing("ipProtocol");
  const protocol = protocolOf(text);
  if (protocol === undefined) return invalid(`Invalid value '${text}' for IP protocol. Unknown protocol.`);
  if (!hasPorts(protocol) && !isIcmp(protocol)) return { protocol };
  const from = integer(permission.text("FromPort"));
  const to = integer(permission.text("ToPort"));
  if (from === undefined && to === undefined && protocol === "icmpv6") return { protocol, fromPort: -1, toPort: -1 };
  if (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to))
    return invalid(
      `Invalid value 'Must specify both from and to ports with ${isIcmp(protocol) ? "ICMP" : "TCP/UDP"}.' for portRange.`,
    );
  if (hasPorts(protocol)) {
    // The older spelling of "every port".
    if (from === -1 && to === -1) return { protocol, fromPort: 0, toPort: 65_535 };
    const wrong = [from, to].find((port) => port < 0 || port > 65_535);
    if (wrong !== undefined) return invalid(`Invalid value '${wrong}' for port. Must be between 0 and 65535.`);
    if (from > to) return invalid(`Invalid ${protocol.toUpperCase()} port range (${from}:${to})`);
  } else if ([from, to].some((part) => part < -1 || part > 255)) {
    return invalid(`ICMP code (${to}) or type (${from}) out of range`);
  } else if (from === -1 && to !== -1) {
    return invalid(`ICMP code (${to}) must be -1 when the type is -1: all types have all codes`);
  }
  return { protocol, fromPort: from, toPort: to };
}

const integer = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : /^-?\d{1,6}$/.test(text) ? Number(text) : Number.NaN;

interface Read {
  readonly peer: Peer;
  readonly description: string | undefined;
}

function readFlatPeer(query: Query): readonly Read[] | Refusal {
  const cidr = query.text("CidrIp");
  if (cidr === undefined) return [];
  const peer = rangePeer(cidr, "ipv4");
  return isRefusal(peer) ? peer : [{ peer, description: undefined }];
}

function readPeers(region: AwsRegion, group: Group, permission: Query): readonly Read[] | Refusal {
  const readers: readonly (readonly [list: string, read: (one: Query) => Peer | Refusal])[] = [
    ["IpRanges", (one) => rangePeer(one.text("CidrIp") ?? "", "ipv4")],
    ["Ipv6Ranges", (one) => rangePeer(one.text("CidrIpv6") ?? "", "ipv6")],
    ["PrefixListIds", (one) => prefixListPeer(region, one.text("PrefixListId") ?? "")],
    ["Groups", (one) => readGroupPeer(region, group, one)],
  ];
  const peers: Read[] = [];
  for (const [list, read] of readers) {
    for (const one of permission.list(list)) {
      const description = readDescription(one);
      if (typeof description === "object") return description;
      const peer = read(one);
      if (isRefusal(peer)) return peer;
      peers.push({ peer, description });
    }
  }
  return peers;
}

/** What a rule says of itself; nothing said and an empty text are the same. */
export function readDescription(one: Query): string | undefined | Refusal {
  const description = one.text("Description");
  if (description === undefined || description === "") return undefined;
  return DESCRIPTION.test(description)
    ? description
    : invalid(
        "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
      );
}

function rangePeer(cidr: string, family: "ipv4" | "ipv6"): Peer | Refusal {
  const range = rangeOf(cidr);
  return range?.family === family ? { kind: "range", range } : invalid(`CIDR block ${cidr} is malformed`);
}

function prefixListPeer(region: AwsRegion, id: string): Peer | Refusal {
  return region.prefixLists.has(id) ? { kind: "prefix-list", id } : notFound([id], kinds.prefixList);
}
