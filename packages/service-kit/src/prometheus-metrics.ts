import type { Labels, Metrics } from "@sallyport/backbone";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Bounds for things that take from a millisecond to some minutes. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export interface PrometheusMetrics extends Metrics {
  /** The text that Prometheus scrapes. */
  readonly render: () => Promise<string>;
  readonly contentType: string;
}

/** Metrics kept in this process, by name; a name always has the same label names. */
export function createPrometheusMetrics(service: string): PrometheusMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  const once = <Metric>(make: (name: string, labelNames: string[]) => Metric) => {
    const made = new Map<string, Metric>();
    return (name: string, labels: Labels): Metric => {
      const metric = made.get(name) ?? make(name, Object.keys(labels));
      made.set(name, metric);
      return metric;
    };
  };
  const help = (name: string) => name.replaceAll("_", " ");
  const counter = once(
    (name, labelNames) => new Counter({ name, help: help(name), labelNames, registers: [registry] }),
  );
  const gauge = once((name, labelNames) => new Gauge({ name, help: help(name), labelNames, registers: [registry] }));
  const histogram = once(
    (name, labelNames) =>
      new Histogram({ name, help: help(name), labelNames, buckets: SECONDS, registers: [registry] }),
  );
  return {
    count: (name, labels = {}, by = 1) => counter(name, labels).inc(labels, by),
    gauge: (name, value, labels = {}) => gauge(name, labels).set(labels, value),
    observe: (name, seconds, labels = {}) => histogram(name, labels).observe(labels, seconds),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
