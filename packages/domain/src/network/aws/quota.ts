import { ObjectId, awsParts, refusal, scopeOf } from "@sallyport/contracts";
import type { Family, Refusal, VmRef } from "@sallyport/contracts";
import type { AwsGroup, AwsInterface, AwsNet, AwsPermit } from "./net.ts";

/** Quotas of an account and region; AWS raises them on request (aws.md §2). */
export interface AwsLimits {
  /** Security groups of one interface. Default 5, at most 16. */
  readonly groupsPerInterface: number;
  /** Inbound rules of one group, for IPv4 and IPv6 separately. Default 60. */
  readonly rulesPerGroup: number;
  /** Security groups of one region. Default 2500. */
  readonly groupsPerRegion: number;
}

/** Quotas as they are configured: for all accounts, and for some by their numbers. */
export interface AwsQuotas extends Partial<AwsLimits> {
  readonly accounts?: Readonly<Record<string, Partial<AwsLimits>>>;
}

/** What AWS lets the first two come to together: rules of one interface, all its groups counted full (aws.md §2). */
const MOST_RULES_PER_INTERFACE = 1000;

/** The quotas of the VM's account; what no account can have is a mistake of whoever configures it, said at once. */
export function limitsBy({ accounts = {}, ...all }: AwsQuotas): (vm: VmRef) => AwsLimits {
  const usual = awsLimits(all);
  const own = new Map(Object.entries(accounts).map(([account, limits]) => [account, awsLimits({ ...all, ...limits })]));
  return (vm) => own.get(awsParts(vm).account) ?? usual;
}

function awsLimits(given: Partial<AwsLimits>): AwsLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const product = limits.groupsPerInterface * limits.rulesPerGroup;
  if (product > MOST_RULES_PER_INTERFACE)
    throw new Error(
      `${limits.groupsPerInterface} groups of ${limits.rulesPerGroup} rules are ${product} rules on one interface, and AWS grants ${MOST_RULES_PER_INTERFACE} at most`,
    );
  return limits;
}

const DEFAULT_LIMITS: AwsLimits = { groupsPerInterface: 5, rulesPerGroup: 60, groupsPerRegion: 2500 };

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

/**
 * Whether the region has room for so many more groups, where it is known how many it has: a survey knows, who reads around one VM does
 * not, and hears it from EC2 as the first thing that it writes.
 */
export function regionQuotaRefusal(
  { groupsInRegion }: AwsNet,
  vm: VmRef,
  added: number,
  { groupsPerRegion }: AwsLimits,
): Refusal | undefined {
  if (groupsInRegion === undefined || added === 0 || groupsInRegion + added <= groupsPerRegion) return undefined;
  const scope = scopeOf(vm);
  return refusal(
    "network.quota",
    `${scope} has ${groupsInRegion} security groups, ${added} more would be needed, and its quota is ${groupsPerRegion}: delete some that nobody is in, or have the quota raised.`,
    { object: ObjectId.parse(scope) },
  );
}
