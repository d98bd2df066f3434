import { isDefaultVpc } from "../../world/aws/region.ts";
import type { Group } from "../../world/aws/region.ts";
import { keyOf, permissionsOf } from "../../world/aws/rule.ts";
import type { Rule } from "../../world/aws/rule.ts";
import { showRevokedRule } from "../../world/aws/show.ts";
import type { Action, ActionCall, Outcome } from "../action.ts";
import { done, refused } from "../action.ts";
import { found, kinds } from "../ids.ts";
import { isRefusal, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import { withRules } from "./authorize.ts";
import { groupOf } from "./describe-groups.ts";
import { readPermissions } from "./read-permissions.ts";
import type { Asked } from "./read-permissions.ts";

/**
 * Takes rules away, by id or by exact value. What is not there refuses the whole call; but values in a **default** VPC are answered
 * with success and come back as `UnknownIpPermissions` (aws.md §2, P19).
 */
const revoke = (isEgress: boolean): Action => ({
  kind: "write",
  required: ["GroupId|GroupName"],
  object: "GroupId",
  names: { UnknownIpPermissions: "unknownIpPermissionSet", RevokedSecurityGroupRules: "revokedSecurityGroupRuleSet" },
  run: (call) => {
    const group = groupOf(call.region, call.query);
    if (isRefusal(group)) return refused(group);
    const ids = call.query.texts("SecurityGroupRuleId");
    if (ids.length === 0) return revokeByValue(call, group, isEgress);
    if (call.query.has("IpPermissions"))
      return refused(
        refuse(
          "InvalidParameterCombination",
          "The parameter securityGroupRuleIds cannot be used with the parameter ipPermissions",
        ),
      );
    const goes = rulesById(group, ids, isEgress);
    return isRefusal(goes) ? refused(goes) : without(call, group, goes, []);
  },
});

export const RevokeSecurityGroupIngress = revoke(false);
export const RevokeSecurityGroupEgress = revoke(true);

function rulesById(group: Group, ids: readonly string[], isEgress: boolean): readonly Rule[] | Refusal {
  const own = group.rules.filter((rule) => rule.isEgress === isEgress);
  return found([...new Set(ids)], new Map(own.map((rule) => [rule.id, rule])), kinds.rule);
}

function revokeByValue(call: ActionCall, group: Group, isEgress: boolean): Outcome {
  const asked = readPermissions(call.region, group, call.query, isEgress);
  if (isRefusal(asked)) return refused(asked);
  const byKey = new Map(group.rules.map((rule) => [keyOf(rule), rule]));
  const unknown = asked.filter((permit) => !byKey.has(keyOf(permit)));
  if (unknown.length > 0 && !isDefaultVpc(call.region, group.about.VpcId))
    return refused(refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group."));
  return without(
    call,
    group,
    asked.flatMap((permit) => byKey.get(keyOf(permit)) ?? []),
    unknown,
  );
}

function without({ region }: ActionCall, group: Group, goes: readonly Rule[], unknown: readonly Asked[]): Outcome {
  const next = withRules(
    region,
    group,
    group.rules.filter((rule) => !goes.includes(rule)),
  );
  return done(next, {
    Return: true,
    UnknownIpPermissions: permissionsOf(unknown),
    RevokedSecurityGroupRules: goes.map((rule) => showRevokedRule(group.about.GroupId, rule)),
  });
}
