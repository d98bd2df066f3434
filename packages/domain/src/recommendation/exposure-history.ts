import { latest, msBetween, msOf } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";
import { doorsWith, isOpen, opennessOf } from "./open-door.ts";
import type { Door, OpenDoor, OpenGrant, Openness } from "./open-door.ts";

/** How open a door is, as it is and as it would be without Sallyport's own grants. */
export interface DoorExposure extends Door {
  readonly withGrants: Openness;
  readonly withoutGrants: Openness;
}

/** What held from an instant on, until the next step: the doors by which somebody got in. */
export interface ExposureStep {
  readonly from: Instant;
  readonly doors: readonly DoorExposure[];
}

/** The steps of a VM's exposure, oldest first. Neighbours differ. */
export type ExposureHistory = readonly ExposureStep[];

/** Steps that are kept of one VM. */
export const MOST_STEPS = 500;

/** Doors as they stand now: those that a survey saw open, and those that grants hold open. */
export const doorsNow = (seen: readonly OpenDoor[], grants: readonly OpenGrant[]): readonly DoorExposure[] =>
  doorsWith(seen, grants)
    .map((door): DoorExposure => ({
      port: door.port,
      protocol: door.protocol,
      withGrants: opennessOf(door, grants),
      withoutGrants: opennessOf(door),
    }))
    .filter(({ withGrants }) => isOpen(withGrants))
    .toSorted((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));

/**
 * The history after one more look. What is as it was adds nothing. News that comes late changes what held since then only: a step
 * never begins before the last one. The oldest steps are forgotten.
 */
export function noteDoors(history: ExposureHistory, at: Instant, doors: readonly DoorExposure[]): ExposureHistory {
  const last = history.at(-1);
  if (last === undefined) return [{ from: at, doors }];
  if (sameDoors(last.doors, doors)) return history;
  const from = latest(last.from, at);
  const kept = from === last.from ? history.slice(0, -1) : history;
  const before = kept.at(-1);
  if (before !== undefined && sameDoors(before.doors, doors)) return kept;
  return [...kept, { from, doors }].slice(-MOST_STEPS);
}

const sameOpenness = (a: Openness, b: Openness): boolean =>
  a.ipv4 === b.ipv4 && a.ipv6 === b.ipv6 && a.uncertain === b.uncertain;

const sameExposure = (a: DoorExposure, b: DoorExposure): boolean =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  sameOpenness(a.withGrants, b.withGrants) &&
  sameOpenness(a.withoutGrants, b.withoutGrants);

const sameDoors = (a: readonly DoorExposure[], b: readonly DoorExposure[]): boolean =>
  a.length === b.length &&
  a.every((one, at) => {
    const other = b[at];
    return other !== undefined && sameExposure(one, other);
  });

/** How long a door was open, and the sum over time of how many addresses got in by it. Whole milliseconds, so that it adds up. */
export interface Extent {
  readonly ms: number;
  readonly ipv4Ms: bigint;
  readonly ipv6Ms: bigint;
}

export interface MeasuredDoor extends Door {
  readonly withGrants: Extent;
  readonly withoutGrants: Extent;
  /** When somebody got in; neighbours differ. */
  readonly intervals: readonly (DoorExposure & { readonly from: Instant; readonly to: Instant })[];
}

export interface MeasuredExposure {
  /** How much of the time asked about lies behind the first look. */
  readonly knownMs: number;
  readonly doors: readonly MeasuredDoor[];
}

/** What the history says about the time from `from` until `to`. Adds up over any split of it. */
export function measureExposure(history: ExposureHistory, from: Instant, to: Instant): MeasuredExposure {
  const pieces = history.flatMap(({ from: began, doors }, at) => {
    const start = latest(from, began);
    const next = history[at + 1]?.from;
    const end = next === undefined || next > to ? to : next;
    return msBetween(start, end) > 0 ? [{ from: start, to: end, doors }] : [];
  });
  const found = pieces.flatMap((piece) => piece.doors.map((door) => ({ ...door, from: piece.from, to: piece.to })));
  const doors = found.filter(
    (one, at) => found.findIndex((other) => other.port === one.port && other.protocol === one.protocol) === at,
  );
  return {
    knownMs: pieces.reduce((sum, piece) => sum + msBetween(piece.from, piece.to), 0),
    doors: doors
      .map(({ port, protocol }): MeasuredDoor => {
        const own = found.filter((one) => one.port === port && one.protocol === protocol);
        return {
          port,
          protocol,
          withGrants: extentOf(own.map((one) => ({ ...one, openness: one.withGrants }))),
          withoutGrants: extentOf(own.map((one) => ({ ...one, openness: one.withoutGrants }))),
          intervals: joined(own),
        };
      })
      .toSorted((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1)),
  };
}

function extentOf(
  pieces: readonly { readonly from: Instant; readonly to: Instant; readonly openness: Openness }[],
): Extent {
  let extent: Extent = { ms: 0, ipv4Ms: 0n, ipv6Ms: 0n };
  for (const { from, to, openness } of pieces) {
    if (!isOpen(openness)) continue;
    const ms = msBetween(from, to);
    extent = {
      ms: extent.ms + ms,
      ipv4Ms: extent.ipv4Ms + BigInt(ms) * openness.ipv4,
      ipv6Ms: extent.ipv6Ms + BigInt(ms) * openness.ipv6,
    };
  }
  return extent;
}

/** Pieces that follow each other without a change of this door are one. */
function joined(pieces: MeasuredDoor["intervals"]): MeasuredDoor["intervals"] {
  const result: MeasuredDoor["intervals"][number][] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last !== undefined && msOf(last.to) === msOf(piece.from) && sameExposure(last, piece))
      result[result.length - 1] = { ...last, to: piece.to };
    else result.push(piece);
  }
  return result;
}
