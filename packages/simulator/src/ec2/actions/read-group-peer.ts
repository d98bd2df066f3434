import { activePeering, farEnds, peeringOf } from "../../world/aws/peering.ts";
import type { AwsRegion, Group } from "../../world/aws/region.ts";
import type { Peer } from "../../world/aws/rule.ts";
import { found, kinds, notFound } from "../ids.ts";
import type { Query } from "../query.ts";
import { isRefusal, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";

/**
 * A group that a rule names. One of the same VPC must exist; one of another VPC, or of another account, is reached by an active peering
 * only. A region whose world tells of no peerings at all takes what is on the far side as it is named.
 */
export function readGroupPeer(region: AwsRegion, group: Group, pair: Query): Peer | Refusal {
  const userId = pair.text("UserId") ?? region.accountId;
  const id = pair.text("GroupId");
  const peering = pair.text("VpcPeeringConnectionId");
  if (peering !== undefined && region.peerings.size > 0 && peeringOf(region, peering) === undefined)
    return notFound([peering], kinds.peering);
  if (id !== undefined && (userId !== region.accountId || (peering !== undefined && !region.groups.has(id))))
    return farPeer(region, group, { id, userId, peering, vpcId: pair.text("VpcId") });
  const name = pair.text("GroupName");
  const other =
    id === undefined
      ? [...region.groups.values()].find(({ about }) => about.GroupName === name && about.VpcId === group.about.VpcId)
      : region.groups.get(id);
  if (other === undefined) {
    const known = found([id ?? ""], region.groups, kinds.group);
    return id !== undefined && isRefusal(known) ? known : notFound([id ?? name ?? ""], kinds.group);
  }
  const near: Peer = { kind: "group", groupId: other.about.GroupId, userId: region.accountId };
  if (other.about.VpcId === group.about.VpcId) return near;
  const active = activePeering(region, group.about.VpcId, other.about.VpcId)?.VpcPeeringConnectionId;
  const by = active ?? (region.peerings.size === 0 ? peering : undefined);
  return by === undefined
    ? differentNetworks
    : { ...near, vpcId: other.about.VpcId ?? "", vpcPeeringConnectionId: by, peeringStatus: "active" };
}

interface Far {
  readonly id: string;
  readonly userId: string;
  readonly peering: string | undefined;
  readonly vpcId: string | undefined;
}

function farPeer(region: AwsRegion, group: Group, { id, userId, peering, vpcId }: Far): Peer | Refusal {
  const base = { kind: "group", groupId: id, userId } as const;
  const end = farEnds(region, group.about.VpcId, userId).find((one) => peering === undefined || one.id === peering);
  if (end !== undefined) return { ...base, vpcId: end.vpcId, vpcPeeringConnectionId: end.id, peeringStatus: "active" };
  if (region.peerings.size > 0) return differentNetworks;
  return {
    ...base,
    ...(vpcId !== undefined && { vpcId }),
    ...(peering !== undefined && { vpcPeeringConnectionId: peering, peeringStatus: "active" }),
  };
}

const differentNetworks = refuse(
  "InvalidGroup.NotFound",
  "You have specified two resources that belong to different networks.",
);
