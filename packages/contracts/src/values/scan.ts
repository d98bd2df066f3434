import { z } from "zod";
import { ScopeId } from "./ids.ts";
import { Instant, msOf } from "./instant.ts";
import { Principal } from "./principal.ts";
import { Cloud } from "./vm-ref.ts";

const ID = /^(?<scope>[A-Za-z0-9_-]{4,400})\.(?<at>[0-9a-z]{6,12})$/;

/** Names one scan: its scope, and when it was asked for or began. Safe in URLs; says itself of which scope it is. */
export const ScanId = z
  .string()
  .regex(ID, "expected the id of a scan, as every representation of it gives")
  .brand<"ScanId">();
export type ScanId = z.infer<typeof ScanId>;

/** The same for the same scope and instant, so that a repeated step repeats it. Scopes are ASCII. */
export const scanIdOf = (scope: ScopeId, at: Instant): ScanId =>
  `${btoa(scope).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.${msOf(at).toString(36)}` as ScanId;

/** The scope that a scan is of; `undefined` when the id names none. */
export function scopeOfScan(id: ScanId): ScopeId | undefined {
  const key = ID.exec(id)?.groups?.["scope"] ?? "";
  try {
    return ScopeId.safeParse(atob(key.replaceAll("-", "+").replaceAll("_", "/"))).data;
  } catch {
    return undefined;
  }
}

/** That somebody asked for a scan at once. */
export const ScanRequest = z.object({ id: ScanId, scope: ScopeId, cloud: Cloud, by: Principal, at: Instant });
export type ScanRequest = z.infer<typeof ScanRequest>;

/** One scan of one scope, and how fresh the scope's findings are. */
export const Scan = z.object({
  id: ScanId,
  scope: ScopeId,
  cloud: Cloud,
  status: z.enum(["Running", "Completed", "Failed"]),
  /** Requests that this scan answers; empty when it was the timer's. */
  requests: z.array(ScanId).max(100),
  startedAt: Instant,
  finishedAt: Instant.exactOptional(),
  /** Pages read so far, and VMs seen on them. */
  pages: z.int().nonnegative(),
  vms: z.int().nonnegative(),
  /** VMs whose finding or profile was news. */
  changed: z.int().nonnegative(),
  /** VMs that were there before and are not any more; counted at the end only. */
  gone: z.int().nonnegative(),
  /** When the scope was last read to its end; absent until it was. */
  asOf: Instant.exactOptional(),
  /** From then on findings are old, unless another scan comes to its end first. */
  staleAfter: Instant,
  /** Why it broke off. What was found before stands, and is stale. */
  fault: z.object({ code: z.string().max(100), detail: z.string().max(1000) }).exactOptional(),
});
export type Scan = z.infer<typeof Scan>;
