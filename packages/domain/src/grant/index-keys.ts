import type { Instant } from "@sallyport/contracts";
import { endOf, isLeaving, isLive } from "./state.ts";
import type { GrantState } from "./state.ts";

/** When reconcile has to look after the row; nothing for one that is over and gone. */
export function dueOf(grant: GrantState): Instant | undefined {
  if (!isLive(grant)) return isLeaving(grant) ? grant.left.until : undefined;
  switch (grant.state) {
    case "Approved":
    case "Opening":
      return grant.nextTry < endOf(grant) ? grant.nextTry : endOf(grant);
    case "Open":
      return grant.extension !== undefined && grant.nextTry < grant.expiresAt ? grant.nextTry : grant.expiresAt;
    case "Closing":
      return grant.nextTry;
  }
}

/** The VM of a grant that is not over. */
export const liveVmOf = (grant: GrantState): string | undefined => (isLive(grant) ? grant.access.vm : undefined);

/** The VM that something of a closed grant is left at. */
export const leftVmOf = (grant: GrantState): string | undefined => (isLeaving(grant) ? grant.access.vm : undefined);
