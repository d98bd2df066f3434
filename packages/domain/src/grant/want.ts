import type { Instant } from "@sallyport/contracts";
import type { Allow, Withdraw } from "../network/want.ts";
import { endOf, objectsOf } from "./state.ts";
import type { GrantState, LiveGrant } from "./state.ts";

const withdraw = (grant: LiveGrant): Withdraw => ({
  kind: "withdraw",
  vm: grant.access.vm,
  grantId: grant.access.grantId,
  objects: objectsOf(grant),
});

/** What the cloud should hold for this grant *now*, whoever asks (level-triggered). Nothing, when the grant is over. */
export function wantOf(grant: GrantState, now: Instant): Allow | Withdraw | undefined {
  switch (grant.state) {
    case "Approved":
    case "Opening":
    case "Open":
      return now < endOf(grant)
        ? {
            kind: "allow",
            vm: grant.access.vm,
            grantId: grant.access.grantId,
            ports: grant.access.ports,
            end: grant.notAfter,
          }
        : withdraw(grant);
    case "Closing":
      return withdraw(grant);
    case "Closed":
    case "Failed":
      return undefined;
  }
}
