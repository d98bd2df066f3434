import type { Fault, FaultEffect } from "./faults.ts";

type Trouble = readonly [which: "any" | "write", effect: FaultEffect];

/** Of Resource Manager (azure.md §4, §8, §11): throttled with and without a Retry-After, locked, accepted and then lost, slow, away. */
const AZURE: readonly Trouble[] = [
  ["any", { kind: "status", status: 429, retryAfter: 3 }],
  ["any", { kind: "status", status: 429 }],
  ["any", { kind: "status", status: 500 }],
  ["any", { kind: "status", status: 503 }],
  ["write", { kind: "status", status: 429, code: "RetryableErrorDueToAnotherOperation", retryAfter: 1 }],
  ["write", { kind: "supersede" }],
  ["write", { kind: "fail-operation", code: "InternalServerError" }],
  ["write", { kind: "slow-operation", ms: 20_000 }],
  ["any", { kind: "lose-reply", as: "reset" }],
  ["any", { kind: "lose-reply", as: "504" }],
  ["any", { kind: "delay", ms: 2000 }],
];

/** Of EC2 (aws.md §1, §7): throttled, away, answers lost, and not yet what was written a moment ago. */
const AWS: readonly Trouble[] = [
  ["any", { kind: "status", status: 503 }],
  ["any", { kind: "status", status: 500 }],
  ["any", { kind: "lose-reply", as: "reset" }],
  ["any", { kind: "lose-reply", as: "504" }],
  ["any", { kind: "delay", ms: 2000 }],
  ["any", { kind: "not-yet-visible", forMs: 3000 }],
  ["any", { kind: "stale-read", forMs: 2000 }],
];

export interface UsualTroubleOptions {
  /** Of each kind of trouble at each call that it could meet. */
  readonly chance: number;
  /** How often each kind strikes at most, so that there is an end to it. */
  readonly times: number;
}

/** What either cloud is known to do to its callers now and then, drawn from the simulator's seed. */
export const usualTrouble = (cloud: "azure" | "aws", { chance, times }: UsualTroubleOptions): readonly Fault[] =>
  (cloud === "azure" ? AZURE : AWS).flatMap(([which, effect]) =>
    (which === "any" ? [{}] : WRITES).map((method) => ({ match: { cloud, ...method }, times, chance, effect })),
  );

const WRITES = [{ method: "PUT" }, { method: "DELETE" }] as const;
