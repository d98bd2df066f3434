import { randomUUID } from "node:crypto";
import { SOON_MS, aJourney } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { ROLES_OLDEST_MS } from "./a-system.ts";
import { GUEST, SUBSCRIPTION, azureEstate, estates } from "./estates.ts";
import type { Estate } from "./estates.ts";
import { APPROVERS, CONNECTOR } from "./people.ts";
import type { Person } from "./people.ts";
import { assignRole, removeRole } from "./roles-in-azure.ts";

const JIT = "Microsoft.Security/locations/jitNetworkAccessPolicies";
const place = `${SUBSCRIPTION}/resourcegroups/rg-small`;
/** Somebody is not refused by what is two seconds old (docs/decisions/0008). */
const FRESH_MS = 2001;

const approve = async (journey: Journey, as: Person, requestId: string): Promise<number> => {
  const { status } = await journey.call(as, "POST", `/v1/access-requests/${requestId}/approve`, {
    headers: { "idempotency-key": randomUUID() },
  });
  await journey.pass(SOON_MS);
  return status;
};
const check = async (journey: Journey, as: Person) =>
  (await journey.call(as, "GET", `/v1/access-check?vm=${journey.vmKey}&task=request-access`)).body;
const aJourneyWith = (estate: Estate, ...without: readonly Person[]) => aJourney(estate, { rolesInAzure: { without } });
const silence = (journey: Journey, resource: string, status: number, times = 1_000_000) => {
  const refused = journey.simulator.control.setFaults([
    { match: { cloud: "azure", resource }, times, effect: { kind: "status", status } },
  ]);
  if (refused !== undefined) throw new Error(refused.misunderstood);
};
const writesOf = ({ cloudCalls }: Journey) => cloudCalls.filter(({ isWrite }) => isWrite).length;

