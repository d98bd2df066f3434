import { ANY_SOURCE, boundsOf, familyOf, isoDurationOf, refusal } from "@sallyport/contracts";
import type { Cidr, JitPolicy, PortAccess, PortRule, Refusal, Seconds } from "@sallyport/contracts";

/** What is asked of one VM: the doors with their sources, and for how long. */
export interface Ask {
  readonly ports: readonly PortAccess[];
  readonly duration: Seconds;
}

/** What the deployment allows at most and at least, whatever a policy says (settled.md §2). */
export interface DurationLimits {
  readonly shortest: Seconds;
  readonly longest: Seconds;
}

/**
 * Everything that stands against a request, by the policy of its VM and the deployment's limits; empty when nothing does. `field`
 * is a JSON pointer into the ask. Asked twice: at the door by request-api, and again by authz when it decides (settled.md §6).
 */
export function checkRequest(
  policy: JitPolicy | undefined,
  ask: Ask,
  limits: DurationLimits,
): readonly [] | readonly [Refusal, ...Refusal[]] {
  if (policy === undefined)
    return [
      refusal("policy.none", "The VM has no JIT policy, so its ports are not ours to open. Configure a policy first."),
    ];
  const refusals = [
    ...ask.ports.flatMap((wanted, at) => checkPort(policy, wanted, `/ports/${at}`)),
    ...checkDuration(policy, ask, limits),
  ];
  const [first, ...others] = refusals;
  return first === undefined ? [] : [first, ...others];
}

/** The rule that speaks for a door: the one for its very protocol before the one for every protocol. */
export const ruleFor = (policy: JitPolicy, { port, protocol }: Pick<PortAccess, "port" | "protocol">) =>
  policy.ports.find((rule) => rule.port === port && rule.protocol === protocol) ??
  policy.ports.find((rule) => rule.port === port && rule.protocol === "*");

function checkPort(policy: JitPolicy, wanted: PortAccess, field: string): readonly Refusal[] {
  const rule = ruleFor(policy, wanted);
  if (rule === undefined)
    return [
      refusal("policy.port-not-covered", `The policy does not cover port ${doorOf(wanted)}.`, {
        field: `${field}/port`,
        expected: shortened(`one of ${policy.ports.map(doorOf).join(", ")}`),
      }),
    ];
  return wanted.sources.flatMap((source, at) =>
    isWithin(rule.allowedSources, source)
      ? []
      : [
          refusal("policy.source-not-covered", `The policy does not allow ${source} on port ${doorOf(wanted)}.`, {
            field: `${field}/sources/${at}`,
            expected: shortened(`within ${rule.allowedSources.join(", ")}`),
          }),
        ],
  );
}

function checkDuration(policy: JitPolicy, ask: Ask, limits: DurationLimits): readonly Refusal[] {
  const strictest = ask.ports
    .flatMap((wanted) => ruleFor(policy, wanted) ?? [])
    .reduce<PortRule | undefined>(
      (least, rule) => (least && least.maxDuration <= rule.maxDuration ? least : rule),
      undefined,
    );
  const byPolicy = strictest !== undefined && strictest.maxDuration < limits.longest;
  const longest = byPolicy ? strictest.maxDuration : limits.longest;
  if (ask.duration < limits.shortest)
    return [
      refusal(
        "policy.duration-too-short",
        `The shortest time that can be asked for is ${isoDurationOf(limits.shortest)}.`,
        {
          field: "/duration",
          expected: `at least ${isoDurationOf(limits.shortest)}`,
        },
      ),
    ];
  if (ask.duration <= longest) return [];
  const who = byPolicy ? `The policy allows port ${doorOf(strictest)}` : "This deployment allows access";
  return [
    refusal("policy.duration-too-long", `${who} for ${isoDurationOf(longest)} at most.`, {
      field: "/duration",
      expected: `at most ${isoDurationOf(longest)}`,
    }),
  ];
}

/**
 * Is every address of `source` allowed? By containment in what the ranges hold together, never by their text (P53): two allowed
 * halves allow the whole.
 */
export function isWithin(allowed: readonly Cidr[], source: Cidr): boolean {
  const { first, last } = boundsOf(source);
  const ranges = allowed
    .filter((range) => familyOf(range) === familyOf(source))
    .map(boundsOf)
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  let uncovered = first;
  for (const range of ranges) {
    if (range.first > uncovered) return false;
    if (range.last >= uncovered) uncovered = range.last + 1n;
    if (uncovered > last) return true;
  }
  return false;
}

/** Does the policy let anybody on the Internet ask for this door? Worth a warning (seed.md §8, A5). */
export const allowsAnySource = (rule: Pick<PortRule, "allowedSources">): boolean =>
  ANY_SOURCE.some((any) => isWithin(rule.allowedSources, any));

export const doorOf = ({ port, protocol }: Pick<PortAccess, "port" | "protocol">): string =>
  protocol === "*" ? `${port}` : `${port}/${protocol}`;

const shortened = (text: string): string => (text.length <= 500 ? text : `${text.slice(0, 499)}…`);
