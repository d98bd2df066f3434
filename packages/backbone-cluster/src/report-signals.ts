import { describeSignal, wordsOf } from "@sallyport/backbone";
import type { BackboneSignal, Log, Metrics, Observe } from "@sallyport/backbone";

/** One log line and one metric for each signal of an adapter. */
export const reportSignals =
  (log: Log, metrics: Metrics): Observe =>
  (signal) => {
    (signal.kind === "dead-letter" ? log.error : log.warn)(describeSignal(signal), fieldsOf(signal));
    const { name, labels } = metricOf(signal);
    metrics.count(name, labels);
  };

function fieldsOf(signal: BackboneSignal): Readonly<Record<string, unknown>> {
  if (!("fault" in signal)) return signal;
  const { fault, ...fields } = signal;
  return { ...fields, fault: wordsOf(fault) };
}

function metricOf(signal: BackboneSignal): {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
} {
  switch (signal.kind) {
    case "held":
      return { name: "sallyport_bus_held_total", labels: { group: signal.group, topic: signal.topic } };
    case "dead-letter":
      return { name: "sallyport_dead_letters_total", labels: { group: signal.group, topic: signal.topic } };
    case "job-failed":
      return { name: "sallyport_job_failures_total", labels: { lane: signal.lane } };
    case "lease-lost":
      return { name: "sallyport_job_leases_lost_total", labels: { lane: signal.lane } };
    case "unavailable":
      return { name: "sallyport_backbone_disturbances_total", labels: {} };
  }
}
