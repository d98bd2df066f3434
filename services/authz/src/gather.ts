import type { AskHow } from "@sallyport/authorization";
import type { Access } from "@sallyport/contracts";
import type { Gathered } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";

/** Everything that a decision about an access looks at, asked for just now; `fresh`: roles, too. Throws, retryable, what is not known yet. */
export async function gather(
  { facts, may, limits, clock }: Pick<HandlerDeps, "facts" | "may" | "limits" | "clock">,
  access: Access,
  how: Pick<AskHow, "fresh"> = {},
): Promise<Gathered> {
  const { vm, policy } = await facts.of(access.vm, access.policyVersion);
  const gathered =
    vm.state === "Gone"
      ? vm
      : {
          ...vm,
          requesterMay: await may(access.principal, "request-access", vm.profile, how),
          withdrawnAt: await facts.withdrawn(vm.profile.scope),
        };
  return { vm: gathered, policy, limits, now: clock.now() };
}
