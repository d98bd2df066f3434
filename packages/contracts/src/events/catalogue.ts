import type { z } from "zod";
import * as access from "./access.ts";
import * as apiKey from "./api-key.ts";
import type { EventContract } from "./define-event.ts";
import { principalOfKey } from "../values/api-key.ts";
import * as enrolment from "./enrolment.ts";
import * as policy from "./policy.ts";
import * as posture from "./posture.ts";
import * as scan from "./scan.ts";

/** Every event there is, in the order in which a grant's life meets them. Nothing else travels on our topics. */
export const catalogue = [
  access.AccessRequested,
  access.ApprovalRequired,
  access.ApprovalGiven,
  access.AccessApproved,
  access.AccessDenied,
  access.AccessGranted,
  access.AccessFailed,
  access.ExtensionRequested,
  access.AccessExtended,
  access.RevocationRequested,
  access.AccessRevoked,
  access.AccessOverdue,
  access.DriftDetected,
  policy.PolicyConfigured,
  policy.PolicyRemoved,
  policy.LockdownPrepared,
  policy.VmLockedDown,
  policy.LockdownFailed,
  policy.VmUnlocked,
  posture.VmClassified,
  posture.VmGone,
  scan.ScanRequested,
  scan.ScanStarted,
  scan.ScanProgressed,
  scan.ScanFinished,
  apiKey.ApiKeyCreated,
  apiKey.ApiKeyRevoked,
  enrolment.ScopeWithdrawn,
  enrolment.ScopeEnrolled,
] as const satisfies readonly EventContract[];

type Catalogued = (typeof catalogue)[number];

/** A fact that is about to be published: its type, its data, and what makes its id repeatable. */
type FactOf<Contract> =
  Contract extends EventContract<infer Type, infer Data>
    ? { readonly type: Type; readonly data: z.infer<Data> }
    : never;

/** What happened, before it is sealed into an envelope; discriminated by `type`. */
export type Fact = FactOf<Catalogued>;
export type EventType = Catalogued["type"];

const byType: ReadonlyMap<string, Catalogued> = new Map(catalogue.map((contract) => [contract.type, contract]));

export const contractOf = (type: string): Catalogued | undefined => byType.get(type);

/** What a fact is about, its key and subject: the canonical id of a VM, the scope of a scan or an enrolment, or the API key as a principal. */
export function subjectOf(fact: Fact): string {
  const { data } = fact;
  if ("access" in data) return data.access.vm;
  if ("policy" in data) return data.policy.vm;
  if ("lockdown" in data) return data.lockdown.vm;
  if ("scan" in data) return data.scan.scope;
  if ("enrolment" in data) return data.enrolment.scope;
  if ("apiKey" in data) return principalOfKey(data.apiKey).id;
  return data.vm;
}
