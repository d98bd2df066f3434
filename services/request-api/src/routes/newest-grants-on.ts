import type { VmRef } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { grantsTable, ofVm } from "../views/grants.ts";
import type { GrantPointer } from "../views/grants.ts";
import { requestRows } from "../views/requests.ts";
import type { GrantRow } from "../views/requests.ts";

const SHOWN = 20;

/** The grant that a pointer leads to; `undefined` when its request is not there (yet, or any more). */
export async function grantAt(
  { records }: Pick<HandlerDeps, "records">,
  { requestId, grantId }: GrantPointer,
): Promise<GrantRow | undefined> {
  const row = await records.get(requestRows, requestId);
  return row?.value.value.grants.find(({ access }) => access.grantId === grantId);
}

/** What a VM's page shows of its grants. */
export async function newestGrantsOn(deps: Pick<HandlerDeps, "records">, vm: VmRef): Promise<readonly GrantRow[]> {
  const rows = await deps.records.find(grantsTable, "vm", ofVm(vm), `${ofVm(vm)}~`, SHOWN);
  const grants = await Promise.all(rows.map(({ value }) => grantAt(deps, value)));
  return grants.filter((grant) => grant !== undefined);
}
