import { randomUUID } from "node:crypto";
import { SOON_MS, aJourney } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { GUEST, estates } from "./estates.ts";
import { APPROVERS, principalOf } from "./people.ts";
import type { Person } from "./people.ts";

const say = async (journey: Journey, as: Person, requestId: string, verb: "approve" | "deny", body?: object) => {
  const { status } = await journey.call(as, "POST", `/v1/access-requests/${requestId}/${verb}`, {
    headers: { "idempotency-key": randomUUID() },
    ...(body === undefined ? {} : { body }),
  });
  await journey.pass(SOON_MS);
  return status;
};
const twoOfThree = { required: true, needed: 2, approvers: APPROVERS, waitAtMost: "PT1H" };
const approvalsOf = async (journey: Journey, as: Person, requestId: string) =>
  (await journey.call(as, "GET", `/v1/access-requests/${requestId}`)).body.approvals;

describe.each(estates)("two of three who are on call have to agree · on %s", (_cloud, estate) => {
  it("opens with the second yes, for the whole time from then on", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: twoOfThree });
    const { requestId, id, status } = await journey.opened({ duration: "PT10M" });
    expect(status).toBe("AwaitingApproval");
    expect(await approvalsOf(journey, "alice", requestId)).toMatchObject({
      needed: 2,
      given: [],
      approvers: APPROVERS,
    });

    expect(await say(journey, "carol", requestId, "approve")).toBe(202);
    expect(await say(journey, "carol", requestId, "approve")).toBe(202);
    expect((await journey.grant(id)).status).toBe("AwaitingApproval");
    expect(await approvalsOf(journey, "rita", requestId)).toMatchObject({
      needed: 2,
      given: [{ by: { id: principalOf("carol") } }],
    });
    expect(journey.getsIn(GUEST)).toBe(false);

    await journey.pass(1_800_000);
    const agreedAt = Date.parse(journey.clock.now());
    expect(await say(journey, "rita", requestId, "approve")).toBe(202);
    const open = await journey.grant(id);
    expect(open.status).toBe("Open");
    expect(Date.parse(open.notAfter ?? "")).toBeGreaterThanOrEqual(agreedAt + 600_000);
    expect(journey.getsIn(GUEST)).toBe(true);
    const [approved] = await journey.told("sallyport.access.approved.v1");
    expect(approved?.data.approvals?.map(({ by }) => by.id)).toEqual([principalOf("carol"), principalOf("rita")]);
    await journey.pass(660_000);
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("counts nobody outside the group, nor the requester, nor who has left it before the last yes", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: twoOfThree });
    journey.people.putOnCall(["alice", "bob", "carol", "rita"]);
    const { requestId, id } = await journey.opened();
    expect(await say(journey, "ada", requestId, "approve")).toBe(403);
    expect(await say(journey, "sam", requestId, "approve")).toBe(404);
    expect(await say(journey, "alice", requestId, "approve")).toBe(403);
    expect(await say(journey, "bob", requestId, "approve")).toBe(202);
    journey.people.putOnCall(["carol", "rita"]);
    expect(await say(journey, "carol", requestId, "approve")).toBe(202);
    expect((await journey.grant(id)).status).toBe("AwaitingApproval");
    expect(await say(journey, "rita", requestId, "approve")).toBe(202);
    expect((await journey.grant(id)).status).toBe("Open");
  });

  it("shows a request to who is asked to approve it, though they may read nothing else of the VM", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: { ...twoOfThree, needed: 1 } });
    const { requestId, id } = await journey.opened();
    expect(await say(journey, "sam", requestId, "approve")).toBe(404);
    journey.people.putOnCall(["sam"]);
    expect((await journey.call("sam", "GET", `/v1/vms/${journey.vmKey}`)).status).toBe(404);
    expect(await say(journey, "sam", requestId, "approve")).toBe(202);
    expect((await journey.grant(id)).status).toBe("Open");
  });

  it("ends with one no, when nobody answers, when it is taken back, and when an administrator revokes it", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: twoOfThree });
    const code = async (id: string) => {
      const { status, reasons } = await journey.grant(id);
      return [status, reasons[0]?.code];
    };
    const denied = await journey.opened();
    await say(journey, "bob", denied.requestId, "approve");
    await say(journey, "carol", denied.requestId, "deny", { comment: "not tonight" });
    expect(await code(denied.id)).toEqual(["Denied", "approval.denied"]);
    const [own, revoked] = [await journey.opened(), await journey.opened()];
    expect((await journey.call("alice", "DELETE", `/v1/grants/${own.id}`)).status).toBe(202);
    expect((await journey.call("ada", "DELETE", `/v1/grants/${revoked.id}`)).status).toBe(202);
    await journey.pass(SOON_MS);
    expect(await code(own.id)).toEqual(["Denied", "grant.revoked-before-opening"]);
    expect(await code(revoked.id)).toEqual(["Denied", "grant.revoked-before-opening"]);
    const forgotten = await journey.opened();
    await say(journey, "bob", forgotten.requestId, "approve");
    await journey.pass(3_600_000);
    expect(await code(forgotten.id)).toEqual(["Denied", "approval.expired"]);
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("asks again for more time, by name: a yes to the request is none to its extension", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: { ...twoOfThree, needed: 1 } });
    const { requestId, id } = await journey.opened({ duration: "PT1H" });
    await say(journey, "bob", requestId, "approve");
    const extend = () =>
      journey.call("alice", "POST", `/v1/grants/${id}/extend`, {
        headers: { "idempotency-key": randomUUID() },
        body: { duration: "PT30M" },
      });
    expect((await extend()).status).toBe(202);
    await journey.pass(SOON_MS);
    const { extension, expiresAt } = await journey.grant(id);
    expect(extension).toMatchObject({ status: "AwaitingApproval", approvals: { needed: 1, given: [] } });
    expect((await extend()).status).toBe(409);
    await say(journey, "carol", requestId, "approve");
    expect((await journey.grant(id)).extension?.status).toBe("AwaitingApproval");
    expect(await say(journey, "carol", requestId, "approve", { extension: extension?.id })).toBe(202);
    const longer = await journey.grant(id);
    expect(longer.extension?.status).toBe("Extended");
    expect(Date.parse(longer.expiresAt ?? "") - Date.parse(expiresAt ?? "")).toBe(1_800_000);
  });

  it("takes the requester's own yes where the policy says so, as one of them", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: { ...twoOfThree, selfApproval: true } });
    journey.people.putOnCall(["alice", "bob"]);
    const { requestId, id } = await journey.opened();
    expect(await say(journey, "alice", requestId, "approve")).toBe(202);
    expect((await journey.grant(id)).status).toBe("AwaitingApproval");
    await say(journey, "bob", requestId, "approve");
    expect((await journey.grant(id)).status).toBe("Open");
  });

  it("remembers who has agreed when everything dies in between", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: twoOfThree });
    const { requestId, id } = await journey.opened();
    await say(journey, "bob", requestId, "approve");
    journey.kill();
    await journey.start();
    await say(journey, "bob", requestId, "approve");
    expect((await journey.grant(id)).status).toBe("AwaitingApproval");
    await say(journey, "carol", requestId, "approve");
    expect((await journey.grant(id)).status).toBe("Open");
  });
});
