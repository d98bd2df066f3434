import { defineTable } from "@sallyport/backbone";
import {
  Address,
  Enrolment,
  Finding,
  GrantId,
  Instant,
  JitPolicy,
  ObjectId,
  Port,
  PortAccess,
  PortSpec,
  Refusal,
  Scan,
  ScanId,
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
  adminRules: z
    .array(z.object({ network: ObjectId, deciders: z.array(z.string()), unread: z.string().exactOptional() }))
    .exactOptional(),
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
  /** When it was read for itself, because of a message: a survey that began before knows no better. */
  lookedAt: Instant.exactOptional(),
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

/** The scans of a scope: for taking turns among replicas, and for "as of". */
export const ScopeRow = z.object({
  scope: ScopeId,
  /** The newest one; absent until the first has begun. */
  scan: Scan.exactOptional(),
  /** Asked for, and not begun. */
  requests: z.array(ScanId),
});
export type ScopeRow = z.infer<typeof ScopeRow>;

export const scopes = defineTable<ScopeRow>({
  name: "scanner.scopes",
  schema: ScopeRow,
  indexes: {},
  expiresAfter: () => undefined,
});

/** What was decided of a scope, as heard of. */
export const enrolments = defineTable<Enrolment>({
  name: "scanner.enrolments",
  schema: Enrolment,
  indexes: {},
  expiresAfter: () => undefined,
});

const Count = AddressNumber;
const StoredStretch = z.object({ first: AddressNumber, last: AddressNumber });
const StoredOpenness = z.object({ ipv4: Count, ipv6: Count, uncertain: z.boolean() });
const Transport = z.enum(["tcp", "udp"]);

/** How exposed a VM is and was. */
export const ExposureRow = z.object({
  vm: VmRef,
  /** When something of this was last written down; what is as it was is not. */
  lookedAt: Instant,
  /** Who gets in now without our own grants, door by door. */
  seen: z.array(
    z.object({
      port: Port,
      protocol: Transport,
      ipv4: z.array(StoredStretch),
      ipv6: z.array(StoredStretch),
      uncertain: z.boolean(),
    }),
  ),
  /** Our own grants that are open. */
  grants: z.array(z.object({ grantId: GrantId, ports: z.array(PortAccess) })),
  /** The last ones that have ended: news of their opening that comes again opens nothing. */
  ended: z.array(GrantId),
  steps: z.array(
    z.object({
      from: Instant,
      doors: z.array(
        z.object({
          port: Port,
          protocol: Transport,
          withGrants: StoredOpenness,
          withoutGrants: StoredOpenness,
        }),
      ),
    }),
  ),
  isGone: z.boolean(),
});
export type ExposureRow = z.infer<typeof ExposureRow>;

export const exposures = defineTable<ExposureRow>({
  name: "scanner.exposures",
  schema: ExposureRow,
  indexes: {},
  expiresAfter: ({ isGone }) => (isGone ? KEPT_FOR : undefined),
});
