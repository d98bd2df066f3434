import { VmRef, errorKinds, refusal, vmOfKey } from "@sallyport/contracts";
import type { Principal } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { refuse } from "../http/answer.ts";
import type { Refused } from "../http/answer.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import type { KnownVm } from "../views/vms.ts";
import { isRefused, visibleVm } from "./visible.ts";

type Deps = Pick<HandlerDeps, "records" | "may">;

/** How many VMs of one name are looked at. */
const NAMESAKES = 200;

/** A VM by its id in any case, its key, or a name that is unique among the VMs that the caller may read (settled.md §1). */
export async function resolveVm(
  deps: Deps,
  principal: Principal,
  text: string,
  field: string,
): Promise<KnownVm | Refused> {
  const vm = VmRef.safeParse(text).data ?? vmOfKey(text);
  if (vm !== undefined) {
    const found = await visibleVm(deps, principal, vm, field);
    return isRefused(found) && found.refusals[0].code === "request.not-found" ? unknown(field) : found;
  }
  const name = text.toLowerCase();
  const rows = await deps.records.find(vmsTable, "name", `${name}\n`, `${name}\n~`, NAMESAKES);
  const readable: KnownVm[] = [];
  for (const { value } of rows)
    if (isKnown(value) && (await deps.may(principal, "read-vm", value.profile)).allowed) readable.push(value);
  const [first, ...others] = readable;
  if (first === undefined) return unknown(field);
  if (others.length === 0) return first;
  const ids = readable.map((row) => row.vm);
  return refuse(
    refusal("vm.ambiguous", `${readable.length} VMs that you may read have this name. Say which by its id or vmKey.`, {
      field,
      expected: `one of ${ids.slice(0, 3).join(", ")}`.slice(0, 500),
    }),
  );
}

const unknown = (field: string): Refused =>
  refuse(
    refusal("vm.unknown", errorKinds["vm.unknown"].title, {
      field,
      expected: "canonical id, vmKey or unique name of a VM that you may read",
    }),
  );
