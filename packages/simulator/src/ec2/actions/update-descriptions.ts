import { keyOf } from "../../world/aws/rule.ts";
import type { Action } from "../action.ts";
import { done, refused } from "../action.ts";
import { found, kinds } from "../ids.ts";
import type { Query } from "../query.ts";
import { isRefusal, missing, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import type { AwsRegion, Group } from "../../world/aws/region.ts";
import { withRules } from "./authorize.ts";
import { groupOf } from "./describe-groups.ts";
import { readDescription, readPermissions } from "./read-permissions.ts";

/** Changes what rules say of themselves, by id or by exact value, and nothing else. One that is left out is taken away. */
const updateDescriptions = (isEgress: boolean): Action => ({
  kind: "write",
  required: ["GroupId|GroupName"],
  object: "GroupId",
  run: ({ region, query }) => {
    const group = groupOf(region, query);
    if (isRefusal(group)) return refused(group);
    const byId = query.has("SecurityGroupRuleDescription");
    if (byId && query.has("IpPermissions"))
      return refused(
        refuse(
          "InvalidParameterCombination",
          "The parameter securityGroupRuleDescriptions cannot be used with the parameter ipPermissions",
        ),
      );
    if (!byId && !query.has("IpPermissions")) return refused(missing("ipPermissions"));
    const texts = byId ? textsById(group, query, isEgress) : textsByValue(region, group, query, isEgress);
    if (isRefusal(texts)) return refused(texts);
    const rules = group.rules.map((rule) => {
      if (!texts.has(rule.id)) return rule;
      const { description: _old, ...bare } = rule;
      const description = texts.get(rule.id);
      return description === undefined ? bare : { ...bare, description };
    });
    return done(withRules(region, group, rules));
  },
});

export const UpdateSecurityGroupRuleDescriptionsIngress = updateDescriptions(false);
export const UpdateSecurityGroupRuleDescriptionsEgress = updateDescriptions(true);

type Texts = ReadonlyMap<string, string | undefined>;

function textsById(group: Group, query: Query, isEgress: boolean): Texts | Refusal {
  const own = new Map(group.rules.filter((rule) => rule.isEgress === isEgress).map((rule) => [rule.id, rule]));
  const texts = new Map<string, string | undefined>();
  for (const one of query.list("SecurityGroupRuleDescription")) {
    const id = one.text("SecurityGroupRuleId") ?? "";
    const known = found([id], own, kinds.rule);
    if (isRefusal(known)) return known;
    const description = readDescription(one);
    if (typeof description === "object") return description;
    texts.set(id, description);
  }
  return texts;
}

function textsByValue(region: AwsRegion, group: Group, query: Query, isEgress: boolean): Texts | Refusal {
  const asked = readPermissions(region, group, query, isEgress);
  if (isRefusal(asked)) return asked;
  const ids = new Map(group.rules.map((rule) => [keyOf(rule), rule.id]));
  const texts = asked.map((permit) => [ids.get(keyOf(permit)), permit.description] as const);
  return texts.some(([id]) => id === undefined)
    ? refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    : new Map(texts.flatMap(([id, description]) => (id === undefined ? [] : [[id, description] as const])));
}
