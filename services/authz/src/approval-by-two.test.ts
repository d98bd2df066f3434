import { GroupId, plusSeconds } from "@sallyport/contracts";
import { aPrincipal } from "@sallyport/testkit";
import { anAuthz, approvalBy, policyConfigured, requested, vmClassified } from "./an-authz.conformance.ts";
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

describe("authz where two of a group have to agree", () => {
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
