import { refusal } from "@sallyport/contracts";
import type { PortSpec, Refusal } from "@sallyport/contracts";
import type { Seal } from "../mark.ts";
import type { Change } from "../model.ts";
import type { LockDown } from "../want.ts";
import { isOf, markOfRule, markTag } from "./marks.ts";
import type { AwsGroup, AwsNet, AwsPermit } from "./net.ts";
import { isWithin, meets, permitText, remainderOf, widest } from "./permit.ts";
import { ruleQuotaRefusal } from "./quota.ts";
import type { AwsLimits } from "./quota.ts";
import type { AwsRule } from "./rule.ts";

/** What a lockdown did to one group, as its inverse tells: rules to put back, and remainders to take away again. */
export interface TakenFrom {
  readonly rules: readonly AwsPermit[];
  readonly remainders: readonly AwsPermit[];
}

/** What to write to one group, and the whole of what then undoes it. */
export interface Narrowing {
  readonly changes: readonly Change<AwsRule>[];
  readonly inverse: readonly Change<AwsRule>[];
  readonly refusals: readonly Refusal[];
}

const ingress = (group: AwsGroup, verb: "put" | "delete", permit: AwsPermit): Change<AwsRule> => ({
  object: group.key,
  verb,
  rule: { kind: "ingress", scope: group.scope, permit },
});

/** A remainder that the lockdown leaves, marked as ours where it will stand. */
function markedRemainder(group: AwsGroup, permit: AwsPermit, want: LockDown, seal: Seal): Change<AwsRule> {
  const mark = seal.sign({ kind: "lockdown", id: want.id }, { object: group.key, rule: permitText(permit) });
  return { ...ingress(group, "put", { ...permit, tags: [markTag(mark)] }), mark };
}

const distinct = (permits: readonly AwsPermit[]): readonly AwsPermit[] => [
  ...new Map(permits.map((permit) => [permitText(permit), permit])).values(),
];

/**
 * Makes one group let nothing through to the selected ports (S14): each rule that does gives way to its remainder, which is written
 * first. Rules for other ports stay untouched. A rule that was taken for a port no longer selected is given back as it was.
 *
 * What was taken stays in the inverse until it has been seen again: the inverse is stored before anything is written.
 */
export function narrowGroup(
  net: AwsNet,
  group: AwsGroup,
  taken: TakenFrom,
  want: LockDown,
  seal: Seal,
  limits: AwsLimits,
): Narrowing {
  const { ports } = want;
  const present = new Map(group.ingress.map((permit) => [permitText(permit), permit]));
  const isOurs = (permit: AwsPermit) => isOf(markOfRule(group, permit, seal), "lockdown", want.id);

  const isRemainder = (one: AwsPermit) => taken.rules.some((rule) => isWithin(one, rule));

  const cut = group.ingress.filter((permit) => meets(permit, ports));
  // A remainder of a known rule is replaced by what now remains of that rule, not split further.
  const allSplits = cut
    .filter((permit) => !(isOurs(permit) && isRemainder(permit)))
    .flatMap((permit) => remainderOf(permit, ports));
  const allKept = taken.rules.filter((rule) => meets(rule, ports)).flatMap((rule) => remainderOf(rule, ports));
  const wanted = new Set(widest([...allSplits, ...allKept]).map(permitText));
  const isWanted = (piece: AwsPermit) => wanted.has(permitText(piece));
  const [splits, kept] = [allSplits.filter(isWanted), allKept.filter(isWanted)];
  // Only what stems from a rule that can be given back: what is left of a lockdown whose inverse is lost stays.
  const stale = group.ingress.filter(
    (one) => isOurs(one) && !meets(one, ports) && !wanted.has(permitText(one)) && isRemainder(one),
  );

  const givenBack = taken.rules.filter((rule) => !meets(rule, ports));
  const isBack = (rule: AwsPermit) => {
    const found = present.get(permitText(rule));
    return found !== undefined && !isOurs(found);
  };
  const toGiveBack = givenBack.filter((rule) => !isBack(rule));
  const occupied = toGiveBack.flatMap((rule) => present.get(permitText(rule)) ?? []);
  const returning = new Set(toGiveBack.map(permitText));

  // A remainder that was written once and is gone was removed by somebody else: their change stays. It is written again only where
  // older remainders stand for it, of a selection that was larger.
  const written = new Set(taken.remainders.map(permitText));
  const isDue = (piece: AwsPermit) => !written.has(permitText(piece)) || stale.some((older) => isWithin(older, piece));
  const missing = (pieces: readonly AwsPermit[]) =>
    distinct(pieces).filter((piece) => !present.has(permitText(piece)) && !returning.has(permitText(piece)));
  const toSplit = missing(splits);
  const splitting = new Set(toSplit.map(permitText));
  const toRestore = missing(kept).filter((piece) => !splitting.has(permitText(piece)) && isDue(piece));

  const added = [...toGiveBack, ...toSplit, ...toRestore];
  const quota = added.length === 0 ? undefined : ruleQuotaRefusal(net, group, [...group.ingress, ...added], limits);
  return {
    changes: [
      ...occupied.map((permit) => ingress(group, "delete", permit)),
      ...toGiveBack.map((permit) => ingress(group, "put", permit)),
      ...[...toSplit, ...toRestore].map((permit) => markedRemainder(group, permit, want, seal)),
      ...[...cut, ...stale.filter((one) => !occupied.includes(one))].map((permit) => ingress(group, "delete", permit)),
    ],
    inverse: [
      ...distinct([
        ...taken.rules.filter((rule) => !givenBack.includes(rule) || !isBack(rule)),
        ...cut.filter((one) => !isOurs(one)),
      ]).map((permit) => ingress(group, "put", permit)),
      ...distinct([
        ...taken.remainders.filter((piece) => wanted.has(permitText(piece))),
        ...toSplit,
        ...[...kept, ...splits].filter((piece) => {
          const found = present.get(permitText(piece));
          return found !== undefined && isOurs(found);
        }),
      ]).map((permit) => ingress(group, "delete", permit)),
    ],
    refusals: [...refuseAnyProtocol(group, cut, want, ports), ...(quota === undefined ? [] : [quota])],
  };
}

/**
 * A rule for every protocol cannot leave out a port and keep the rest: EC2 knows no "all but". It is narrowed to TCP, UDP and ICMP
 * only for who asked to be strict; otherwise other protocols (VPN tunnels, say) would end without anybody having asked for it.
 */
export const refuseAnyProtocol = (
  group: Pick<AwsGroup, "key">,
  cut: readonly AwsPermit[],
  { options }: LockDown,
  ports: readonly PortSpec[],
): readonly Refusal[] =>
  options.precedence === "strict"
    ? []
    : cut
        .filter(({ protocol }) => protocol === "-1")
        .map((permit) =>
          refusal(
            "network.any-protocol-rule",
            `${group.key} lets in every protocol (${permitText(permit)}), also to ${ports.map(({ port }) => port).join(", ")}. Narrow that rule to the protocols that are needed, or lock down with precedence "strict", which leaves TCP, UDP and ICMP of it and ends all other protocols until it is undone.`,
            { object: `${group.key}/${permit.id ?? permitText(permit)}` },
          ),
        );
