import { aVm } from "@sallyport/testkit";
import { anApi, askedBy, idOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest } from "./an-api.conformance.ts";
import { factsOfOthers } from "./facts-of-others.conformance.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
  await underJit(api);
});
afterEach(() => api.close());

const { waits } = factsOfOthers(() => api.clock.now());

describe("approving", () => {
  const say = (verb: "approve" | "deny", id: string, as: "ada" | "alice" | "ann" | "nora", body?: object) =>
    api.call("POST", `/v1/access-requests/${id}/${verb}`, {
      as,
      ...(body === undefined ? {} : { body }),
      headers: { "idempotency-key": crypto.randomUUID() },
    });

  it("publishes the approver's word once, and answers the same when it is said again; who said yes may still say no", async () => {
    const { said, access } = await askedBy(api);
    await api.tell(waits(access));
    expect((await say("approve", said.body.id, "ada", { comment: "ok" })).status).toBe(202);
    expect((await say("approve", said.body.id, "ada")).status).toBe(202);
    expect((await say("deny", said.body.id, "ada")).status).toBe(202);
    expect((await say("deny", said.body.id, "ada")).status).toBe(202);
    const words = await api.published("sallyport.access.approval-given.v1");
    expect(words.map(({ data }) => data)).toEqual([
      {
        vm: aVm(),
        requestId: said.body.id,
        grantId: access.grantId,
        by: { id: idOf("ada"), displayName: "ada" },
        approved: true,
        comment: "ok",
      },
      {
        vm: aVm(),
        requestId: said.body.id,
        grantId: access.grantId,
        by: { id: idOf("ada"), displayName: "ada" },
        approved: false,
      },
    ]);
  });

  it("is refused to who lacks the right, to the requester, and where nothing waits", async () => {
    const { said, access } = await askedBy(api);
    expect((await say("approve", said.body.id, "ada")).body).toMatchObject({ status: 409, code: "request.conflict" });
    await api.tell(waits(access));
    expect((await say("approve", said.body.id, "ann")).body).toMatchObject({
      status: 403,
      code: "rbac.missing-action",
    });
    expect((await say("deny", said.body.id, "nora")).status).toBe(404);
    const own = await askedBy(api, {}, { as: "ada" });
    await api.tell(waits(own.access));
    expect((await say("approve", own.said.body.id, "ada")).body).toMatchObject({ status: 403, code: "auth.forbidden" });
    expect(await api.published("sallyport.access.approval-given.v1")).toEqual([]);
  });
});
