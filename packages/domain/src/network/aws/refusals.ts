import { refusal, shortNameOf } from "@sallyport/contracts";
import type { Refusal, VmRef } from "@sallyport/contracts";

interface Refused {
  readonly ok: false;
  readonly refusals: readonly [Refusal, ...Refusal[]];
}

const one = (why: Refusal): Refused => ({ ok: false, refusals: [why] });

export const vmGone = (vm: VmRef): Refused =>
  one(refusal("vm.gone", `There is no instance ${shortNameOf(vm)} any more.`, { object: vm }));

export const noInterface = (vm: VmRef): Refused =>
  one(refusal("network.unsupported", `${shortNameOf(vm)} has no network interface.`, { object: vm }));
