import { defineTable } from "@sallyport/backbone";
import { Instant, ScopeId } from "@sallyport/contracts";
import { z } from "zod";

// The scanner's tables, as far as they are read here; it is the only one that writes them.

/** Where a VM was last seen: a ledger's row, of which its promises are the scanner's alone. */
export const sightingsTable = defineTable({
  name: "scanner.vms",
  schema: z.object({ value: z.object({ network: z.string().optional() }) }),
  indexes: {},
  expiresAfter: () => undefined,
});

/** One page of a scope's last survey. */
export const networksTable = defineTable({
  name: "scanner.networks",
  schema: z.object({ scope: ScopeId, at: Instant, net: z.unknown() }),
  indexes: {},
  expiresAfter: () => undefined,
});

/** As of when a scope was last surveyed to the end: a ledger's row. A page that has not changed since is older. */
export const surveysTable = defineTable({
  name: "scanner.scopes",
  schema: z.object({ value: z.object({ scan: z.object({ asOf: Instant.optional() }).optional() }) }),
  indexes: {},
  expiresAfter: () => undefined,
});
