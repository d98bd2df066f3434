import type { Instant } from "@sallyport/contracts";
import type { Allow, Withdraw } from "../network/want.ts";
import { endOf, objectsOf } from "./state.ts";
import type { GrantState, Leaving, LiveGrant } from "./state.ts";

/** Nobody has a connection by a door that was never seen open: then nothing is left for them. */
export const withdrawOf = (grant: LiveGrant): Withdraw => ({
  kind: "withdraw",
  vm: grant.access.vm,
  grantId: grant.access.grantId,
  objects: objectsOf(grant),
  ...(!("openedAt" in grant) && { collect: true }),
});

/** What was left for the connections' sake is to go, too. */
export const collectOf = ({ access, left }: Leaving): Withdraw => ({
  kind: "withdraw",
  vm: access.vm,
  grantId: access.grantId,
  objects: left.objects,
  collect: true,
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
        : withdrawOf(grant);
    case "Closing":
      return withdrawOf(grant);
    case "Closed":
    case "Failed":
      return undefined;
  }
}
