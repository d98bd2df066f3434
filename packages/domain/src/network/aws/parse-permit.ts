import { Address, Cidr, addressFromNumber, addressNumber, familyOf } from "@sallyport/contracts";
import type { AwsPeer, AwsPermit, AwsTag } from "./net.ts";
import { jsonAt, listAt, numberAt, textAt } from "./read-json.ts";
import type { Json } from "./read-json.ts";

const NUMBERED: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", all: "-1" };

function protocolOf(value: Json): string {
  const text = (textAt(value, "IpProtocol") ?? "-1").toLowerCase();
  return NUMBERED[text] ?? text;
}

/** A range as EC2 keeps it; host bits, which EC2 cuts off, are cut off here too (P12). */
export function readCidr(text: string): Cidr | undefined {
  const strict = Cidr.safeParse(text);
  if (strict.success) return strict.data;
  const [host = "", bits = ""] = text.split("/");
  const address = Address.safeParse(host);
  if (!address.success || !/^\d{1,3}$/.test(bits)) return undefined;
  const family = familyOf(address.data);
  const hostBits = (family === "ipv4" ? 32 : 128) - Number(bits);
  if (hostBits < 0) return undefined;
  const network = (addressNumber(address.data) >> BigInt(hostBits)) << BigInt(hostBits);
  return Cidr.safeParse(`${addressFromNumber(family, network)}/${bits}`).data;
}

function rangePeer(text: string): AwsPeer {
  const cidr = readCidr(text);
  return cidr === undefined ? { kind: "unreadable", text } : { kind: "cidr", cidr };
}

function groupPeer(value: Json): AwsPeer {
  const id = textAt(value, "GroupId") ?? textAt(value, "GroupName");
  if (id === undefined) return { kind: "unreadable", text: "a group without an id" };
  const [owner, vpc] = [textAt(value, "UserId"), textAt(value, "VpcId")];
  const [peeringConnection, peeringStatus] = [textAt(value, "VpcPeeringConnectionId"), textAt(value, "PeeringStatus")];
  return {
    kind: "group",
    id,
    ...(owner !== undefined && { owner }),
    ...(vpc !== undefined && { vpc }),
    ...(peeringConnection !== undefined && { peeringConnection }),
    ...(peeringStatus !== undefined && { peeringStatus }),
  };
}

/** Tags as describe answers give them, in `Tags` or `TagSet`. */
export const tagsOf = (value: unknown): readonly AwsTag[] =>
  [...listAt(value, "Tags"), ...listAt(value, "TagSet")].flatMap((tag) => {
    const key = textAt(tag, "Key");
    return key === undefined ? [] : [{ key, value: textAt(tag, "Value") ?? "" }];
  });

/** Protocols without ports show -1 for them in a rule, and nothing in a permission (aws.md §2). */
function portsOf(protocol: string, value: Json): Pick<AwsPermit, "from" | "to"> {
  if (!["tcp", "udp", "icmp", "icmpv6"].includes(protocol)) return {};
  const [from, to] = [numberAt(value, "FromPort"), numberAt(value, "ToPort")];
  const isIcmp = protocol.startsWith("icmp");
  if (!isIcmp && (from ?? -1) < 0) return { from: 0, to: 65_535 };
  return { from: from ?? -1, to: to ?? -1 };
}

/** One rule of `describe-security-group-rules`. */
export function parseAwsRule(value: Json): AwsPermit {
  const protocol = protocolOf(value);
  const [v4, v6, list] = [textAt(value, "CidrIpv4"), textAt(value, "CidrIpv6"), textAt(value, "PrefixListId")];
  const range = v4 ?? v6;
  const peer: AwsPeer =
    range !== undefined
      ? rangePeer(range)
      : list !== undefined
        ? { kind: "prefix-list", id: list }
        : groupPeer(jsonAt(value, "ReferencedGroupInfo"));
  const [id, description] = [textAt(value, "SecurityGroupRuleId"), textAt(value, "Description")];
  return {
    protocol,
    ...portsOf(protocol, value),
    peer,
    ...(id !== undefined && { id }),
    ...(description !== undefined && { description }),
    tags: tagsOf(value),
  };
}

/** One permission of `describe-security-groups`, taken apart: a rule for each of its peers. Rule ids and tags are not in it. */
export function parsePermission(value: Json): readonly AwsPermit[] {
  const protocol = protocolOf(value);
  const of = (peer: AwsPeer, about: Json): AwsPermit => {
    const description = textAt(about, "Description");
    return { protocol, ...portsOf(protocol, value), peer, ...(description !== undefined && { description }), tags: [] };
  };
  return [
    ...listAt(value, "IpRanges").map((one) => of(rangePeer(textAt(one, "CidrIp") ?? ""), one)),
    ...listAt(value, "Ipv6Ranges").map((one) => of(rangePeer(textAt(one, "CidrIpv6") ?? ""), one)),
    ...listAt(value, "PrefixListIds").map((one) =>
      of({ kind: "prefix-list", id: textAt(one, "PrefixListId") ?? "" }, one),
    ),
    ...listAt(value, "UserIdGroupPairs").map((one) => of(groupPeer(one), one)),
  ];
}