describe.each(estates)("roles that Azure itself keeps · on %s", (cloud, estate) => {
  it("refuse a Reader by the name of what is missing, and permit the same request once they are assigned it, for as long as they are", async () => {
    const journey = await aJourneyWith(estate, "alice");
    await journey.underJit();
    // Rita may look, and no more.
    const refused = await journey.opened({ as: "rita" });
    expect(refused).toMatchObject({ status: "Denied", reasons: [{ code: "rbac.missing-action" }] });
    const where = cloud === "azure" ? place : CONNECTOR;
    expect(refused.reasons).toEqual([expect.objectContaining({ action: `${JIT}/initiate/action`, object: where })]);
    expect(refused.reasons[0]?.roles).toContain("Owner");
    expect(await check(journey, "rita")).toMatchObject({
      allowed: false,
      leastRole: { actions: [`${JIT}/initiate/action`], scopes: [where] },
    });

    // Alice has no role at all, so there is nothing for her; then somebody assigns her one.
    expect((await journey.ask()).status).toBe(404);
    await assignRole(journey.simulator, "alice");
    await journey.pass(FRESH_MS);
    expect(await check(journey, "alice")).toMatchObject({ allowed: true, missing: [] });
    expect((await journey.opened()).status).toBe("Open");
    expect(journey.getsIn(GUEST)).toBe(true);

    await removeRole(journey.simulator, "alice");
    await journey.pass(ROLES_OLDEST_MS + 1);
    expect((await journey.ask()).status).toBe(404);
    await journey.pass(600_000);
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("are asked about once more with the approval, however young what is remembered: a role that was taken away meanwhile opens nothing (P49)", async () => {
    const journey = await aJourneyWith(estate);
    await journey.underJit({ approval: { required: true, approvers: APPROVERS } });
    const { id, requestId, status } = await journey.opened();
    expect(status).toBe("AwaitingApproval");
    const writes = writesOf(journey);
    await removeRole(journey.simulator, "alice");
    await journey.pass(FRESH_MS);
    expect(await approve(journey, "carol", requestId)).toBe(202);
    const { status: decided, reasons } = await journey.grant(id);
    expect(decided).toBe("Denied");
    expect(reasons).toContainEqual(
      expect.objectContaining({ code: "rbac.missing-action", action: `${JIT}/initiate/action` }),
    );
    expect(journey.getsIn(GUEST)).toBe(false);
    expect(writesOf(journey)).toBe(writes);
  });

  it("open with the approval of a member of the group, which Graph tells", async () => {
    const journey = await aJourneyWith(estate);
    await journey.underJit({ approval: { required: true, approvers: APPROVERS } });
    const { id, requestId } = await journey.opened();
    expect(await approve(journey, "ada", requestId)).toBe(403);
    expect((await journey.grant(id)).status).toBe("AwaitingApproval");
    expect(await approve(journey, "carol", requestId)).toBe(202);
    expect((await journey.grant(id)).status).toBe("Open");
    expect(journey.getsIn(GUEST)).toBe(true);
  });
});

describe("roles that Azure does not tell", () => {
  it.each([
    ["who is assigned what", "roleAssignments", 503],
    ["who is assigned what, because that may not be read", "roleAssignments", 403],
    ["what is denied", "denyAssignments", 500],
    ["what a role holds", "roleDefinitions", 503],
  ])("let nobody ask: %s", async (_what, resource, status) => {
    const journey = await aJourneyWith(azureEstate);
    await journey.underJit();
    const writes = writesOf(journey);
    silence(journey, resource, status);
    // Whatever was remembered is too old.
    await journey.pass(3_700_000);
    const answer = await journey.ask();
    expect([answer.status, answer.body.code]).toEqual([503, "rbac.lookup-failed"]);
    expect(await journey.told("sallyport.access.requested.v1")).toEqual([]);
    expect(journey.getsIn(GUEST)).toBe(false);
    expect(writesOf(journey)).toBe(writes);
    journey.simulator.control.clearFaults();
    expect((await journey.opened()).status).toBe("Open");
  });

  it("hide nothing that waits for an approver: what is known is listed, and what is not is counted, with the reason", async () => {
    const journey = await aJourneyWith(azureEstate);
    await journey.underJit({ approval: { required: true, waitAtMost: "PT1H" } });
    const { requestId } = await journey.opened();
    const inbox = async () => (await journey.call("bob", "GET", "/v1/access-requests?approver=me")).body;
    expect(await inbox()).toMatchObject({ items: [{ id: requestId }] });
    silence(journey, "roleAssignments", 503);
    // What is remembered of Bob is enough to know.
    expect(await inbox()).toMatchObject({ items: [{ id: requestId }] });
    await journey.pass(ROLES_OLDEST_MS + 1);
    expect(await inbox()).toEqual({
      items: [],
      unjudged: { count: 1, code: "rbac.lookup-failed", detail: expect.stringContaining("Ask again") as string },
    });
    journey.simulator.control.clearFaults();
    expect(await inbox()).toMatchObject({ items: [{ id: requestId }] });
    expect(await inbox()).not.toHaveProperty("unjudged");
  });

  it.each([
    ["deny what waits, once it is approved, while the requester cannot be looked up", 1, "Denied"],
    ["leave it waiting while the approver cannot be looked up either: no yes counts", 1_000_000, "AwaitingApproval"],
  ] as const)("%s", async (_what, times, outcome) => {
    const journey = await aJourneyWith(azureEstate);
    await journey.underJit({ approval: { required: true } });
    const { id, requestId } = await journey.opened();
    const writes = writesOf(journey);
    // What is remembered of Bob is enough to take his word, and not enough to count it.
    expect((await journey.call("bob", "GET", `/v1/access-requests/${requestId}`)).status).toBe(200);
    await journey.pass(FRESH_MS);
    silence(journey, "roleAssignments", 503, times);
    expect(await approve(journey, "bob", requestId)).toBe(202);
    const grant = await journey.grant(id);
    expect(grant).toMatchObject({
      status: outcome,
      reasons: outcome === "Denied" ? [{ code: "rbac.lookup-failed" }] : [],
    });
    expect(journey.getsIn(GUEST)).toBe(false);
    expect(writesOf(journey)).toBe(writes);
  });
});
