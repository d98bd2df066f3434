import { keyOf } from "../../world/aws/rule.ts";
import type { Rule } from "../../world/aws/rule.ts";
import type { Action } from "../action.ts";
import { done, refused } from "../action.ts";
import { found, kinds } from "../ids.ts";
import { queryFrom } from "../query.ts";
import type { Query } from "../query.ts";
import { invalid, isRefusal } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import { isOverQuota, overQuota, permissionDuplicate, withRules } from "./authorize.ts";
import { groupOf } from "./describe-groups.ts";
import { readPermissions } from "./read-permissions.ts";
import type { Asked } from "./read-permissions.ts";

/** Replaces rules by others under the same ids and tags: all of a call, or none. What is left out of a rule, its description too, is gone. */
export const ModifySecurityGroupRules: Action = {
  kind: "write",
  required: ["GroupId", "SecurityGroupRule"],
  object: "GroupId",
  run: ({ region, query }) => {
    const group = groupOf(region, query);
    if (isRefusal(group)) return refused(group);
    const own = new Map(group.rules.map((rule) => [rule.id, rule]));
    const next = new Map<string, Rule>();
    for (const update of query.list("SecurityGroupRule")) {
      const id = update.text("SecurityGroupRuleId") ?? "";
      const known = found([id], own, kinds.rule);
      if (isRefusal(known)) return refused(known);
      const [rule] = known;
      if (rule === undefined || next.has(id))
        return refused(invalid(`The rule '${id}' may be modified once in a call`));
      const asked = readRule(update, (permissions) => readPermissions(region, group, permissions, rule.isEgress));
      if (isRefusal(asked)) return refused(asked);
      next.set(id, { ...asked, id, tags: rule.tags });
    }
    const rules = group.rules.map((rule) => next.get(rule.id) ?? rule);
    const duplicate = rules.find((rule, n) => rules.findIndex((other) => keyOf(other) === keyOf(rule)) < n);
    if (duplicate !== undefined) return refused(permissionDuplicate(duplicate));
    if (isOverQuota(region, rules, false) || isOverQuota(region, rules, true)) return refused(overQuota);
    return done(withRules(region, group, rules));
  },
};

const PEERS = [
  ["CidrIpv4", "IpRanges", "CidrIp"],
  ["CidrIpv6", "Ipv6Ranges", "CidrIpv6"],
  ["PrefixListId", "PrefixListIds", "PrefixListId"],
  ["ReferencedGroupId", "Groups", "GroupId"],
] as const;

/** The one rule that an update describes, read as a permission with one peer. */
function readRule(update: Query, read: (permissions: Query) => readonly Asked[] | Refusal): Asked | Refusal {
  const text = (member: string) => update.text(`SecurityGroupRule.${member}`);
  const named = PEERS.filter(([member]) => text(member) !== undefined);
  if (named.length !== 1)
    return invalid("Specify exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId for a rule");
  const parameters = [
    ...["IpProtocol", "FromPort", "ToPort"].map((member) => [`IpPermissions.1.${member}`, text(member)] as const),
    ...named.flatMap(([member, list, inner]) => [
      [`IpPermissions.1.${list}.1.${inner}`, text(member)] as const,
      [`IpPermissions.1.${list}.1.Description`, text("Description")] as const,
    ]),
  ];
  const given = parameters.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const asked = read(queryFrom(Object.fromEntries(given)));
  if (isRefusal(asked)) return asked;
  return asked[0] ?? invalid("A rule needs a protocol and a peer");
}
