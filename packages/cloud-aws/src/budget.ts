import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import { permissions } from "./permissions.ts";
import type { Ec2Action } from "./permissions.ts";

/** How many calls a bucket holds, and how many flow in each second. */
export interface BucketSize {
  readonly holds: number;
  readonly perSecond: number;
}

/**
 * What EC2 grants each account in each region, for each action by itself (Amazon EC2, Request throttling: what only reads, and what
 * changes or is resource-intensive, as authorising and revoking are).
 */
export const DOCUMENTED = {
  read: { holds: 100, perSecond: 20 },
  write: { holds: 50, perSecond: 5 },
} as const satisfies Readonly<Record<"read" | "write", BucketSize>>;

/** Actions that have smaller buckets of their own, where the account has no others. */
const OWN: Partial<Record<Ec2Action, BucketSize>> = { DescribeSecurityGroupReferences: { holds: 20, perSecond: 5 } };

/** Who would wait longer is told to come again: nobody keeps the turn of an object only to wait. */
const LONGEST_WAIT_MS = 5_000;
/** An account that was throttled shares its bucket with others: its flow is halved, at most so often, and grows back by doubling. */
const MOST_HALVINGS = 3;
const GROWS_BACK_MS = 30_000;

/** One token bucket of EC2's, kept on our side so that it is not run dry. */
export interface Budget {
  /** Spends one call; waits through the Clock, in the order of coming. Throws `aws.throttled` where that would take too long. */
  readonly spend: () => Promise<void>;
  /** EC2 said `RequestLimitExceeded`: whatever we believed, the bucket is empty. */
  readonly refused: () => void;
}

export function createBudget({ holds, perSecond }: BucketSize, clock: Clock, name: string): Budget {
  let level = holds;
  let atMs = clock.elapsed();
  let halvings = 0;
  let halvedAtMs = atMs;
  const rate = () => perSecond / 2 ** halvings;
  const flow = () => {
    const nowMs = clock.elapsed();
    level = Math.min(holds, level + ((nowMs - atMs) / 1000) * rate());
    atMs = nowMs;
    if (halvings > 0 && nowMs - halvedAtMs >= GROWS_BACK_MS) {
      halvings -= 1;
      halvedAtMs = nowMs;
    }
  };
  return {
    spend: async () => {
      flow();
      const waitMs = level >= 1 ? 0 : Math.ceil(((1 - level) / rate()) * 1000);
      if (waitMs > LONGEST_WAIT_MS)
        throw new SallyportError({
          code: "aws.throttled",
          detail: `${name}: what EC2 grants for it is spent`,
          retryAfterMs: waitMs,
        });
      // Below nothing: spent in advance by those who wait.
      level -= 1;
      if (waitMs > 0) await wait(clock, waitMs);
    },
    refused: () => {
      flow();
      level = Math.min(level, 0);
      halvings = Math.min(MOST_HALVINGS, halvings + 1);
      halvedAtMs = clock.elapsed();
    },
  };
}

/** The budgets of one account and region, one for each action: nothing that others spend, or are refused, delays anybody here. */
export function createBudgets(
  clock: Clock,
  scope: string,
  sizes?: Readonly<Record<"read" | "write", BucketSize>>,
): (action: Ec2Action) => Budget {
  const made = new Map<Ec2Action, Budget>();
  const sizeOf = (action: Ec2Action): BucketSize => {
    const { access } = permissions[action];
    return sizes?.[access] ?? OWN[action] ?? DOCUMENTED[access];
  };
  return (action) => {
    const known = made.get(action);
    if (known !== undefined) return known;
    const fresh = createBudget(sizeOf(action), clock, `${action} in ${scope}`);
    made.set(action, fresh);
    return fresh;
  };
}
