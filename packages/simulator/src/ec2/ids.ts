import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

/** How EC2 speaks of a kind of object that it cannot find. */
export interface Kind {
  readonly prefix: string;
  readonly notFound: string;
  readonly malformed: string;
  readonly one: string;
  readonly many: string;
}

const kind = (prefix: string, notFound: string, malformed: string, one: string, many: string): Kind => ({
  prefix,
  notFound,
  malformed,
  one,
  many,
});

export const kinds = {
  instance: kind("i", "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed", "instance ID", "instance IDs"),
  interface: kind(
    "eni",
    "InvalidNetworkInterfaceID.NotFound",
    "InvalidNetworkInterfaceId.Malformed",
    "networkInterface ID",
    "networkInterface IDs",
  ),
  group: kind("sg", "InvalidGroup.NotFound", "InvalidGroupId.Malformed", "security group", "security groups"),
  rule: kind(
    "sgr",
    "InvalidSecurityGroupRuleId.NotFound",
    "InvalidSecurityGroupRuleId.Malformed",
    "security group rule ID",
    "security group rule IDs",
  ),
  vpc: kind("vpc", "InvalidVpcID.NotFound", "InvalidVpcId.Malformed", "vpc ID", "vpc IDs"),
  subnet: kind("subnet", "InvalidSubnetID.NotFound", "InvalidSubnetId.Malformed", "subnet ID", "subnet IDs"),
  prefixList: kind(
    "pl",
    "InvalidPrefixListID.NotFound",
    "InvalidPrefixListId.Malformed",
    "prefix list ID",
    "prefix list IDs",
  ),
  peering: kind(
    "pcx",
    "InvalidVpcPeeringConnectionID.NotFound",
    "InvalidVpcPeeringConnectionId.Malformed",
    "vpcPeeringConnection ID",
    "vpcPeeringConnection IDs",
  ),
} as const satisfies Record<string, Kind>;

/** The kind of object that an id is of; a group for anything else. */
export const kindOf = (id: string): Kind =>
  Object.values(kinds).find(({ prefix }) => id.startsWith(`${prefix}-`)) ?? kinds.group;

/** The objects with these ids, or EC2's word for the ones that are not there. An exported world may hold ids of any form. */
export function found<T>(ids: readonly string[], from: ReadonlyMap<string, T>, of: Kind): readonly T[] | Refusal {
  const lost = ids.filter((id) => !from.has(id));
  const malformed = lost.find((id) => !new RegExp(`^${of.prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id));
  if (malformed !== undefined) return refuse(of.malformed, `Invalid id: "${malformed}" (expecting "${of.prefix}-...")`);
  if (lost.length > 0) return notFound(lost, of);
  return ids.flatMap((id) => from.get(id) ?? []);
}

export const notFound = (ids: readonly string[], of: Kind): Refusal =>
  refuse(
    of.notFound,
    `The ${ids.length === 1 ? of.one : of.many} '${ids.join(", ")}' do${ids.length === 1 ? "es" : ""} not exist`,
  );

/** All of them when no id is given. */
export const foundOrAll = <T>(
  ids: readonly string[],
  from: ReadonlyMap<string, T>,
  of: Kind,
): readonly T[] | Refusal => (ids.length === 0 ? [...from.values()] : found([...new Set(ids)], from, of));
