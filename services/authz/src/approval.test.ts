import { aGrantId, aPrincipal, anAccess } from "@sallyport/testkit";
import { anAuthz, approvalBy, policyRemoved, requested, vmClassified, withApproval } from "./an-authz.conformance.ts";
import type { AuthzUnderTest } from "./an-authz.conformance.ts";

let clock: AuthzUnderTest["clock"];
let embedded: AuthzUnderTest["embedded"];
let open: AuthzUnderTest["open"];
let forbidden: AuthzUnderTest["forbidden"];
let publish: AuthzUnderTest["publish"];
let answers: AuthzUnderTest["answers"];
let types: AuthzUnderTest["types"];
let reasons: AuthzUnderTest["reasons"];
let close: AuthzUnderTest["close"];
beforeEach(async () => {
  ({ clock, embedded, open, forbidden, publish, answers, types, reasons, close } = await anAuthz());
});
afterEach(() => close());

describe("authz where the policy asks for approval", () => {
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
