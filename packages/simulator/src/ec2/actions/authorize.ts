import type { AwsRegion, Group } from "../../world/aws/region.ts";
import { withEntry } from "../../world/aws/region.ts";
import { hasPorts, isIcmp, keyOf, peerText } from "../../world/aws/rule.ts";
import type { Permit, Rule } from "../../world/aws/rule.ts";
import { showRule } from "../../world/aws/show.ts";
import type { Action } from "../action.ts";
import { done, refused } from "../action.ts";
import { isRefusal, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import { groupOf } from "./describe-groups.ts";
import { readPermissions } from "./read-permissions.ts";
import { readTagSpecification } from "./tags.ts";

/** Adds all the rules of a call, or none of them: a duplicate or a full group refuses the whole (aws.md §2). */
const authorize = (isEgress: boolean): Action => ({
  kind: "write",
  required: ["GroupId|GroupName"],
  object: "GroupId",
  names: { SecurityGroupRules: "securityGroupRuleSet" },
  run: ({ region, query, newId }) => {
    const group = groupOf(region, query);
    if (isRefusal(group)) return refused(group);
    const tags = readTagSpecification(query, "security-group-rule");
    if (isRefusal(tags)) return refused(tags);
    const asked = readPermissions(region, group, query, isEgress);
    if (isRefusal(asked)) return refused(asked);
    const existing = new Set(group.rules.map(keyOf));
    const duplicate = asked.find((permit) => existing.has(keyOf(permit)));
    if (duplicate !== undefined) return refused(permissionDuplicate(duplicate));
    const added = asked.map((permit): Rule => ({ ...permit, id: newId("sgr"), tags }));
    const rules = [...group.rules, ...added];
    if (isOverQuota(region, rules, isEgress)) return refused(overQuota);
    const next = withRules(region, group, rules);
    const SecurityGroupRules = added.map((rule) => showRule(next, group.about.GroupId, rule));
    return done(next, { Return: true, SecurityGroupRules });
  },
});

export const AuthorizeSecurityGroupIngress = authorize(false);
export const AuthorizeSecurityGroupEgress = authorize(true);

export const permissionDuplicate = (permit: Permit): Refusal =>
  refuse("InvalidPermission.Duplicate", `the specified rule "${describe(permit)}" already exists`);

export const overQuota = refuse(
  "RulesPerSecurityGroupLimitExceeded",
  "The maximum number of rules per security group has been reached.",
);

export const withRules = (region: AwsRegion, group: Group, rules: readonly Rule[]): AwsRegion => ({
  ...region,
  groups: withEntry(region.groups, group.about.GroupId, { ...group, rules }),
});

/** As in the recorded refusal: `peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW`. */
function describe({ protocol, fromPort, toPort, peer }: Permit): string {
  const ports = hasPorts(protocol) ? [`from port: ${fromPort}`, `to port: ${toPort}`] : [];
  const icmp = isIcmp(protocol) ? [`type: ${orAll(fromPort)}`, `code: ${orAll(toPort)}`] : [];
  const isNumber = /^\d/.test(protocol);
  const name = protocol === "-1" ? "ALL" : isNumber ? `protocol: ${protocol}` : protocol.toUpperCase();
  return [`peer: ${peerText(peer)}`, name, ...ports, ...icmp, "ALLOW"].join(", ");
}

const orAll = (part: number | undefined): string => (part === undefined || part === -1 ? "ALL" : String(part));

/** Rules per group, direction and family; a referenced group counts in both families, a prefix list as its most entries (aws.md §2). */
export function isOverQuota(region: AwsRegion, rules: readonly Rule[], isEgress: boolean): boolean {
  const weigh = (family: "ipv4" | "ipv6") =>
    rules
      .filter((rule) => rule.isEgress === isEgress)
      .reduce((sum, { peer }) => {
        switch (peer.kind) {
          case "range":
            return sum + (peer.range.family === family ? 1 : 0);
          case "group":
            return sum + 1;
          case "prefix-list":
            return sum + (region.prefixLists.get(peer.id)?.MaxEntries ?? 1);
        }
      }, 0);
  return Math.max(weigh("ipv4"), weigh("ipv6")) > region.quotas.rulesPerGroup;
}
