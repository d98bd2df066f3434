import { z } from "zod";

/** UUID v7 of one request; several grants may come of it (settled.md §1). */
export const RequestId = z.uuid().brand<"RequestId">();
export type RequestId = z.infer<typeof RequestId>;

/** Derived from request, VM and end, so that a repeated step repeats it. Safe in rule names, group names and job ids. */
export const GrantId = z
  .string()
  .regex(/^[a-z0-9]{8,32}$/, "expected 8 to 32 lower-case letters and digits")
  .brand<"GrantId">();
export type GrantId = z.infer<typeof GrantId>;

/** Names one lockdown in marks and rule names: a short hash of the VM. Same alphabet as a grant id. */
export const LockdownId = z
  .string()
  .regex(/^[a-z0-9]{8,32}$/)
  .brand<"LockdownId">();
export type LockdownId = z.infer<typeof LockdownId>;

/** `oid@tid` for Entra; `issuer#sub` for others; `key:<id>` for API keys (settled.md §1). */
export const PrincipalId = z.string().min(1).max(512).brand<"PrincipalId">();
export type PrincipalId = z.infer<typeof PrincipalId>;

/** A group of people in the role source: its object id in Entra, or the id that the role file gives it. */
export const GroupId = z.string().min(1).max(256).brand<"GroupId">();
export type GroupId = z.infer<typeof GroupId>;

/** A firewall object: a lower-cased ARM id, `eni-…`, `sg-…`, or `<vpc>/sallyport-…` for a group of ours (settled.md §1). */
export const ObjectId = z.string().min(1).max(2048).brand<"ObjectId">();
export type ObjectId = z.infer<typeof ObjectId>;

/** What is surveyed and enrolled as one: an Azure subscription id, or `<account>/<region>`. */
export const ScopeId = z.string().min(1).max(256).brand<"ScopeId">();
export type ScopeId = z.infer<typeof ScopeId>;

/** Deterministic: derived from the id of the cause and the step (reliability-patterns.md §7). */
export const EventId = z.uuid().brand<"EventId">();
export type EventId = z.infer<typeof EventId>;
