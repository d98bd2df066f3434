import type { Clock } from "@sallyport/backbone";
import { createTokenBuckets } from "../world/token-buckets.ts";
import type { Bucket } from "../world/token-buckets.ts";
import type { Query } from "./query.ts";

/** Token buckets of EC2, one per account, region and action (aws.md §2). */
export interface Ec2Limits {
  readonly reads: Bucket;
  /** Of the few reads that have a smaller bucket when they are called without filter and without paging. */
  readonly plainReads: Bucket;
  readonly writes: Bucket;
  /** Actions with buckets of their own. */
  readonly own: Readonly<Record<string, Bucket>>;
  /** Of STS: one for all its actions, per account and region; none where absent. */
  readonly sts?: Bucket;
}

/** What AWS documents for its accounts ("Request throttling for the Amazon EC2 API"). */
export const DOCUMENTED_EC2_LIMITS: Ec2Limits = {
  reads: { size: 100, perSecond: 20 },
  plainReads: { size: 50, perSecond: 10 },
  writes: { size: 50, perSecond: 5 },
  own: {
    CreateTags: { size: 100, perSecond: 10 },
    DeleteTags: { size: 100, perSecond: 10 },
    DescribeSecurityGroupReferences: { size: 20, perSecond: 5 },
    ModifyNetworkInterfaceAttribute: { size: 100, perSecond: 5 },
    StartInstances: { size: 5, perSecond: 2 },
    StopInstances: { size: 5, perSecond: 2 },
    TerminateInstances: { size: 100, perSecond: 5 },
  },
  // "IAM and AWS STS quotas": 600 requests a second
  sts: { size: 600, perSecond: 600 },
};

const PLAIN = new Set(["DescribeInstances", "DescribeNetworkInterfaces", "DescribeSecurityGroups"]);

const isPlain = (action: string, query: Query): boolean =>
  PLAIN.has(action) && !query.has("Filter") && !query.has("MaxResults") && !query.has("NextToken");

/** Says whether a call has no token left. Which calls are filtered or paged is seen by their parameters, ids not counting as either. */
export function createEc2Limiter(limits: Ec2Limits | undefined, clock: Pick<Clock, "elapsed">) {
  const take = createTokenBuckets(clock);
  return (where: string, action: string, kind: "read" | "write", query: Query): boolean => {
    if (limits === undefined) return false;
    const plain = isPlain(action, query);
    const usual = kind === "write" ? limits.writes : plain ? limits.plainReads : limits.reads;
    return "retryAfterSeconds" in take(`${where} ${action}${plain ? " plain" : ""}`, limits.own[action] ?? usual);
  };
}

/** Says whether a call of STS has no token left. */
export function createStsLimiter(limits: Ec2Limits | undefined, clock: Pick<Clock, "elapsed">) {
  const take = createTokenBuckets(clock);
  return (where: string): boolean => limits?.sts !== undefined && "retryAfterSeconds" in take(where, limits.sts);
}
