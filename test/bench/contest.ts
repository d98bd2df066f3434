import type { Figure } from "./figure.ts";
import { interleave } from "./interleave.ts";
import { median, percentile } from "./statistics.ts";

/** Works for about so many milliseconds and says how much it got done, per second. */
export type Side = (forMs: number) => number | Promise<number>;

/** Repeats `round`, which does `units` of work each time, and counts whole rounds. */
export const repeating =
  (units: number, round: () => void | Promise<void>): Side =>
  async (forMs) => {
    const start = performance.now();
    let done = 0;
    do {
      await round();
      done += units;
    } while (performance.now() - start < forMs);
    return (done * 1000) / (performance.now() - start);
  };

/** Of each side; performance.md §5 asks for at least seven. */
const PAIRS = 10;

export interface Contest {
  readonly figure: string;
  readonly at: string;
  readonly ours: Side;
  readonly floor: Side;
  readonly seconds: number;
}

/** Both sides in turn, ABBA; the ratio of rates is ours to the floor's, pair by pair, and p99 the slowest hundredth. */
export async function contest({ figure, at, ours, floor, seconds }: Contest): Promise<Figure> {
  const sides = { ours, floor };
  const forMs = (seconds * 1000) / PAIRS / 2;
  const rates: Record<"ours" | "floor", number[]> = { ours: [], floor: [] };
  for (const side of ["ours", "floor"] as const) await sides[side](forMs);
  for (const side of interleave(PAIRS)) rates[side].push(await sides[side](forMs));
  return rateFigure(figure, at, rates.ours, rates.floor);
}

/** A figure of rates that were taken in pairs. */
export function rateFigure(figure: string, at: string, ours: readonly number[], floor: readonly number[]): Figure {
  const of = (rates: readonly number[]) => ({
    p50: Math.round(median(rates)),
    p99: Math.round(percentile(rates, 0.01)),
  });
  const ratios = ours.map((rate, pair) => rate / (floor[pair] ?? Number.NaN));
  return {
    figure,
    at,
    ours: of(ours),
    floor: of(floor),
    ratio: { p50: hundredths(median(ratios)), p99: hundredths(percentile(ratios, 0.01)) },
    n: ours.length,
  };
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;
