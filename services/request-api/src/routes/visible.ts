import { refusal } from "@sallyport/contracts";
import type { Principal, VmRef } from "@sallyport/contracts";
import type { Decision } from "@sallyport/domain";
import type { HandlerDeps } from "../deps.ts";
import { refuse } from "../http/answer.ts";
import type { Refused } from "../http/answer.ts";
import { notFound } from "../http/not-found.ts";
import type { GrantRow, RequestRow } from "../views/requests.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import type { KnownVm } from "../views/vms.ts";
import { cannotLookUp } from "./cannot-look-up.ts";
import { lookingBy } from "./looking.ts";

type Deps = Pick<HandlerDeps, "records" | "may">;

export const isRefused = (value: object): value is Refused => "kind" in value && value.kind === "refused";

/** The VM, if the caller may read it; else the same answer whether it exists or not (settled.md §6). */
export async function visibleVm(
  { records, may }: Deps,
  principal: Principal,
  vm: VmRef,
  field?: string,
): Promise<KnownVm | Refused> {
  const row = (await records.get(vmsTable, vm))?.value;
  if (!isKnown(row)) return notFound(field);
  const decision = await may(principal, "read-vm", row.profile);
  if (!decision.allowed) return cannotLookUp(decision) ?? notFound(field);
  if (row.goneAt !== undefined)
    return refuse(
      refusal("vm.gone", `${row.profile.name} was not there any more at ${row.goneAt}.`, {
        object: vm,
        ...(field === undefined ? {} : { field }),
      }),
    );
  return row;
}

/** What the caller lacks, as an answer. */
export const forbidden = ({ missing: [first, ...others] }: Extract<Decision, { allowed: false }>): Refused =>
  refuse(first, ...others);

/**
 * May the caller see what others asked on this VM? It takes the right to read its JIT policy. Refused where that cannot be looked up: a
 * page without them would be read as if there were none.
 */
export async function maySeeGrantsOn(
  { records, may }: Deps,
  principal: Principal,
  vm: VmRef,
): Promise<boolean | Refused> {
  const row = (await records.get(vmsTable, vm))?.value;
  if (!isKnown(row)) return false;
  const decision = await may(principal, "read-policy", row.profile);
  return decision.allowed || (cannotLookUp(decision) ?? false);
}

/** Whoever is to get in, and the service that asked for them. */
export const isOwn = (
  { id }: Principal,
  { principal, requestedBy }: { readonly principal: Principal; readonly requestedBy?: Principal | undefined },
): boolean => id === principal.id || id === requestedBy?.id;

/**
 * Those of a request's grants that the caller may see: the own ones, those on VMs whose policy they may read, and those that they are
 * asked to approve: who is to say yes has to see to what.
 */
export async function visibleGrants(deps: Deps, principal: Principal, row: RequestRow): Promise<readonly GrantRow[]> {
  if (isOwn(principal, row)) return row.grants;
  const seen = await Promise.all(
    row.grants.map(
      async (grant) =>
        (await maySeeGrantsOn(deps, principal, grant.access.vm)) === true ||
        (await isAskedAbout(deps, principal, grant)),
    ),
  );
  return row.grants.filter((_grant, at) => seen[at] === true);
}

/** As `visibleGrants`; where none is seen because a lookup failed, that is said: "not there" would be believed. */
export async function findVisibleGrants(
  { records, may }: Deps,
  principal: Principal,
  row: RequestRow | undefined,
): Promise<readonly GrantRow[] | Refused> {
  const looking = lookingBy(may);
  const seen = row === undefined ? [] : await visibleGrants({ records, may: looking.may }, principal, row);
  return seen.length > 0 ? seen : (looking.failure() ?? notFound());
}

async function isAskedAbout({ records, may }: Deps, principal: Principal, grant: GrantRow): Promise<boolean> {
  const groups = [grant.approvals?.approvers, grant.extension?.approvals?.approvers].filter((one) => one !== undefined);
  const row = groups.length === 0 ? undefined : (await records.get(vmsTable, grant.access.vm))?.value;
  if (!isKnown(row)) return false;
  for (const approvers of new Set(groups))
    if ((await may(principal, "approve", row.profile, { approvers })).allowed) return true;
  return false;
}
