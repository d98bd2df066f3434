import { cloudOf } from "@sallyport/contracts";
import type { Instant, VmRef } from "@sallyport/contracts";
import type { Ledger, PromisedJob } from "@sallyport/backbone";
import { isLive } from "@sallyport/domain";
import type { GrantState } from "@sallyport/domain";

/** A look at each grant of the VM that may be open: what it rests on has changed. */
export async function looksAtGrants(
  grants: Pick<Ledger<GrantState>, "find">,
  vm: VmRef,
  now: Instant,
): Promise<readonly PromisedJob[]> {
  const found = await grants.find("vm", vm, vm);
  return found.flatMap(({ value }) =>
    value === undefined || !isLive(value) || value.state === "Closing"
      ? []
      : [{ job: { name: "OpenGrant", data: { cloud: cloudOf(vm), vm, grantId: value.access.grantId } }, due: now }],
  );
}
