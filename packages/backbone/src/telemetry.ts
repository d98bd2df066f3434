/** Structured log lines: a short stable sentence, and fields. Never a secret. */
export interface Log {
  readonly debug: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly info: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly error: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
}

export type Labels = Readonly<Record<string, string>>;

/** Counters, gauges and histograms by name (`sallyport_…`, Prometheus conventions, seconds). */
export interface Metrics {
  readonly count: (name: string, labels?: Labels, by?: number) => void;
  readonly gauge: (name: string, value: number, labels?: Labels) => void;
  readonly observe: (name: string, seconds: number, labels?: Labels) => void;
}

const nothing = (): void => undefined;

/** For who does not listen. */
export const quietLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
export const quietMetrics: Metrics = { count: nothing, gauge: nothing, observe: nothing };
