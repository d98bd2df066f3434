import type { May } from "@sallyport/authorization";
import { quietLog, quietMetrics } from "@sallyport/backbone";
import { createEmbeddedPorts, openEmbedded } from "@sallyport/backbone-embedded";
import type { EmbeddedPorts } from "@sallyport/backbone-embedded";
import { seconds } from "@sallyport/contracts";
import type { Fact, Instant, SallyportEvent } from "@sallyport/contracts";
import type { Decision } from "@sallyport/domain";
import { deriveEventId } from "@sallyport/service-kit";
import {
  aPolicy,
  aPrincipal,
  aProfile,
  aVm,
  anAccess,
  anEvent,
  anEventId,
  createVirtualClock,
} from "@sallyport/testkit";
import type { VirtualClock } from "@sallyport/testkit";
import { createAuthz } from "./service.ts";

// What the tests of this room share: a whole authz over the shipped embedded adapters, in virtual time, and what it is told.

const refused: Decision = {
  allowed: false,
  missing: [{ code: "rbac.missing-action", detail: "missing", object: "rg" }],
};
const finding = {
  status: "Unhealthy" as const,
  reasonCode: "NSG_ALLOWS" as const,
  reason: "",
  evidence: [],
  warnings: [],
};
export const policyConfigured = (about: Parameters<typeof aPolicy>[0] = {}): Fact => ({
  type: "sallyport.policy.configured.v1",
  data: { policy: aPolicy(about), by: aPrincipal() },
});
export const policyRemoved = (version: number, at: Instant): Fact => ({
  type: "sallyport.policy.removed.v1",
  data: { vm: aVm(), by: aPrincipal(), version, at },
});
export const vmClassified: Fact = {
  type: "sallyport.posture.classified.v1",
  data: { vm: aVm(), profile: aProfile(), finding },
};
export const requested = (about: Parameters<typeof anAccess>[0] = {}): Fact => ({
  type: "sallyport.access.requested.v1",
  data: { access: anAccess(about) },
});
export const withApproval = policyConfigured({ approval: { required: true, waitAtMost: 600 } });
export const approvalBy = (name: string, approved = true): Fact => {
  const { vm, requestId, grantId } = anAccess();
  return {
    type: "sallyport.access.approval-given.v1",
    data: { vm, requestId, grantId, by: aPrincipal(name), approved },
  };
};

export interface AuthzUnderTest {
  readonly clock: VirtualClock;
  /** Of the first process. */
  readonly embedded: EmbeddedPorts;
  /** Starts the next process over the same store, once the first was abandoned. */
  readonly open: () => Promise<void>;
  /** Who may not, as `<principal> <task>`, or `<principal> <group>` of approvers; a test adds to it. */
  readonly forbidden: Set<string>;
  /** Publishes as other services would, and lets each event arrive. */
  readonly publish: (...facts: readonly Fact[]) => Promise<readonly SallyportEvent[]>;
  /** Everything that authz has published about access. */
  readonly answers: () => Promise<readonly SallyportEvent[]>;
  /** The types of the answers, shortened. */
  readonly types: () => Promise<readonly string[]>;
  /** The codes of all refusals. */
  readonly reasons: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

export async function anAuthz(): Promise<AuthzUnderTest> {
  const clock = createVirtualClock();
  const store = openEmbedded({ file: ":memory:" });
  const forbidden = new Set<string>();
  let published = 0;

  const may: May = async (principal, task, _vm, { approvers } = {}) =>
    forbidden.has(`${principal.id} ${approvers ?? task}`) ? refused : { allowed: true };
  const start = async () => {
    const embedded = createEmbeddedPorts({ store, clock, random: () => 0.5 });
    const authz = await createAuthz({
      ...embedded.ports,
      may,
      deriveEventId,
      limits: { shortest: seconds(300), longest: seconds(86_400) },
      log: quietLog,
      metrics: quietMetrics,
    });
    return { embedded, authz };
  };
  const first = await start();
  let current = first;

  /** One after the other: topics have no order between them. */
  const publish = async (...facts: readonly Fact[]): Promise<readonly SallyportEvent[]> => {
    const events: SallyportEvent[] = [];
    for (const fact of facts) {
      const event = anEvent(fact, { id: anEventId(++published), time: clock.now() });
      await current.embedded.ports.bus.publish([event]);
      await clock.pass(10);
      events.push(event);
    }
    return events;
  };
  const answers = async () => {
    const events: SallyportEvent[] = [];
    for await (const event of current.embedded.ports.bus.replay("sallyport.access"))
      if (event.source === "/sallyport/authz") events.push(event);
    return events;
  };
  const types = async () => (await answers()).map(({ type }) => type.replace(/^sallyport\.access\.(.*)\.v1$/, "$1"));
  const reasons = async () =>
    (await answers()).flatMap((event) =>
      event.type === "sallyport.access.denied.v1" ? event.data.reasons.map(({ code }) => code) : [],
    );

  return {
    clock,
    embedded: first.embedded,
    open: async () => {
      current = await start();
    },
    forbidden,
    publish,
    answers,
    types,
    reasons,
    close: async () => {
      await current.authz.close();
      await current.embedded.close();
      store.close();
    },
  };
}
