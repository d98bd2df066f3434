import { portsThrough, quietLog, quietMetrics } from "@sallyport/backbone";
import type { Ports } from "@sallyport/backbone";
import { seconds } from "@sallyport/contracts";
import type { EventId, Fact, Instant } from "@sallyport/contracts";
import { deriveEventId } from "@sallyport/service-kit";
import {
  aBackbone,
  aGrantId,
  aPolicy,
  aPrincipal,
  aProfile,
  aVm,
  anAccess,
  anEvent,
  anEventId,
  crashAtEvery,
  createMortal,
} from "@sallyport/testkit";
import { createAuthz } from "./service.ts";

const finding = {
  status: "Unhealthy" as const,
  reasonCode: "NSG_ALLOWS" as const,
  reason: "",
  evidence: [],
  warnings: [],
};
const approved = anAccess();
const forgotten = anAccess({ grantId: aGrantId(2) });
const policy = aPolicy({ approval: { required: true, waitAtMost: 600, needed: 2 } });
const { vm, requestId, grantId } = approved;
/** Which of the facts, counted from 1, asks for more time. */
const EXTENSION = 8;
const word = (name: string, extension?: EventId): Fact => ({
  type: "sallyport.access.approval-given.v1",
  data: { vm, requestId, grantId, by: aPrincipal(name), approved: true, extension },
});
const facts: readonly Fact[] = [
  { type: "sallyport.policy.configured.v1", data: { policy, by: aPrincipal() } },
  { type: "sallyport.posture.classified.v1", data: { vm: aVm(), profile: aProfile(), finding } },
  { type: "sallyport.access.requested.v1", data: { access: approved } },
  { type: "sallyport.access.requested.v1", data: { access: forgotten } },
  word("bob"),
  word("carol"),
  {
    type: "sallyport.access.granted.v1",
    data: {
      access: approved,
      openedAt: "2026-01-31T08:00:02.000Z" as Instant,
      expiresAt: "2026-01-31T10:00:02.000Z" as Instant,
      ways: [],
      objects: [],
      closing: { sessions: "kept", because: "" },
    },
  },
  {
    type: "sallyport.access.extension-requested.v1",
    data: {
      access: approved,
      by: aPrincipal(),
      openUntil: "2026-01-31T10:30:00.000Z" as Instant,
      at: "2026-01-31T08:00:03.000Z" as Instant,
    },
  },
  word("bob", anEventId(EXTENSION)),
  word("carol", anEventId(EXTENSION)),
];

const startAuthz = (ports: Ports) =>
  createAuthz({
    ...ports,
    may: async () => ({ allowed: true }),
    deriveEventId,
    limits: { shortest: seconds(300), longest: seconds(86_400) },
    log: quietLog,
    metrics: quietMetrics,
  });

/** A request that is approved and one that nobody answers, told to an authz that dies at its `dieAt`-th step and is started anew. */
async function story(dieAt: number) {
  const { clock, incarnate, store } = aBackbone();
  const first = incarnate();
  const mortal = createMortal({ clock, dieAt, onDeath: first.abandon });
  const people = incarnate();
  void startAuthz({ ...portsThrough(first.ports, mortal.gate), clock: mortal.clock });
  let second: Awaited<ReturnType<typeof startAuthz>> | undefined;
  const revive = async () => {
    if (mortal.isDead() && second === undefined) second = await startAuthz(incarnate().ports);
  };
  for (const [n, fact] of facts.entries()) {
    await people.ports.bus.publish([anEvent(fact, { id: anEventId(n + 1), time: clock.now() })]);
    await clock.pass(100);
    await revive();
    await clock.pass(100);
  }
  await clock.pass(700_000);
  await revive();
  await clock.pass(60_000);

  const said = new Map<string, string>();
  for await (const event of people.ports.bus.replay("sallyport.access"))
    if (event.source === "/sallyport/authz" && "access" in event.data)
      said.set(event.id, `${event.data.access.grantId === grantId ? "answered" : "forgotten"} ${event.type}`);
  const ending = { said: [...said.values()].sort(), dead: [] as string[] };
  for await (const { reason } of people.ports.bus.deadLetters()) ending.dead.push(reason);
  const diedAt = mortal.diedAt();
  mortal.die();
  await second?.close();
  store.close();
  return { diedAt, ending };
}

describe("authz, killed at every step in turn and started anew", () => {
  it("decides each request exactly once, and loses nothing", async () => {
    const { total, runs } = await crashAtEvery(story);
    expect(total).toBeGreaterThan(40);
    for (const { dieAt, ending } of runs)
      expect({ dieAt, ...ending }).toEqual({
        dieAt,
        said: [
          ...Array.from({ length: 4 }, () => "answered sallyport.access.approval-required.v1"),
          "answered sallyport.access.approved.v1",
          "answered sallyport.access.approved.v1",
          "forgotten sallyport.access.approval-required.v1",
          "forgotten sallyport.access.denied.v1",
        ],
        dead: [],
      });
  });
});
