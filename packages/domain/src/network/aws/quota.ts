import { refusal } from "@sallyport/contracts";
import type { Family, Refusal } from "@sallyport/contracts";
import type { AwsGroup, AwsInterface, AwsNet, AwsPermit } from "./net.ts";

/** Quotas of an account and region; AWS raises them on request (aws.md §2). */
export interface AwsLimits {
  /** Security groups of one interface. Default 5, at most 16. */
  readonly groupsPerInterface: number;
  /** Inbound rules of one group, for IPv4 and IPv6 separately. Default 60. */
  readonly rulesPerGroup: number;
}

/** What AWS lets the two come to together: rules of one interface, all its groups counted full (aws.md §2). */
export const MOST_RULES_PER_INTERFACE = 1000;

/** Quotas as an account may have them; anything else is a mistake of whoever configures it. */
export function awsLimits(given: Partial<AwsLimits>): AwsLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const product = limits.groupsPerInterface * limits.rulesPerGroup;
  if (product > MOST_RULES_PER_INTERFACE)
    throw new Error(
      `${limits.groupsPerInterface} groups of ${limits.rulesPerGroup} rules are ${product} rules on one interface, and AWS grants ${MOST_RULES_PER_INTERFACE} at most`,
    );
  return limits;
}

export const DEFAULT_LIMITS: AwsLimits = { groupsPerInterface: 5, rulesPerGroup: 60 };

/** A referenced group counts in both families, as does a prefix list, with its most entries. */
function weightOf(net: AwsNet, { peer }: AwsPermit, family: Family): number {
  switch (peer.kind) {
    case "cidr":
      return peer.cidr.includes(":") === (family === "ipv6") ? 1 : 0;
    case "prefix-list":
      return net.prefixLists.find(({ id }) => id === peer.id)?.maxEntries ?? 1;
    case "group":
    case "unreadable":
      return 1;
  }
}

export const weigh = (net: AwsNet, rules: readonly AwsPermit[], family: Family): number =>
  rules.reduce((sum, rule) => sum + weightOf(net, rule, family), 0);

/** Whether a group could hold `rules`, all at once, asked before anything is written (P44). */
export function ruleQuotaRefusal(
  net: AwsNet,
  { key }: Pick<AwsGroup, "key">,
  rules: readonly AwsPermit[],
  { rulesPerGroup }: AwsLimits,
): Refusal | undefined {
  const most = Math.max(weigh(net, rules, "ipv4"), weigh(net, rules, "ipv6"));
  if (most <= rulesPerGroup) return undefined;
  return refusal(
    "network.quota",
    `${key} would hold ${most} inbound rules of one address family, and its quota is ${rulesPerGroup}: merge rules, or have the quota raised.`,
    { object: key },
  );
}

/** Whether an interface has room for one more group (P20). */
export function groupQuotaRefusal(
  { id, groups }: AwsInterface,
  { groupsPerInterface }: AwsLimits,
): Refusal | undefined {
  if (groups.length < groupsPerInterface) return undefined;
  return refusal(
    "network.quota",
    `${id} is in ${groups.length} security groups, and its quota is ${groupsPerInterface}: detach one, or have the quota raised.`,
    { object: id },
  );
}
