import { seconds } from "@sallyport/contracts";
import type { Seconds } from "@sallyport/contracts";
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
 * How a grant ends (docs/decisions/0009, 0013). `detach`: its group goes off every interface and is deleted. `revoke`: its rules go, and
 * the empty group stays attached for a while, since it is not documented that connections outlive a group's detaching.
 */
export type AwsClosing = "detach" | "revoke";

/** How long an empty group stays attached, unless said otherwise: as long as people work in one go. */
export const EMPTY_GROUP_TIME: Seconds = seconds(12 * 3600);
/** When it is looked again whether a group can go that is the only one its interface has. */
const LOOK_AGAIN: Seconds = seconds(3600);

const groupsOf = (net: AwsNet, { grantId }: Withdraw, seal: Seal): readonly AwsGroup[] =>
  net.groups.filter((group) => isOf(markOfGroup(group, seal), "grant", grantId));

/**
 * Closes by mark, wherever the grant's group is attached (house.md §6). An interface must be in one group at least: where the grant's is
 * the only one left, its rules go and the empty group stays until another is attached.
 */
export function planWithdraw(net: AwsNet, want: Withdraw, seal: Seal, closing: AwsClosing): Planned<AwsRule> {
  const groups = groupsOf(net, want, seal);
  const staysOn = (one: AwsInterface, group: AwsGroup) =>
    (closing === "revoke" && want.collect !== true) || isOnlyOn(one, group);
  const stays = (group: AwsGroup) => holdersOf(net, group.key).some((one) => staysOn(one, group));
  return {
    ok: true,
    changes: [
      ...net.interfaces.flatMap((one) =>
        groups
          .filter((group) => one.groups.includes(group.key) && !staysOn(one, group))
          .map((group) => membership(one, "detach", group.key, markOfGroup(group, seal)?.mark)),
      ),
      ...groups.flatMap((group) => (stays(group) ? emptied(group, seal) : [removal(group, seal)])),
    ],
  };
}

/** `undefined` where nothing of the grant is left. */
export function keptFor(
  net: AwsNet,
  want: Withdraw,
  seal: Seal,
  closing: AwsClosing,
  usual: Seconds,
): Seconds | undefined {
  if (groupsOf(net, want, seal).length === 0) return undefined;
  return closing === "revoke" && want.collect !== true ? usual : LOOK_AGAIN;
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
