import { plusSeconds } from "@sallyport/contracts";
import type { EventId, Fact } from "@sallyport/contracts";
import { aPrincipal, anAccess, anEventId } from "@sallyport/testkit";
import { anAuthz, approvalBy, requested, vmClassified, withApproval } from "./an-authz.conformance.ts";
import type { AuthzUnderTest } from "./an-authz.conformance.ts";

let clock: AuthzUnderTest["clock"];
let publish: AuthzUnderTest["publish"];
let answers: AuthzUnderTest["answers"];
let types: AuthzUnderTest["types"];
let reasons: AuthzUnderTest["reasons"];
let close: AuthzUnderTest["close"];
beforeEach(async () => {
  ({ clock, publish, answers, types, reasons, close } = await anAuthz());
});
afterEach(() => close());

describe("authz asked to extend a grant where the policy asks for approval", () => {
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
