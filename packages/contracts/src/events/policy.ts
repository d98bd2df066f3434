import { z } from "zod";
import { exampleAccess, exampleVm } from "../values/examples.ts";
import { Instant } from "../values/instant.ts";
import { LockdownSnapshot } from "../values/lockdown.ts";
import { JitPolicy } from "../values/policy.ts";
import { Principal } from "../values/principal.ts";
import { Refusal } from "../values/refusal.ts";
import { VmRef } from "../values/vm-ref.ts";
import { defineEvent } from "./define-event.ts";

const examplePolicy = {
  vm: exampleVm,
  ports: [{ port: 22, protocol: "tcp" as const, allowedSources: ["203.0.113.0/24"], maxDuration: 10_800 }],
  approval: { required: false, waitAtMost: 3600 },
  lockdown: { precedence: "seed" as const, sharedGroups: "refuse" as const },
  version: 3,
  updatedAt: "2026-01-30T12:00:00.000Z",
};

const exampleLockdown = {
  id: "l4c0k9d2w7n1",
  vm: exampleVm,
  ports: [{ port: 22, protocol: "tcp" as const }],
  options: examplePolicy.lockdown,
  policyVersion: 3,
  inverse: [],
  objects: [
    "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg-shop/providers/microsoft.network/networksecuritygroups/nsg-web",
  ],
  shadows: [],
  at: "2026-01-30T12:00:03.000Z",
};

export const PolicyConfigured = defineEvent({
  name: "PolicyConfigured",
  type: "sallyport.policy.configured.v1",
  topic: "sallyport.policy",
  summary: "The JIT policy of a VM was set; the whole policy.",
  data: z.object({ policy: JitPolicy, by: Principal }),
  example: { policy: examplePolicy, by: exampleAccess.principal },
});

export const PolicyRemoved = defineEvent({
  name: "PolicyRemoved",
  type: "sallyport.policy.removed.v1",
  topic: "sallyport.policy",
  summary: "The VM has no JIT policy any more.",
  data: z.object({
    vm: VmRef,
    by: Principal,
    version: z.int().positive(),
    at: Instant,
    /** Where nobody asked for this very removal: what did. */
    note: z.string().max(1000).optional(),
  }),
  example: { vm: exampleVm, by: exampleAccess.principal, version: 4, at: "2026-02-01T12:00:00.000Z" },
});

export const LockdownPrepared = defineEvent({
  name: "LockdownPrepared",
  type: "sallyport.lockdown.prepared.v1",
  topic: "sallyport.lockdown",
  summary: "What a lockdown will take away, and how to undo it, is stored; nothing was written yet.",
  data: z.object({ lockdown: LockdownSnapshot }),
  example: { lockdown: exampleLockdown },
});

export const VmLockedDown = defineEvent({
  name: "VmLockedDown",
  type: "sallyport.lockdown.locked.v1",
  topic: "sallyport.lockdown",
  summary: "The selected ports are closed, read back; or rules that are not ours shadow the lockdown, and are named.",
  data: z.object({ lockdown: LockdownSnapshot, effective: z.boolean() }),
  example: { lockdown: exampleLockdown, effective: true },
});

export const LockdownFailed = defineEvent({
  name: "LockdownFailed",
  type: "sallyport.lockdown.failed.v1",
  topic: "sallyport.lockdown",
  summary: "The ports could not be closed, with every reason.",
  data: z.object({ lockdown: LockdownSnapshot, reasons: z.array(Refusal).min(1).max(100) }),
  example: { lockdown: exampleLockdown, reasons: [{ code: "network.no-nsg", detail: "No NSG protects vm-web-01." }] },
});

export const VmUnlocked = defineEvent({
  name: "VmUnlocked",
  type: "sallyport.lockdown.unlocked.v1",
  topic: "sallyport.lockdown",
  summary: "The lockdown was undone: what it had taken away is back, read back.",
  data: z.object({ lockdown: LockdownSnapshot }),
  example: { lockdown: exampleLockdown },
});
