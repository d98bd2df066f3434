import { z } from "zod";
import { exampleAccess } from "../values/examples.ts";
import { Scan, ScanRequest } from "../values/scan.ts";
import { defineEvent } from "./define-event.ts";

const scope = "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001";
const requested = "NmYxYzlmMGUtN2QzYS00YzExLTlhNTctMWQyZjYwZTFhMDAx.ml20um80";
const running = {
  id: "NmYxYzlmMGUtN2QzYS00YzExLTlhNTctMWQyZjYwZTFhMDAx.ml20umzs",
  scope,
  cloud: "azure" as const,
  status: "Running" as const,
  requests: [requested],
  startedAt: "2026-01-31T08:00:01.000Z",
  pages: 0,
  vms: 0,
  changed: 0,
  gone: 0,
  asOf: "2026-01-31T07:59:03.000Z",
  staleAfter: "2026-01-31T08:02:03.000Z",
};

export const ScanRequested = defineEvent({
  name: "ScanRequested",
  type: "sallyport.access.scan-requested.v1",
  topic: "sallyport.access",
  summary: "Somebody asked for a scope to be scanned at once.",
  data: z.object({ scan: ScanRequest }),
  example: {
    scan: { id: requested, scope, cloud: "azure", by: exampleAccess.principal, at: "2026-01-31T08:00:00.000Z" },
  },
});

export const ScanStarted = defineEvent({
  name: "ScanStarted",
  type: "sallyport.posture.scan-started.v1",
  topic: "sallyport.posture",
  summary: "A scope is being scanned.",
  data: z.object({ scan: Scan }),
  example: { scan: running },
});

export const ScanProgressed = defineEvent({
  name: "ScanProgressed",
  type: "sallyport.posture.scan-progressed.v1",
  topic: "sallyport.posture",
  summary: "A scan that takes long has come so far.",
  data: z.object({ scan: Scan }),
  example: { scan: { ...running, pages: 12, vms: 600, changed: 3 } },
});

export const ScanFinished = defineEvent({
  name: "ScanFinished",
  type: "sallyport.posture.scan-finished.v1",
  topic: "sallyport.posture",
  summary: "A scan came to its end, or broke off; then the findings of before stand, and are stale.",
  data: z.object({ scan: Scan }),
  example: {
    scan: {
      ...running,
      status: "Failed",
      pages: 12,
      vms: 600,
      changed: 3,
      finishedAt: "2026-01-31T08:00:09.000Z",
      fault: { code: "azure.unavailable", detail: "listing interfaces: 503" },
    },
  },
});
