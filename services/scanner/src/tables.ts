import { defineTable } from "@sallyport/backbone";
import {
  Address,
  Finding,
  Instant,
  JitPolicy,
  ObjectId,
  Port,
  PortSpec,
  Refusal,
  ScopeId,
  Shadow,
  VmProfile,
  VmRef,
  seconds,
} from "@sallyport/contracts";
import { z } from "zod";

const KEPT_FOR = seconds(30 * 86_400);

const Facts = z.object({
  profile: VmProfile.omit({ surveyedAt: true }),
  generation: z.enum(["current", "classic"]),
  guards: z.array(ObjectId),
  unsupported: z.object({ object: ObjectId, detail: z.string() }).exactOptional(),
  exposedBy: z.array(ObjectId),
});

/** Addresses are numbers too large for JSON: they travel as decimal text. */
const AddressNumber = z.string().regex(/^\d+$/);

const StoredExposure = z.object({
  address: Address,
  port: Port,
  protocol: z.enum(["tcp", "udp"]),
  first: AddressNumber,
  last: AddressNumber,
  verdict: z.enum(["allowed", "denied", "unknown"]),
  by: z.string(),
  reason: z.string().exactOptional(),
});
export type StoredExposure = z.infer<typeof StoredExposure>;

/** A VM as it was last seen, and what was last said of it. */
const Seen = z.object({
  state: z.literal("Seen"),
  facts: Facts,
  exposure: z.array(StoredExposure),
  /** Row of `scanner.networks` that holds the network it was seen in. */
  network: z.string(),
  /** When what stands here was first seen so. */
  surveyedAt: Instant,
  finding: Finding,
});
const Gone = z.object({ state: z.literal("Gone"), vm: VmRef, at: Instant });
export const VmRow = z.discriminatedUnion("state", [Seen, Gone]);
export type VmRow = z.infer<typeof VmRow>;
export type SeenRow = z.infer<typeof Seen>;

/** VMs that are there, by scope and then by id. */
export const BY_SCOPE = "by-scope";

export const vms = defineTable<VmRow>({
  name: "scanner.vms",
  schema: VmRow,
  indexes: {
    [BY_SCOPE]: (row) => (row.state === "Seen" ? scopeKey(row.facts.profile.scope, row.facts.profile.vm) : undefined),
  },
  expiresAfter: ({ state }) => (state === "Gone" ? KEPT_FOR : undefined),
});

export const scopeKey = (scope: ScopeId, rest: string): string => `${scope} ${rest}`;
/** Behind every id: they begin with a slash or a letter. */
export const LAST_OF_SCOPE = "~";

/** The policy and the lockdown of a VM, as heard of. */
export const Standing = z.object({
  policyVersion: z.int().nonnegative(),
  policy: JitPolicy.exactOptional(),
  lockdown: z
    .object({
      ports: z.array(PortSpec),
      outcome: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("locked") }),
        z.object({ kind: z.literal("not-effective"), shadows: z.array(Shadow) }),
        z.object({ kind: z.literal("failed"), reasons: z.array(Refusal) }),
      ]),
    })
    .exactOptional(),
});
export type Standing = z.infer<typeof Standing>;

export const standings = defineTable<Standing>({
  name: "scanner.standings",
  schema: Standing,
  indexes: {},
  expiresAfter: ({ policy, lockdown }) => (policy === undefined && lockdown === undefined ? KEPT_FOR : undefined),
});

/** One page of a scope's last survey: the network of its VMs, for explaining and planning without a cloud ("as of"). */
export const NetworkRow = z.object({ scope: ScopeId, page: z.int().nonnegative(), at: Instant, net: z.unknown() });
export type NetworkRow = z.infer<typeof NetworkRow>;

export const networks = defineTable<NetworkRow>({
  name: "scanner.networks",
  schema: NetworkRow,
  indexes: { [BY_SCOPE]: ({ scope, page }) => scopeKey(scope, `${page}`.padStart(8, "0")) },
  expiresAfter: () => undefined,
});

/** When a scope was surveyed: for taking turns among replicas, and for "as of". */
export const ScopeRow = z.object({
  scope: ScopeId,
  startedAt: Instant,
  completedAt: Instant.exactOptional(),
  vms: z.int().nonnegative(),
});
export type ScopeRow = z.infer<typeof ScopeRow>;

export const scopes = defineTable<ScopeRow>({
  name: "scanner.scopes",
  schema: ScopeRow,
  indexes: {},
  expiresAfter: () => undefined,
});
