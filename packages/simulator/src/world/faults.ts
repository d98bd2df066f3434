import { z } from "zod";
import { createChance } from "./chance.ts";

/**
 * What may go wrong in a call (settled.md §5).
 *
 * - `status`: refused before anything happens, with the cloud's own error shape.
 * - `delay`: waits on the world's clock, then goes on.
 * - `lose-reply`: the call is carried out, then the connection dies (or a gateway answers 504).
 * - `supersede`: an accepted ARM write is cancelled by a neighbour's write that puts back what was there before.
 * - `fail-operation`: an accepted ARM write ends as Failed.
 * - `slow-operation`: an accepted ARM write takes this much longer.
 * - `stale-read`: the read answers the state before the last write of the object.
 * - `not-yet-visible`: an EC2 call that names an object made before does not find it yet.
 */
export const FaultEffect = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("status"),
    status: z.int().min(400).max(599),
    code: z.string().min(1).optional(),
    message: z.string().optional(),
    /** Seconds in `Retry-After`; without it the header is absent. */
    retryAfter: z.number().nonnegative().optional(),
  }),
  z.strictObject({ kind: z.literal("delay"), ms: z.number().nonnegative() }),
  z.strictObject({ kind: z.literal("lose-reply"), as: z.enum(["reset", "504"]).default("reset") }),
  z.strictObject({ kind: z.literal("supersede") }),
  z.strictObject({ kind: z.literal("fail-operation"), code: z.string().min(1), message: z.string().optional() }),
  z.strictObject({ kind: z.literal("slow-operation"), ms: z.number().positive() }),
  z.strictObject({
    kind: z.literal("stale-read"),
    /** With it, the answer is stale only until this long after the write. */
    forMs: z.number().positive().optional(),
  }),
  z.strictObject({
    kind: z.literal("not-yet-visible"),
    /** With it, only until this long after the object was made. */
    forMs: z.number().positive().optional(),
  }),
]);
export type FaultEffect = z.infer<typeof FaultEffect>;

export const Fault = z.strictObject({
  match: z.strictObject({
    cloud: z.enum(["azure", "aws"]).optional(),
    /** HTTP verb, or EC2 action. */
    method: z.string().min(1).optional(),
    /** Part of the path or of an object's id, any case; written `/…/` it is a regular expression. */
    resource: z.string().min(1).optional(),
    /** The cloud's name of the operation, e.g. `PutSecurityRuleOperation`. */
    operation: z.string().min(1).optional(),
  }),
  /** How many calls it meets. */
  times: z.int().positive().default(1),
  /** Meets each such call with this probability only, drawn from the simulator's seed. */
  chance: z.number().gt(0).lt(1).optional(),
  effect: FaultEffect,
});
export type Fault = z.infer<typeof Fault>;
export type FaultInput = z.input<typeof Fault>;

/** One call, as the script sees it. */
export interface Call {
  readonly cloud: "azure" | "aws";
  readonly method: string;
  /** Paths or object ids that the call is about; a fault on any of them meets it. */
  readonly resources: readonly string[];
  readonly operation?: string;
}

export interface Faults {
  /** Adds to the script, in order. */
  readonly add: (faults: readonly Fault[]) => void;
  readonly clear: () => void;
  /** What is still to come. */
  readonly pending: () => readonly Fault[];
  /**
   * What happens to this call: each kind of effect at most once, the first of each kind in the script's order, and only of the
   * kinds asked for (a stale read is asked for by reads, a supersession by writes). What is returned is used up.
   */
  readonly take: <K extends FaultEffect["kind"]>(
    call: Call,
    kinds: readonly K[],
  ) => readonly Extract<FaultEffect, { kind: K }>[];
}

interface Armed {
  readonly fault: Fault;
  readonly meets: (call: Call) => boolean;
  left: number;
}

/** `random` gives numbers in [0, 1): one is drawn for each fault with a chance that a call could meet. */
export function createFaults(random: () => number = createChance(1)): Faults {
  let script: Armed[] = [];
  const take: Faults["take"] = (call, kinds) => {
    if (script.length === 0) return [];
    const taken = new Map<string, Armed>();
    for (const armed of script) {
      const kind = armed.fault.effect.kind;
      const isNext = !taken.has(kind) && kinds.some((k) => k === kind) && armed.meets(call);
      if (isNext && (armed.fault.chance === undefined || random() < armed.fault.chance)) taken.set(kind, armed);
    }
    for (const armed of taken.values()) armed.left -= 1;
    script = script.filter((armed) => armed.left > 0);
    return [...taken.values()].map((armed) => armed.fault.effect).filter((effect) => isOneOf(effect, kinds));
  };
  return {
    add: (faults) => {
      script.push(...faults.map((fault) => ({ fault, meets: matcherOf(fault.match), left: fault.times })));
    },
    clear: () => {
      script = [];
    },
    pending: () => script.map(({ fault, left }) => ({ ...fault, times: left })),
    take,
  };
}

const isOneOf = <K extends FaultEffect["kind"]>(
  effect: FaultEffect,
  kinds: readonly K[],
): effect is Extract<FaultEffect, { kind: K }> => kinds.some((kind) => kind === effect.kind);

function matcherOf(match: Fault["match"]): (call: Call) => boolean {
  const isIt = match.resource === undefined ? undefined : textMatcher(match.resource);
  return (call) =>
    (match.cloud === undefined || match.cloud === call.cloud) &&
    (match.method === undefined || match.method.toLowerCase() === call.method.toLowerCase()) &&
    (match.operation === undefined || match.operation.toLowerCase() === call.operation?.toLowerCase()) &&
    (isIt === undefined || call.resources.some(isIt));
}

/** `/…/` is a regular expression without regard to case, anything else a part of the text. A broken expression throws: callers check with `isPattern`. */
export function textMatcher(pattern: string): (text: string) => boolean {
  const asRegExp = /^\/(.+)\/$/.exec(pattern)?.[1];
  // An ARM id also starts with a slash; only one that ends with a slash, too, is meant as an expression.
  if (asRegExp !== undefined) {
    const expression = new RegExp(asRegExp, "i");
    return (text) => expression.test(text);
  }
  const part = pattern.toLowerCase();
  return (text) => text.toLowerCase().includes(part);
}
