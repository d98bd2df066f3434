import { z } from "zod";
import { GrantId, RequestId } from "./ids.ts";
import { Instant } from "./instant.ts";
import { Port, Protocol } from "./port.ts";
import { Principal } from "./principal.ts";
import { Seconds } from "./seconds.ts";
import { Sources } from "./sources.ts";
import { VmRef } from "./vm-ref.ts";

/** One door, from some sources. */
export const PortAccess = z.object({ port: Port, protocol: Protocol.default("tcp"), sources: Sources });
export type PortAccess = z.infer<typeof PortAccess>;

/**
 * What was asked: one VM, some of its ports, the sources, one duration. One value, embedded by every event of a grant's life, so
 * that an event carries all that the next room needs, and a new field is one line here and an example.
 */
export const Access = z.object({
  requestId: RequestId,
  grantId: GrantId,
  vm: VmRef,
  /** The VM's name as the cloud spells it, for people. */
  vmName: z.string().max(256).optional(),
  /** Who is to get in: whose rights count. */
  principal: Principal,
  /** The service that asked for them, where it was not themselves. */
  requestedBy: Principal.optional(),
  ports: z.array(PortAccess).min(1).max(32),
  /** How long the door is to stand open. */
  duration: Seconds,
  /** Where an end was asked for instead of a length: it closes then, however late it was approved or opened. */
  endTime: Instant.optional(),
  justification: z.string().max(1000).optional(),
  /** A ticket or change number, as the caller gave it. */
  reference: z.string().max(256).optional(),
  /** The version of the JIT policy that this was checked against: who knows only an older one waits for it. */
  policyVersion: z.int().nonnegative(),
  requestedAt: Instant,
});
export type Access = z.infer<typeof Access>;
