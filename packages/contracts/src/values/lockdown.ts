import { z } from "zod";
import { LockdownId, ObjectId } from "./ids.ts";
import { Instant } from "./instant.ts";
import { LockdownOptions } from "./policy.ts";
import { PortSpec } from "./port.ts";
import { VmRef } from "./vm-ref.ts";

/** A rule that lets traffic through to a port under lockdown, although our deny stands. */
export const Shadow = z.object({
  port: PortSpec.shape.port,
  protocol: PortSpec.shape.protocol,
  by: z.string().max(2048),
  sources: z.string().max(2000),
});
export type Shadow = z.infer<typeof Shadow>;

/** One stored change; `rule` is in the cloud's own terms and is read back by that cloud's model alone. */
export const StoredChange = z.object({
  object: ObjectId,
  verb: z.enum(["put", "delete", "attach", "detach"]),
  rule: z.unknown(),
});
export type StoredChange = z.infer<typeof StoredChange>;

/** The whole lockdown of a VM, its inverse included: this message must outlive every retention (settled.md §3). */
export const LockdownSnapshot = z.object({
  id: LockdownId,
  vm: VmRef,
  ports: z.array(PortSpec).max(32),
  options: LockdownOptions,
  policyVersion: z.int().nonnegative(),
  /** Changes that undo what the lockdown took away. */
  inverse: z.array(StoredChange).max(10_000),
  /** Objects that carry or carried something of this lockdown. */
  objects: z.array(ObjectId).max(1000),
  /** Rules that keep it from being effective; empty when it is. */
  shadows: z.array(Shadow).max(1000),
  at: Instant,
});
export type LockdownSnapshot = z.infer<typeof LockdownSnapshot>;
