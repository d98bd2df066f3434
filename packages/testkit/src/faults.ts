import { wait } from "@sallyport/backbone";
import type { Clock, Gate, GateAnswer, GateCall } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import { describeCall } from "./mortal.ts";

/**
 * What can happen to a call. `refuse`: not made, a retryable fault. `lose-reply`: made, and a retryable fault all the same.
 * `lose`: not made, though it says so. `repeat`: made twice. `delay`: made later. Only calls that answer nothing can be lost:
 * `publish`, `put` of the queue, and handlers.
 */
export type FaultKind = "refuse" | "lose-reply" | "lose" | "repeat" | "delay";

/** Decides, once for each call, what happens to it. `nth` counts the calls of that function, from 1. */
export type DecideFault = (call: GateCall, nth: number) => FaultKind | undefined;

/** `bus.publish`, `queue.work.handler`. */
export const nameOf = ({ port, fn }: GateCall): string => `${port}.${fn}`;

export interface FaultRule {
  readonly kind: FaultKind;
  /** Functions by name, e.g. `records.put`. */
  readonly on: readonly string[];
  /** From 0 to 1. */
  readonly chance: number;
}

/** Draws faults: the same ones for the same chance. The first rule that strikes decides. */
export const drawFaults =
  (random: () => number, rules: readonly FaultRule[]): DecideFault =>
  (call) =>
    rules.find(({ on, chance }) => on.includes(nameOf(call)) && random() < chance)?.kind;

export interface ScriptedFault {
  readonly kind: FaultKind;
  readonly on: string;
  /** Which call of that function, counted from 1. */
  readonly nth: number;
}

/** Faults by a script. */
export const scriptFaults =
  (script: readonly ScriptedFault[]): DecideFault =>
  (call, nth) =>
    script.find((fault) => fault.on === nameOf(call) && fault.nth === nth)?.kind;

export interface Faults {
  readonly gate: Gate;
  /** What happened, in order: for the story of a failing seed. */
  readonly story: readonly string[];
}

export interface FaultsDeps {
  readonly decide: DecideFault;
  readonly clock: Clock;
  /** How long a delayed call waits. */
  readonly delayMs?: (call: GateCall) => number;
}

const away = (call: GateCall, detail: string) =>
  new SallyportError({ code: "backbone.unavailable", detail: `${nameOf(call)}: ${detail}` });

/** A gate that makes faults happen. */
export function createFaults({ decide, clock, delayMs = () => 1000 }: FaultsDeps): Faults {
  const story: string[] = [];
  const counts = new Map<string, number>();
  const lostReplies = new WeakSet<readonly unknown[]>();

  const gate: Gate = async (call): Promise<GateAnswer | void> => {
    if (call.phase === "after") {
      if (lostReplies.delete(call.args)) throw away(call, "the reply was lost");
      return;
    }
    const nth = (counts.get(nameOf(call)) ?? 0) + 1;
    counts.set(nameOf(call), nth);
    const kind = decide(call, nth);
    if (kind === undefined) return;
    story.push(`${clock.now()} ${kind} ${describeCall(call)} #${nth}`);
    switch (kind) {
      case "refuse":
        throw away(call, "refused");
      case "lose-reply":
        lostReplies.add(call.args);
        return;
      case "lose":
        return "skip";
      case "repeat":
        return "again";
      case "delay":
        return wait(clock, delayMs(call));
    }
  };
  return { gate, story };
}
