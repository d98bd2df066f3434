import { refusal } from "@sallyport/contracts";
import type { ObjectId, Refusal } from "@sallyport/contracts";
import type { Seal } from "../mark.ts";
import type { Change, Planned } from "../model.ts";
import type { Unlock } from "../want.ts";
import { swap } from "./clone-group.ts";
import { takenFrom } from "./lock-down.ts";
import { isOf, markOfGroup, markOfRule } from "./marks.ts";
import { clonedFrom } from "./names.ts";
import { groupOf, holdersOf } from "./net.ts";
import type { AwsGroup, AwsInterface, AwsNet, AwsPermit } from "./net.ts";
import { permitText } from "./permit.ts";
import { ruleQuotaRefusal } from "./quota.ts";
import type { AwsLimits } from "./quota.ts";
import type { AwsRule } from "./rule.ts";
import { readStored } from "./stored.ts";

interface Clone {
  readonly group: AwsGroup;
  readonly original: ObjectId;
}

/**
 * Gives back what the lockdown took (S22, P21, P46): a difference, not an overwrite. A rule that somebody re-created is left, whatever
 * others wrote stays, a group that others deleted is not missed. Where the VM got a clone, the original comes back and the clone goes.
 */
export function planUnlock(net: AwsNet, want: Unlock, seal: Seal, limits: AwsLimits): Planned<AwsRule> {
  const inverse = want.inverse.map(readStored);
  const clones = net.groups.flatMap((group): readonly Clone[] => {
    const original = clonedFrom(group.name);
    return original !== undefined && isOf(markOfGroup(group, seal), "lockdown", want.id) ? [{ group, original }] : [];
  });
  const lost = clones.filter(({ group, original }) => {
    const isUsed = holdersOf(net, group.key).length > 0;
    return isUsed && groupOf(net, original) === undefined;
  });
  const [first, ...more] = lost.map(originalGone);
  if (first !== undefined) return { ok: false, refusals: [first, ...more] };
  const others = net.groups.filter((group) => !clones.some((clone) => clone.group === group));
  return {
    ok: true,
    changes: [
      ...others.flatMap((group) => widen(net, group, takenFrom(inverse, group.key).rules, want, seal, limits)),
      ...net.interfaces.flatMap((one) => swapsBack(one, clones, seal)),
      ...clones.map(({ group }): Change<AwsRule> => removal(group, seal)),
    ],
  };
}

function widen(
  net: AwsNet,
  group: AwsGroup,
  taken: readonly AwsPermit[],
  want: Unlock,
  seal: Seal,
  limits: AwsLimits,
): readonly Change<AwsRule>[] {
  const remainders = group.ingress.filter((permit) => isOf(markOfRule(group, permit, seal), "lockdown", want.id));
  const foreign = new Set(group.ingress.filter((one) => !remainders.includes(one)).map(permitText));
  const missing = taken.filter((permit) => !foreign.has(permitText(permit)));
  const change = (verb: "put" | "delete", permit: AwsPermit): Change<AwsRule> => ({
    object: group.key,
    verb,
    rule: { kind: "ingress", scope: group.scope, permit },
  });
  const puts = missing.map((permit) => change("put", permit));
  const deletes = remainders.map((permit) => change("delete", permit));
  // Where both do not fit at once, the remainders go first: closed for a moment rather than never given back.
  const isTight = ruleQuotaRefusal(net, group, [...group.ingress, ...missing], limits) !== undefined;
  const occupied = missing.some((permit) => remainders.some((one) => permitText(one) === permitText(permit)));
  return isTight || occupied ? [...deletes, ...puts] : [...puts, ...deletes];
}

const swapsBack = (one: AwsInterface, clones: readonly Clone[], seal: Seal): readonly Change<AwsRule>[] =>
  clones
    .filter(({ group }) => one.groups.includes(group.key))
    .flatMap(({ group, original }) => swap(one, original, group.key, markOfGroup(group, seal)?.mark));

/** What takes a group of ours away. */
export function removal(group: AwsGroup, seal: Seal): Change<AwsRule> {
  const { scope, vpc, name, description, tags } = group;
  const mark = markOfGroup(group, seal)?.mark;
  return {
    object: group.key,
    verb: "delete",
    rule: { kind: "group", scope, vpc, name, description, tags },
    ...(mark !== undefined && { mark }),
  };
}

const originalGone = ({ group, original }: Clone): Refusal =>
  refusal(
    "aws.not-found",
    `${original}, for which ${group.key} stands, was deleted. Attach the groups that the machine is to have and detach ${group.name}; the rest then goes by itself.`,
    { object: original },
  );
