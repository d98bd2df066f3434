import { z } from "zod";
import { Enrolment } from "../values/enrolment.ts";
import { exampleAccess } from "../values/examples.ts";
import { defineEvent } from "./define-event.ts";

const topic = "sallyport.scope";

const withdrawn = {
  scope: "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001",
  cloud: "azure" as const,
  status: "Withdrawn" as const,
  version: 1,
  by: exampleAccess.principal,
  at: "2026-01-31T08:00:00.000Z",
};

export const ScopeWithdrawn = defineEvent({
  name: "ScopeWithdrawn",
  type: "sallyport.scope.withdrawn.v1",
  topic,
  summary:
    "A subscription or account is not evaluated any more, and nobody asks for access there; lockdowns stay, grants end.",
  data: z.object({ enrolment: Enrolment }),
  example: { enrolment: withdrawn },
});

export const ScopeEnrolled = defineEvent({
  name: "ScopeEnrolled",
  type: "sallyport.scope.enrolled.v1",
  topic,
  summary: "A subscription or account is evaluated, and JIT can be enabled on its VMs.",
  data: z.object({ enrolment: Enrolment }),
  example: { enrolment: { ...withdrawn, status: "Enrolled", version: 2, at: "2026-02-01T08:00:00.000Z" } },
});
