import type { IpPermission, Tag } from "./describe.ts";
import { rangeOf } from "./cidr.ts";
import type { Range } from "./cidr.ts";

/** Who may send, or be sent to: exactly one kind per rule (aws.md §2). */
export type Peer =
  | { readonly kind: "range"; readonly range: Range }
  | { readonly kind: "prefix-list"; readonly id: string }
  | {
      readonly kind: "group";
      readonly groupId: string;
      readonly userId?: string;
      readonly vpcId?: string;
      readonly vpcPeeringConnectionId?: string;
      readonly peeringStatus?: string;
    };

/** What makes a rule the rule it is: two rules that agree in all of this are duplicates, whatever their descriptions. */
export interface Permit {
  readonly isEgress: boolean;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `-1`, or another protocol's number. */
  readonly protocol: string;
  /** First and last port, or ICMP type and code; absent where the protocol has none. */
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly peer: Peer;
}

export interface Rule extends Permit {
  readonly id: string;
  readonly description?: string;
  readonly tags: readonly Tag[];
}

export const hasPorts = (protocol: string): boolean => protocol === "tcp" || protocol === "udp";
export const isIcmp = (protocol: string): boolean => protocol === "icmp" || protocol === "icmpv6";

/** Equal for duplicates, and for nothing else. */
export function keyOf(permit: Permit): string {
  const { isEgress, protocol, fromPort, toPort, peer } = permit;
  return [isEgress ? "out" : "in", protocol, fromPort ?? "", toPort ?? "", peerText(peer)].join(" ");
}

export function peerText(peer: Peer): string {
  switch (peer.kind) {
    case "range":
      return peer.range.cidr;
    case "prefix-list":
      return peer.id;
    case "group":
      return peer.groupId;
  }
}

const NUMBERED: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", all: "-1" };

/** EC2's own spelling of a protocol; `undefined` when there is none such. */
export function protocolOf(text: string): string | undefined {
  const lower = text.toLowerCase();
  const known = NUMBERED[lower] ?? lower;
  if (known === "-1" || hasPorts(known) || isIcmp(known)) return known;
  return /^\d{1,3}$/.test(known) && Number(known) <= 255 ? known : undefined;
}

/** One permission of a describe answer, taken apart into single rules; what cannot be read as a rule is left out. */
export function permitsOf(
  permission: IpPermission,
  isEgress: boolean,
): readonly (Permit & { readonly description?: string })[] {
  const protocol = protocolOf(permission.IpProtocol) ?? permission.IpProtocol;
  const ported = hasPorts(protocol) || isIcmp(protocol);
  const base = {
    isEgress,
    protocol,
    ...(ported && permission.FromPort !== undefined && { fromPort: permission.FromPort }),
    ...(ported && permission.ToPort !== undefined && { toPort: permission.ToPort }),
  };
  const of = (peer: Peer | undefined, description: string | undefined) =>
    peer === undefined ? [] : [{ ...base, peer, ...(description !== undefined && { description }) }];
  const ranged = (cidr: string): Peer | undefined => {
    const range = rangeOf(cidr);
    return range && { kind: "range", range };
  };
  return [
    ...permission.IpRanges.flatMap((one) => of(ranged(one.CidrIp), one.Description)),
    ...permission.Ipv6Ranges.flatMap((one) => of(ranged(one.CidrIpv6), one.Description)),
    ...permission.PrefixListIds.flatMap((one) => of({ kind: "prefix-list", id: one.PrefixListId }, one.Description)),
    ...permission.UserIdGroupPairs.flatMap((one) => of(groupPeer(one), one.Description)),
  ];
}

type Pair = IpPermission["UserIdGroupPairs"][number];

function groupPeer(pair: Pair): Peer | undefined {
  const groupId = pair.GroupId ?? pair.GroupName;
  if (groupId === undefined) return undefined;
  return {
    kind: "group",
    groupId,
    ...(pair.UserId !== undefined && { userId: pair.UserId }),
    ...(pair.VpcId !== undefined && { vpcId: pair.VpcId }),
    ...(pair.VpcPeeringConnectionId !== undefined && { vpcPeeringConnectionId: pair.VpcPeeringConnectionId }),
    ...(pair.PeeringStatus !== undefined && { peeringStatus: pair.PeeringStatus }),
  };
}

type Permission = Readonly<
  Record<"UserIdGroupPairs" | "IpRanges" | "Ipv6Ranges" | "PrefixListIds", Record<string, string>[]>
> & { readonly IpProtocol: string; readonly FromPort?: number; readonly ToPort?: number };

/** Single rules put together again as describe answers show them: one permission per protocol and ports, in order of appearance. */
export function permissionsOf(rules: readonly (Permit & { readonly description?: string })[]): readonly Permission[] {
  const permissions = new Map<string, Permission>();
  for (const { protocol, fromPort, toPort, peer, description } of rules) {
    const key = [protocol, fromPort, toPort].join(" ");
    const permission = permissions.get(key) ?? {
      IpProtocol: protocol,
      ...(fromPort !== undefined && { FromPort: fromPort }),
      ...(toPort !== undefined && { ToPort: toPort }),
      UserIdGroupPairs: [],
      IpRanges: [],
      Ipv6Ranges: [],
      PrefixListIds: [],
    };
    permissions.set(key, permission);
    const about: Record<string, string> = description === undefined ? {} : { Description: description };
    switch (peer.kind) {
      case "range":
        if (peer.range.family === "ipv4") permission.IpRanges.push({ CidrIp: peer.range.cidr, ...about });
        else permission.Ipv6Ranges.push({ CidrIpv6: peer.range.cidr, ...about });
        break;
      case "prefix-list":
        permission.PrefixListIds.push({ PrefixListId: peer.id, ...about });
        break;
      case "group":
        permission.UserIdGroupPairs.push({ ...pairOf(peer), ...about });
        break;
    }
  }
  return [...permissions.values()];
}

/** A referenced group as describe answers show it. */
export function pairOf(peer: Extract<Peer, { kind: "group" }>): Record<string, string> {
  return {
    GroupId: peer.groupId,
    ...(peer.userId !== undefined && { UserId: peer.userId }),
    ...(peer.vpcId !== undefined && { VpcId: peer.vpcId }),
    ...(peer.vpcPeeringConnectionId !== undefined && { VpcPeeringConnectionId: peer.vpcPeeringConnectionId }),
    ...(peer.peeringStatus !== undefined && { PeeringStatus: peer.peeringStatus }),
  };
}
