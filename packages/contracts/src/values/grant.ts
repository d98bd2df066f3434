import { z } from "zod";
import { Cidr } from "./address.ts";
import { GrantId, ObjectId } from "./ids.ts";
import { Instant } from "./instant.ts";
import { Port, Protocol } from "./port.ts";

/** Why a grant was closed. */
export const ClosingReason = z.enum([
  "expired",
  "given-back",
  "revoked-by-administrator",
  "policy-removed",
  "vm-gone",
  "opening-failed",
]);
export type ClosingReason = z.infer<typeof ClosingReason>;

/** What closing does to connections that are established (S23, G10). */
export const SessionEffect = z.object({
  /** `kept`: they go on. `cut`: they end. `may-be-cut`: the cloud does not say, or it depends on other rules. */
  sessions: z.enum(["kept", "cut", "may-be-cut"]),
  /** Why, naming the object that decides. */
  because: z.string().max(500),
});
export type SessionEffect = z.infer<typeof SessionEffect>;

/** Where to connect to. */
export const Way = z.object({
  address: z.string().max(64),
  port: Port,
  /** The port on the VM, when a firewall maps it. */
  mappedTo: Port.optional(),
});
export type Way = z.infer<typeof Way>;

/**
 * What opening or closing one grant has cost: calls that reached the cloud. A call that several grants shared counts for each in equal
 * parts, so that the sum over all grants is what was called.
 */
export const CloudCalls = z.object({
  reads: z.number().nonnegative(),
  writes: z.number().nonnegative(),
  /** How often a write that had been accepted was asked whether it is in force. */
  polls: z.number().nonnegative(),
});
export type CloudCalls = z.infer<typeof CloudCalls>;

/** Who still gets in to a port, and by which rule: another grant's, or a foreign one. */
export const StillOpen = z.object({
  port: Port,
  protocol: Protocol,
  sources: z.array(Cidr).max(1000),
  /** How many addresses that are; decimal text, since IPv6 outgrows a number. */
  by: z.string().max(2048),
});
export type StillOpen = z.infer<typeof StillOpen>;

/** The statement that a grant was opened and closed, with what was read back from the cloud (G3). */
export const Receipt = z.object({
  grantId: GrantId,
  openedAt: Instant.optional(),
  closedAt: Instant,
  reason: ClosingReason,
  /** The objects that were read back and carry nothing of this grant any more. */
  readBack: z.array(ObjectId).max(256),
  stillOpen: z.array(StillOpen).max(256),
  keyId: z.string().max(32),
  /** HMAC over the canonical JSON of all the above. */
  signature: z.string().max(128),
});
export type Receipt = z.infer<typeof Receipt>;
