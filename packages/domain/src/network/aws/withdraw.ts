import type { Seal } from "../mark.ts";
import type { Change, Planned } from "../model.ts";
import type { Withdraw } from "../want.ts";
import { membership } from "./clone-group.ts";
import { isOf, markOfGroup } from "./marks.ts";
import { holdersOf } from "./net.ts";
import type { AwsGroup, AwsInterface, AwsNet } from "./net.ts";
import type { AwsRule } from "./rule.ts";
import { removal } from "./unlock.ts";

/**
 * Closes by mark, wherever the grant's group is attached (house.md §6): off every interface, then deleted. An interface must be in one
 * group at least: where the grant's is the only one left, its rules go and the empty group stays until another is attached.
 */
export function planWithdraw(net: AwsNet, want: Withdraw, seal: Seal): Planned<AwsRule> {
  const groups = net.groups.filter((group) => isOf(markOfGroup(group, seal), "grant", want.grantId));
  const isStuck = (group: AwsGroup) => holdersOf(net, group.key).some((one) => isOnlyOn(one, group));
  return {
    ok: true,
    changes: [
      ...net.interfaces.flatMap((one) =>
        groups
          .filter((group) => one.groups.includes(group.key) && !isOnlyOn(one, group))
          .map((group) => membership(one, "detach", group.key, markOfGroup(group, seal)?.mark)),
      ),
      ...groups.flatMap((group) => (isStuck(group) ? emptied(group, seal) : [removal(group, seal)])),
    ],
  };
}

const isOnlyOn = ({ groups }: AwsInterface, { key }: AwsGroup): boolean => groups.length === 1 && groups[0] === key;

function emptied(group: AwsGroup, seal: Seal): readonly Change<AwsRule>[] {
  const mark = markOfGroup(group, seal)?.mark;
  return group.ingress.map((permit) => ({
    object: group.key,
    verb: "delete",
    rule: { kind: "ingress", scope: group.scope, permit },
    ...(mark !== undefined && { mark }),
  }));
}
