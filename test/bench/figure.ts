import { median, medianInterval, percentile } from "./statistics.ts";

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** One row of the result; times in milliseconds. */
export interface Figure {
  readonly figure: string;
  readonly at: string;
  readonly ours: Quantiles;
  readonly floor: Quantiles;
  readonly ratio: Quantiles;
  /** Samples of ours. */
  readonly n: number;
}

export interface Measured {
  readonly figure: Figure;
  /** 95 % of the ratios. */
  readonly interval: { readonly p50: readonly [number, number]; readonly p99: readonly [number, number] };
  readonly pairs: number;
}

type Pair = { readonly ours: readonly number[]; readonly floor: readonly number[] };

const quantilesOf = (samples: readonly number[]): Quantiles => ({
  p50: rounded(percentile(samples, 0.5)),
  p99: rounded(percentile(samples, 0.99)),
});

/** The ratio is the median of the pairs' ratios, each taken within a few seconds; the absolutes are of all samples. */
export function figureOf(name: string, at: string, pairs: readonly Pair[], random: () => number): Measured {
  const ratios = (share: number) => pairs.map(({ ours, floor }) => percentile(ours, share) / percentile(floor, share));
  const [p50, p99] = [ratios(0.5), ratios(0.99)];
  const ours = pairs.flatMap((pair) => pair.ours);
  return {
    figure: {
      figure: name,
      at,
      ours: quantilesOf(ours),
      floor: quantilesOf(pairs.flatMap((pair) => pair.floor)),
      ratio: { p50: rounded(median(p50)), p99: rounded(median(p99)) },
      n: ours.length,
    },
    interval: { p50: medianInterval(p50, random), p99: medianInterval(p99, random) },
    pairs: pairs.length,
  };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** For people. */
export function tableOf(measured: readonly Measured[]): string {
  const head = ["figure", "at", "ours p50 / p99 ms", "floor p50 / p99 ms", "ratio p50 (95 %)", "ratio p99 (95 %)", "n"];
  const span = (value: number, [low, high]: readonly [number, number]) =>
    `${value.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
  const rows = measured.map(({ figure: { figure, at, ours, floor, ratio, n }, interval }) => [
    figure,
    at,
    `${ours.p50.toFixed(1)} / ${ours.p99.toFixed(1)}`,
    `${floor.p50.toFixed(1)} / ${floor.p99.toFixed(1)}`,
    span(ratio.p50, interval.p50),
    span(ratio.p99, interval.p99),
    String(n),
  ]);
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? title.length)),
  );
  return [head, ...rows]
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   "))
    .join("\n");
}
