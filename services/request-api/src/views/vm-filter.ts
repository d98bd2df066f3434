import type { Routes, Tab } from "@sallyport/contracts";
import { tabOf } from "@sallyport/domain";
import type { z } from "zod";
import type { PolicyRow } from "./policies.ts";
import type { KnownVm } from "./vms.ts";

export type VmQuery = z.infer<Routes["getFleet"]["query"]>;

/** The tab that a VM is under. */
export const tabOfVm = (row: KnownVm, policy: PolicyRow | undefined): Tab | undefined =>
  tabOf(row.finding, policy?.policy !== undefined);

/** Whether a VM is asked about, as far as its own row tells; its tab needs its policy. */
export function isAskedAbout(row: KnownVm, query: Omit<VmQuery, "tab">): boolean {
  const { profile, finding, vm } = row;
  const { status, severity, cloud, scope, location, name, text } = query;
  const has = (where: string, part: string) => where.toLowerCase().includes(part.toLowerCase());
  return (
    (status === undefined || finding.status === status) &&
    (severity === undefined || finding.severity === severity) &&
    (cloud === undefined || profile.cloud === cloud) &&
    (scope === undefined || isScope(profile.scope, scope)) &&
    (location === undefined || profile.location.toLowerCase() === location.toLowerCase()) &&
    (name === undefined || has(profile.name, name)) &&
    (text === undefined || has(profile.name, text) || has(vm, text))
  );
}

/** An AWS account stands for all of its regions. */
const isScope = (scope: string, asked: string): boolean =>
  scope === asked.toLowerCase() || scope.startsWith(`${asked.toLowerCase()}/`);
