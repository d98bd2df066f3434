import type { May } from "@sallyport/authorization";
import { quietLog, quietMetrics } from "@sallyport/backbone";
import type { Running } from "@sallyport/backbone";
import { createEmbeddedPorts, openEmbedded } from "@sallyport/backbone-embedded";
import type { EmbeddedPorts, EmbeddedStore } from "@sallyport/backbone-embedded";
import { GroupId, plusSeconds, seconds } from "@sallyport/contracts";
import type { EventId, Fact, Instant, SallyportEvent } from "@sallyport/contracts";
import type { Decision } from "@sallyport/domain";
import { deriveEventId } from "@sallyport/service-kit";
import {
  aGrantId,
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
const policyConfigured = (about: Parameters<typeof aPolicy>[0] = {}): Fact => ({
  type: "sallyport.policy.configured.v1",
  data: { policy: aPolicy(about), by: aPrincipal() },
});
const policyRemoved = (version: number, at: Instant): Fact => ({
  type: "sallyport.policy.removed.v1",
  data: { vm: aVm(), by: aPrincipal(), version, at },
});
const vmClassified: Fact = {
  type: "sallyport.posture.classified.v1",
  data: { vm: aVm(), profile: aProfile(), finding },
};
const requested = (about: Parameters<typeof anAccess>[0] = {}): Fact => ({
  type: "sallyport.access.requested.v1",
  data: { access: anAccess(about) },
});
const withApproval = policyConfigured({ approval: { required: true, waitAtMost: 600 } });
const approvalBy = (name: string, approved = true): Fact => {
  const { vm, requestId, grantId } = anAccess();
  return {
    type: "sallyport.access.approval-given.v1",
    data: { vm, requestId, grantId, by: aPrincipal(name), approved },
  };
};

describe("authz", () => {
  let store: EmbeddedStore;
  let clock: VirtualClock;
  let embedded: EmbeddedPorts;
  let authz: Running;
  let published: number;
  let forbidden: Set<string>;

  const may: May = async (principal, task, _vm, { approvers } = {}) =>
    forbidden.has(`${principal.id} ${approvers ?? task}`) ? refused : { allowed: true };
  const open = async () => {
    embedded = createEmbeddedPorts({ store, clock, random: () => 0.5 });
    authz = await createAuthz({
      ...embedded.ports,
      may,
      deriveEventId,
      limits: { shortest: seconds(300), longest: seconds(86_400) },
      log: quietLog,
      metrics: quietMetrics,
    });
  };
  beforeEach(async () => {
    clock = createVirtualClock();
    store = openEmbedded({ file: ":memory:" });
    published = 0;
    forbidden = new Set();
    await open();
  });
  afterEach(async () => {
    await authz.close();
    await embedded.close();
    store.close();
  });

  /** One after the other: topics have no order between them. */
  const publish = async (...facts: readonly Fact[]): Promise<readonly SallyportEvent[]> => {
    const events: SallyportEvent[] = [];
    for (const fact of facts) {
      const event = anEvent(fact, { id: anEventId(++published), time: clock.now() });
      await embedded.ports.bus.publish([event]);
      await clock.pass(10);
      events.push(event);
    }
    return events;
  };
  const answers = async () => {
    const events: SallyportEvent[] = [];
    for await (const event of embedded.ports.bus.replay("sallyport.access"))
      if (event.source === "/sallyport/authz") events.push(event);
    return events;
  };
  const types = async () => (await answers()).map(({ type }) => type.replace(/^sallyport\.access\.(.*)\.v1$/, "$1"));
  const reasons = async () =>
    (await answers()).flatMap((event) =>
      event.type === "sallyport.access.denied.v1" ? event.data.reasons.map(({ code }) => code) : [],
    );

  it("approves what roles and policy allow, with an absolute end, caused by the request", async () => {
    await publish(policyConfigured(), vmClassified);
    const askedAt = clock.now();
    const [request] = await publish(requested());
    expect(await answers()).toMatchObject([
      {
        type: "sallyport.access.approved.v1",
        causationid: request?.id,
        correlationid: request?.correlationid,
        data: { access: anAccess(), approvedAt: askedAt, notAfter: plusSeconds(askedAt, 7215), extends: false },
      },
    ]);
  });

  it("refuses what roles do not allow, and says what is missing", async () => {
    forbidden.add(`${aPrincipal().id} request-access`);
    await publish(policyConfigured(), vmClassified, requested());
    expect(await reasons()).toEqual(["rbac.missing-action"]);
  });

  it("opens nothing in a scope that is withdrawn until it is enrolled again, and takes no older decision for a newer one", async () => {
    const decided = (status: "Enrolled" | "Withdrawn", version: number): Fact => ({
      type: status === "Enrolled" ? "sallyport.scope.enrolled.v1" : "sallyport.scope.withdrawn.v1",
      data: {
        enrolment: { scope: aProfile().scope, cloud: "azure", status, version, by: aPrincipal(), at: clock.now() },
      },
    });
    const ask = (n: number) => requested({ grantId: aGrantId(n), requestedAt: clock.now() });
    await publish(policyConfigured(), vmClassified, decided("Withdrawn", 1), ask(1));
    expect(await reasons()).toEqual(["scope.not-enrolled"]);
    await publish(decided("Enrolled", 2), decided("Withdrawn", 1), ask(2));
    expect(await types()).toEqual(["denied", "approved"]);
  });

  it("waits for a policy and a VM that it has not heard of yet, and loses nothing", async () => {
    await publish(requested({ policyVersion: 2 }));
    await clock.pass(60_000);
    await publish(policyConfigured(), vmClassified);
    await clock.pass(60_000);
    expect(await types()).toEqual([]);
    await publish(policyConfigured({ version: 2 }));
    await clock.pass(10_000);
    expect(await types()).toEqual(["approved"]);
  });

  it("refuses by the newest policy, also when the request was checked against an older one", async () => {
    const narrower = { version: 2, ports: [{ port: 22, allowedSources: ["10.0.0.0/8"], maxDuration: 10_800 }] };
    await publish(policyConfigured(), vmClassified, policyConfigured(narrower), requested());
    expect(await reasons()).toEqual(["policy.source-not-covered"]);
  });

  it("refuses on a removed policy, and on a VM that is gone", async () => {
    await publish(policyConfigured(), vmClassified, policyRemoved(2, clock.now()), requested());
    await publish(policyConfigured({ version: 3 }), {
      type: "sallyport.posture.gone.v1",
      data: { vm: aVm(), at: clock.now() },
    });
    await publish(requested({ grantId: aGrantId(2), policyVersion: 3 }));
    expect(await reasons()).toEqual(["policy.removed", "vm.gone"]);
  });

  it("refuses for a VM of which it has heard only that it is gone", async () => {
    await publish(policyConfigured(), { type: "sallyport.posture.gone.v1", data: { vm: aVm(), at: clock.now() } });
    await publish(requested());
    expect(await reasons()).toEqual(["vm.gone"]);
  });

  it("forgets an older version that comes late", async () => {
    await publish(policyConfigured(), vmClassified, policyRemoved(2, clock.now()), policyConfigured(), requested());
    expect(await reasons()).toEqual(["policy.removed"]);
  });

  it("answers a request that comes again, under whatever event id, once (G9)", async () => {
    await publish(policyConfigured(), vmClassified, requested(), requested());
    await publish(requested());
    expect(await types()).toEqual(["approved"]);
  });

  describe("where the policy asks for approval", () => {
    beforeEach(() => publish(withApproval, vmClassified, requested()));

    it("approves by somebody else's word, once", async () => {
      await publish(approvalBy("bob"), approvalBy("carol", false));
      expect(await answers()).toMatchObject([
        { type: "sallyport.access.approval-required.v1" },
        { type: "sallyport.access.approved.v1", data: { approvedBy: { id: aPrincipal("bob").id } } },
      ]);
    });

    it("waits on after the requester's own word, and after that of who may not approve", async () => {
      forbidden.add(`${aPrincipal("mallory").id} approve`);
      await publish(approvalBy("alice"), approvalBy("mallory"), approvalBy("mallory", false));
      expect(new Set(await types())).toEqual(new Set(["approval-required"]));
      await publish(approvalBy("bob"));
      expect((await types()).at(-1)).toBe("approved");
    });

    it("says who revoked a request that waits, when it was an administrator", async () => {
      const { vm, grantId } = anAccess();
      const by = aPrincipal("ada");
      await publish({
        type: "sallyport.access.revocation-requested.v1",
        data: { vm, grantId, by, reason: "revoked-by-administrator", at: clock.now() },
      });
      expect((await answers()).at(-1)).toMatchObject({
        data: { reasons: [{ code: "grant.revoked-before-opening", detail: expect.stringContaining("ada") }] },
      });
    });

    it("refuses when the requester's role was withdrawn meanwhile", async () => {
      forbidden.add(`${aPrincipal().id} request-access`);
      await publish(approvalBy("bob"));
      expect(await reasons()).toEqual(["rbac.missing-action"]);
    });

    it("refuses when nobody spoke in time, and hears nobody afterwards", async () => {
      await clock.pass(599_000);
      expect(await types()).toEqual(["approval-required"]);
      await clock.pass(2000);
      await publish(approvalBy("bob"));
      expect(await reasons()).toEqual(["approval.expired"]);
    });

    it("refuses in time also when it was not running then", async () => {
      embedded.abandon();
      await clock.pass(3_600_000);
      await open();
      await clock.pass(60_000);
      expect(await reasons()).toEqual(["approval.expired"]);
    });

    it("refuses at once when the policy is removed, the VM goes, or the request is taken back", async () => {
      const { vm, grantId } = anAccess();
      await publish({
        type: "sallyport.access.revocation-requested.v1",
        data: { vm, grantId, by: aPrincipal(), reason: "given-back", at: clock.now() },
      });
      await publish(requested({ grantId: aGrantId(2) }));
      await publish(policyRemoved(2, clock.now()));
      expect(await reasons()).toEqual(["grant.revoked-before-opening", "policy.removed"]);
    });
  });

  describe("where two of a group have to agree", () => {
    const group = GroupId.parse("on-call");
    const asking = policyConfigured({ approval: { required: true, waitAtMost: 600, needed: 2, approvers: group } });
    beforeEach(() => publish(asking, vmClassified, requested()));

    it("opens with the second, from when the time counts, and tells of progress until then", async () => {
      await publish(approvalBy("bob"), approvalBy("bob"));
      await clock.pass(60_000);
      const at = clock.now();
      await publish(approvalBy("carol"));
      const said = await answers();
      expect(said.map(({ data }) => ("given" in data ? data.given.length : "approved"))).toEqual([0, 1, 1, "approved"]);
      expect(said[0]).toMatchObject({ data: { needed: 2, approvers: group } });
      expect(said.at(-1)).toMatchObject({
        data: {
          notAfter: plusSeconds(at, 7215),
          approvedBy: aPrincipal("carol"),
          approvals: [{ by: aPrincipal("bob") }, { by: aPrincipal("carol") }],
        },
      });
    });

    it("looks up the group anew: who is not in it does not count, nor who has left it since", async () => {
      forbidden.add(`${aPrincipal("mallory").id} ${group}`);
      await publish(approvalBy("bob"), approvalBy("mallory"));
      forbidden.add(`${aPrincipal("bob").id} ${group}`);
      await publish(approvalBy("carol"));
      expect(new Set(await types())).toEqual(new Set(["approval-required"]));
      await publish(approvalBy("dave"));
      expect((await answers()).at(-1)).toMatchObject({
        type: "sallyport.access.approved.v1",
        data: { approvals: [{ by: aPrincipal("carol") }, { by: aPrincipal("dave") }] },
      });
    });

    it("is refused by one no", async () => {
      await publish(approvalBy("bob"), approvalBy("carol", false), approvalBy("dave"));
      expect(await reasons()).toEqual(["approval.denied"]);
      expect((await types()).at(-1)).toBe("denied");
    });

    it("is refused when one was missing in time", async () => {
      await publish(approvalBy("bob"));
      await clock.pass(601_000);
      expect(await reasons()).toEqual(["approval.expired"]);
    });
  });

  describe("asked to extend a grant where the policy asks for approval", () => {
    const access = anAccess();
    const later = () => plusSeconds(clock.now(), 9000);
    const extend = async (): Promise<EventId> => {
      const [event] = await publish({
        type: "sallyport.access.extension-requested.v1",
        data: { access, by: aPrincipal(), openUntil: later(), at: clock.now() },
      });
      if (event === undefined) throw new Error("nothing was asked");
      return event.id;
    };
    const wordOn = (extension: EventId, name: string, approved = true): Fact => {
      const { vm, requestId, grantId } = access;
      return {
        type: "sallyport.access.approval-given.v1",
        data: { vm, requestId, grantId, by: aPrincipal(name), approved, extension },
      };
    };
    beforeEach(async () => {
      await publish(withApproval, vmClassified, requested(), approvalBy("bob"));
      await publish({
        type: "sallyport.access.granted.v1",
        data: {
          access,
          openedAt: clock.now(),
          expiresAt: plusSeconds(clock.now(), 7200),
          ways: [],
          objects: [],
          closing: { sessions: "kept", because: "" },
        },
      });
    });

    it("asks again, by name, and goes on with the yes to that", async () => {
      const openUntil = later();
      const id = await extend();
      expect((await answers()).at(-1)).toMatchObject({
        type: "sallyport.access.approval-required.v1",
        data: { extension: { id, openUntil }, given: [] },
      });
      await publish(wordOn(id, "carol"));
      expect((await answers()).at(-1)).toMatchObject({
        type: "sallyport.access.approved.v1",
        data: { extends: true, notAfter: openUntil, approvedBy: aPrincipal("carol") },
      });
    });

    it("takes no word on the request for one on the extension, however often it is delivered", async () => {
      await extend();
      await publish(approvalBy("bob"), approvalBy("carol"), wordOn(anEventId(77), "carol"));
      expect((await types()).filter((type) => type === "approved")).toHaveLength(1);
    });

    it("refuses it by a no, in time when nobody spoke, and while another one waits", async () => {
      const id = await extend();
      await extend();
      await publish(wordOn(id, "carol", false));
      await extend();
      await clock.pass(601_000);
      expect(await reasons()).toEqual(["request.conflict", "approval.denied", "approval.expired"]);
    });

    it("answers one that waits when the grant ends, so that nobody waits for it", async () => {
      const id = await extend();
      await publish({
        type: "sallyport.access.failed.v1",
        data: { access, reasons: [{ code: "network.quota", detail: "" }], at: clock.now() },
      });
      await publish(wordOn(id, "carol"));
      expect(await reasons()).toEqual(["grant.terminal"]);
    });
  });

  describe("asked to extend a grant", () => {
    const access = anAccess();
    const granted = (): Fact => ({
      type: "sallyport.access.granted.v1",
      data: {
        access,
        openedAt: clock.now(),
        expiresAt: plusSeconds(clock.now(), 7200),
        ways: [],
        objects: [],
        closing: { sessions: "kept", because: "" },
      },
    });
    const extension = (openUntil: Instant): Fact => ({
      type: "sallyport.access.extension-requested.v1",
      data: { access, by: aPrincipal(), openUntil, at: clock.now() },
    });
    beforeEach(() => publish(policyConfigured(), vmClassified, requested(), granted()));

    it("approves the later end, once however often the message comes", async () => {
      const until = plusSeconds(clock.now(), 9000);
      const [event] = await publish(extension(until));
      if (event !== undefined) await embedded.ports.bus.publish([event]);
      await clock.pass(10);
      expect((await answers()).slice(1)).toMatchObject([
        { type: "sallyport.access.approved.v1", data: { extends: true, notAfter: until } },
      ]);
    });

    it("refuses more than the policy allows, and the grant runs on as it was", async () => {
      await publish(extension(plusSeconds(clock.now(), 90_000)));
      await publish(extension(plusSeconds(clock.now(), 9000)));
      expect((await answers()).slice(1)).toMatchObject([
        { type: "sallyport.access.denied.v1", data: { extends: true } },
        { type: "sallyport.access.approved.v1", data: { extends: true } },
      ]);
    });

    it("refuses once the grant has ended", async () => {
      await publish({
        type: "sallyport.access.failed.v1",
        data: { access, reasons: [{ code: "network.quota", detail: "" }], at: clock.now() },
      });
      const [event] = await publish(extension(plusSeconds(clock.now(), 9000)));
      if (event !== undefined) await embedded.ports.bus.publish([event]);
      await clock.pass(10);
      expect(await reasons()).toEqual(["grant.terminal"]);
    });
  });
});
