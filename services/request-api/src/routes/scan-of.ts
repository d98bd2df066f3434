import type { Principal, ScopeId } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { scanRows } from "../views/scans.ts";
import type { ScansRow } from "../views/scans.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import type { KnownVm } from "../views/vms.ts";

type Deps = Pick<HandlerDeps, "records" | "may">;

/** VMs of a scope that are looked at for one that the caller may read. */
const LOOKS_AT_MOST = 200;

/** The scans of a scope; asked for once in a call, however many of its VMs are shown. */
export const createScansOf = ({ records }: Pick<HandlerDeps, "records">) => {
  const known = new Map<ScopeId, Promise<ScansRow | undefined>>();
  return (scope: ScopeId): Promise<ScansRow | undefined> => {
    const row = known.get(scope) ?? records.get(scanRows, scope).then((found) => found?.value.value);
    known.set(scope, row);
    return row;
  };
};

/** The VMs of a scope that the caller may read: who may read none sees nothing of its scans. */
export async function visibleVmsOf(
  { records, may }: Deps,
  principal: Principal,
  scope: ScopeId,
): Promise<readonly KnownVm[]> {
  const visible: KnownVm[] = [];
  for (const { value } of await records.find(vmsTable, "scope", `${scope}\n`, `${scope}\n~`, LOOKS_AT_MOST))
    if (isKnown(value) && (await may(principal, "read-vm", value.profile)).allowed) visible.push(value);
  return visible;
}

export const maySeeScansOf = async (deps: Deps, principal: Principal, scope: ScopeId): Promise<boolean> => {
  for (const { value } of await deps.records.find(vmsTable, "scope", `${scope}\n`, `${scope}\n~`, LOOKS_AT_MOST))
    if (isKnown(value) && (await deps.may(principal, "read-vm", value.profile)).allowed) return true;
  return false;
};
