import { defaultVpcOf } from "../../world/aws/region.ts";
import type { AwsRegion, Group } from "../../world/aws/region.ts";
import type { Rule } from "../../world/aws/rule.ts";
import { showGroup, showRule } from "../../world/aws/show.ts";
import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { filtered } from "../filters.ts";
import type { Fields } from "../filters.ts";
import { found, foundOrAll, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import type { Query } from "../query.ts";
import { invalid, isRefusal, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";

const rulesField = (isEgress: boolean, read: (rule: Rule) => string | number | undefined) => (group: Group) =>
  group.rules.filter((rule) => rule.isEgress === isEgress).map(read);

/** Filters on a group's rules, the same for both directions. */
const ruleFields = (prefix: string, isEgress: boolean): Fields<Group> => ({
  [`${prefix}.protocol`]: rulesField(isEgress, (rule) => rule.protocol),
  [`${prefix}.from-port`]: rulesField(isEgress, (rule) => rule.fromPort),
  [`${prefix}.to-port`]: rulesField(isEgress, (rule) => rule.toPort),
  [`${prefix}.cidr`]: rulesField(isEgress, ({ peer }) => cidrOf(peer, "ipv4")),
  [`${prefix}.ipv6-cidr`]: rulesField(isEgress, ({ peer }) => cidrOf(peer, "ipv6")),
  [`${prefix}.group-id`]: rulesField(isEgress, ({ peer }) => (peer.kind === "group" ? peer.groupId : undefined)),
  [`${prefix}.user-id`]: rulesField(isEgress, ({ peer }) => (peer.kind === "group" ? peer.userId : undefined)),
  [`${prefix}.prefix-list-id`]: rulesField(isEgress, ({ peer }) => (peer.kind === "prefix-list" ? peer.id : undefined)),
});

const cidrOf = (peer: Rule["peer"], family: "ipv4" | "ipv6"): string | undefined =>
  peer.kind === "range" && peer.range.family === family ? peer.range.cidr : undefined;

/** Referenced groups by the names they have here. */
const namesField =
  ({ groups }: AwsRegion, isEgress: boolean) =>
  ({ rules }: Group) =>
    rules.flatMap(({ isEgress: out, peer }) =>
      out === isEgress && peer.kind === "group" ? groups.get(peer.groupId)?.about.GroupName : [],
    );

const groupFields = (region: AwsRegion): Fields<Group> => ({
  "group-id": ({ about }) => [about.GroupId],
  "group-name": ({ about }) => [about.GroupName],
  description: ({ about }) => [about.Description],
  "vpc-id": ({ about }) => [about.VpcId],
  "owner-id": ({ about }) => [about.OwnerId],
  ...ruleFields("ip-permission", false),
  ...ruleFields("egress.ip-permission", true),
  "ip-permission.group-name": namesField(region, false),
  "egress.ip-permission.group-name": namesField(region, true),
});

export const DescribeSecurityGroups: Action = {
  kind: "read",
  names: { SecurityGroups: ["securityGroupInfo", { Description: "groupDescription" }] },
  run: (call) => {
    const named = namedGroups(call.region, call.query);
    if (isRefusal(named)) return refused(named);
    const left = filtered(call.query, named, groupFields(call.region), ({ about }) => about.Tags);
    if (isRefusal(left)) return refused(left);
    const page = pageOf(call, left, ({ about }) => about.GroupId);
    return answerPage(page, (items) => ({ SecurityGroups: items.map((group) => showGroup(call.region, group)) }));
  },
};

/** By id, or by name in the default VPC; all of them when neither is given. */
function namedGroups(region: AwsRegion, query: Query): readonly Group[] | Refusal {
  const names = query.texts("GroupName");
  const ids = query.texts("GroupId");
  const byId = ids.length === 0 && names.length > 0 ? [] : foundOrAll(ids, region.groups, kinds.group);
  if (isRefusal(byId)) return byId;
  const byName: Group[] = [];
  for (const name of names) {
    const group = groupNamed(region, name);
    if (isRefusal(group)) return group;
    byName.push(group);
  }
  return [...byId, ...byName];
}

/** A group by its name, which only groups of the default VPC can be called by. */
export function groupNamed(region: AwsRegion, name: string): Group | Refusal {
  const vpcId = defaultVpcOf(region)?.VpcId;
  const group = [...region.groups.values()].find(
    ({ about }) => vpcId !== undefined && about.VpcId === vpcId && about.GroupName === name,
  );
  const elsewhere = [...region.groups.values()].some(({ about }) => about.GroupName === name);
  if (group === undefined && elsewhere && vpcId === undefined)
    return invalid(
      `Invalid value '${name}' for groupName. You may not reference Amazon VPC security groups by name. Please use the corresponding id for this operation.`,
    );
  return (
    group ??
    refuse("InvalidGroup.NotFound", `The security group '${name}' does not exist in default VPC '${vpcId ?? ""}'`)
  );
}

/** The one group that a write is about. */
export function groupOf(region: AwsRegion, query: Query): Group | Refusal {
  const id = query.text("GroupId");
  if (id !== undefined && query.has("GroupName"))
    return refuse("InvalidParameterCombination", "The parameter groupName cannot be used with the parameter groupId");
  if (id === undefined) return groupNamed(region, query.text("GroupName") ?? "");
  const groups = found([id], region.groups, kinds.group);
  if (isRefusal(groups)) return groups;
  return groups[0] ?? refuse("InvalidGroup.NotFound", `The security group '${id}' does not exist`);
}

interface HeldRule {
  readonly groupId: string;
  readonly rule: Rule;
}

const ruleFieldsOfRules: Fields<HeldRule> = {
  "group-id": ({ groupId }) => [groupId],
  "security-group-rule-id": ({ rule }) => [rule.id],
};

export const DescribeSecurityGroupRules: Action = {
  kind: "read",
  names: { SecurityGroupRules: "securityGroupRuleSet" },
  run: (call) => {
    const all = new Map(
      [...call.region.groups.values()].flatMap(({ about, rules }) =>
        rules.map((rule) => [rule.id, { groupId: about.GroupId, rule }] as const),
      ),
    );
    const named = foundOrAll(call.query.texts("SecurityGroupRuleId"), all, kinds.rule);
    if (isRefusal(named)) return refused(named);
    const left = filtered(call.query, named, ruleFieldsOfRules, ({ rule }) => rule.tags);
    if (isRefusal(left)) return refused(left);
    const page = pageOf(call, left, ({ rule }) => rule.id);
    return answerPage(page, (items) => ({
      SecurityGroupRules: items.map(({ groupId, rule }) => showRule(call.region, groupId, rule)),
    }));
  },
};

/** Other VPCs, of whatever account, with a group that has a rule which names one of the groups asked for across a peering: each once. */
export const DescribeSecurityGroupReferences: Action = {
  kind: "read",
  required: ["GroupId"],
  run: ({ region, query, others }) => {
    const groups = found(query.texts("GroupId"), region.groups, kinds.group);
    if (isRefusal(groups)) return refused(groups);
    const all = [region, ...others()].flatMap((one) => [...one.groups.values()]);
    const references = groups.flatMap(({ about: { GroupId, VpcId } }) =>
      all
        .filter((other) => other.about.VpcId !== VpcId)
        .flatMap((other) =>
          other.rules.flatMap(({ peer }) =>
            peer.kind === "group" && peer.groupId === GroupId && peer.peeringStatus !== "deleted"
              ? [
                  {
                    GroupId,
                    ReferencingVpcId: other.about.VpcId,
                    VpcPeeringConnectionId: peer.vpcPeeringConnectionId,
                  },
                ]
              : [],
          ),
        ),
    );
    const once = new Map(references.map((one) => [`${one.GroupId} ${one.ReferencingVpcId}`, one]));
    return { answer: { SecurityGroupReferenceSet: [...once.values()] } };
  },
};
