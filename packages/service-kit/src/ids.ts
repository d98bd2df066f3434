import { createHash, randomBytes } from "node:crypto";
import type { EventId, GrantId, LockdownId, RequestId, VmRef } from "@sallyport/contracts";

const NAMESPACE = Buffer.from("9c1185a5c5e9fc54612808977ee8f548", "hex");

function formatUuid(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

/** UUID v7 (RFC 9562): the time in front, so that ids sort by age; the rest is chance. */
export function newUuidV7(epochMs: number = Date.now(), chance: Buffer = randomBytes(10)): RequestId {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(epochMs, 0, 6);
  chance.copy(bytes, 6, 0, 10);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return formatUuid(bytes) as RequestId;
}

/** UUID v5 of the cause and the step: the same whenever the step is repeated (G9). */
export function deriveEventId(causationId: string, step: string): EventId {
  const bytes = createHash("sha1").update(NAMESPACE).update(`${causationId}\n${step}`).digest().subarray(0, 16);
  bytes[6] = 0x50 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return formatUuid(bytes) as EventId;
}

/** 16 characters of the SHA-256, in the alphabet of grant ids. */
function shortHash(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 15);
}

/** A request for several VMs, or with different ends, becomes several grants; the same step makes the same id (settled.md §1). */
export const deriveGrantId = (requestId: RequestId, vm: VmRef, end: string): GrantId =>
  `g${shortHash("grant", requestId, vm, end)}` as GrantId;

/** One lockdown per VM. */
export const deriveLockdownId = (vm: VmRef): LockdownId => `l${shortHash("lockdown", vm)}` as LockdownId;
