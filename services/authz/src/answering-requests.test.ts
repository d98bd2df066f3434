import { plusSeconds } from "@sallyport/contracts";
import type { Fact } from "@sallyport/contracts";
import { aGrantId, aPrincipal, aProfile, aVm, anAccess } from "@sallyport/testkit";
import { anAuthz, policyConfigured, policyRemoved, requested, vmClassified } from "./an-authz.conformance.ts";
import type { AuthzUnderTest } from "./an-authz.conformance.ts";

let clock: AuthzUnderTest["clock"];
let forbidden: AuthzUnderTest["forbidden"];
let publish: AuthzUnderTest["publish"];
let answers: AuthzUnderTest["answers"];
let types: AuthzUnderTest["types"];
let reasons: AuthzUnderTest["reasons"];
let close: AuthzUnderTest["close"];
beforeEach(async () => {
  ({ clock, forbidden, publish, answers, types, reasons, close } = await anAuthz());
});
afterEach(() => close());

describe("authz", () => {
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
});
