import type { EventOf } from "@sallyport/contracts";
import { endGrant } from "./end-grants.ts";
import type { EndGrantDeps } from "./end-grants.ts";

/** A give-back, or an administrator's word. Who may say so was checked by request-api. */
export const onRevocationRequested =
  (deps: EndGrantDeps) =>
  ({ data: { grantId, vm, reason } }: EventOf<"sallyport.access.revocation-requested.v1">): Promise<void> =>
    endGrant(deps, { grantId, vm, reason });
