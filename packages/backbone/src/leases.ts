import { Instant, msBetween, msOf, plusMs, seconds } from "@sallyport/contracts";
import { z } from "zod";
import type { Clock } from "./clock.ts";
import { defineTable } from "./records.ts";
import type { Records } from "./records.ts";

/** Somebody's turn, until it runs out. */
export interface Lease {
  readonly name: string;
  /** Fencing number: grows with each holder, so that a store of ours can refuse an earlier one. */
  readonly token: number;
  /** Has it from now for the same time again; `false` when it is lost: then stop writing. */
  readonly renew: () => Promise<boolean>;
  /** Gives the turn back at once. */
  readonly release: () => Promise<void>;
  /** By this process's own monotonic clock. Ask right before each write. */
  readonly isHeld: () => boolean;
}

export interface Leases {
  /** The lease, or `undefined` while somebody else holds it. */
  readonly acquire: (name: string, ttlMs: number) => Promise<Lease | undefined>;
}

/** Longer than any lease lasts, and than clocks differ: a row that nobody has written for so long is of no use any more. */
const KEPT = seconds(86_400);

/** One row per name that was ever asked for; most names belong to one grant and are asked for on one day only. */
const leaseTable = defineTable({
  name: "backbone.leases",
  schema: z.object({ holder: z.string(), until: Instant, token: z.int().positive() }),
  indexes: {},
  expiresAfter: () => KEPT,
});

/** Greater than the one before, and than any of a row that is forgotten: that one was taken a day ago. */
const nextToken = (before: number | undefined, now: Instant): number => Math.max((before ?? 0) + 1, msOf(now));

export interface LeasesDeps {
  readonly records: Records;
  readonly clock: Clock;
  /** A new, unique name for the holder of one lease. */
  readonly newToken: () => string;
}

/**
 * Leases over records: an efficiency measure, so that two processes seldom meet at one firewall object. Pauses and skewed clocks
 * break any such lock; correctness rests on the cloud's own refusals and on reading back (reliability-patterns.md §6).
 */
export function createLeases({ records, clock, newToken }: LeasesDeps): Leases {
  const acquire = async (name: string, ttlMs: number): Promise<Lease | undefined> => {
    const before = await records.get(leaseTable, name);
    if (before !== undefined && msBetween(clock.now(), before.value.until) > 0) return undefined;
    const holder = newToken();
    const token = nextToken(before?.value.token, clock.now());
    let version = before?.version ?? 0;
    let heldUntil = Number.NEGATIVE_INFINITY;

    /** Compare-and-set: whoever wrote since then has it. */
    const writeUntil = async (until: Instant, endElapsed: number): Promise<boolean> => {
      if ((await records.put(leaseTable, name, { holder, until, token }, version)) === "stale") {
        heldUntil = Number.NEGATIVE_INFINITY;
        return false;
      }
      version++;
      heldUntil = endElapsed;
      return true;
    };
    // The end is counted from before the write: the holder stops believing in it no later than the others.
    const renew = () => writeUntil(plusMs(clock.now(), ttlMs), clock.elapsed() + ttlMs);

    if (!(await renew())) return undefined;
    return {
      name,
      token,
      renew,
      release: async () => {
        heldUntil = Number.NEGATIVE_INFINITY;
        await writeUntil(clock.now(), Number.NEGATIVE_INFINITY);
      },
      isHeld: () => clock.elapsed() < heldUntil,
    };
  };
  return { acquire };
}
