import { aVm } from "@sallyport/testkit";
import { anApi, askedBy, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest } from "./an-api.conformance.ts";
import { factsOfOthers } from "./facts-of-others.conformance.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
  await underJit(api);
});
afterEach(() => api.close());

const { at, approved, granted, denied, waits } = factsOfOthers(() => api.clock.now());
const get = (path: string, as: "alice" | "ann" | "rita" | "nora" | "ada" = "alice") => api.call("GET", path, { as });

describe("what waits for one's approval", () => {
  const path = "/v1/access-requests?status=AwaitingApproval&approver=me";
  const waitingFor = async (as: "ada" | "alice" | "ann" | "rita" | "nora", query = "") => {
    const { status, body } = await get(`${path}${query}`, as);
    expect(status).toBe(200);
    return body.items.map(({ id }: { readonly id: string }) => id);
  };
  const askAndWait = async (as: "alice" | "ada" = "alice") => {
    const asked = await askedBy(api, {}, { as });
    await api.tell(waits(asked.access));
    await api.clock.pass(1000);
    return asked;
  };

  it("is listed newest first, in pages, to who may approve and to nobody else", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.unshift((await askAndWait()).said.body.id);
    expect(await waitingFor("ada")).toEqual(ids);
    for (const who of ["alice", "ann", "rita", "nora"] as const) expect(await waitingFor(who)).toEqual([]);
    const first = await get(`${path}&limit=2`, "ada");
    const second = await get(first.body.next, "ada");
    expect([...first.body.items, ...second.body.items].map(({ id }) => id)).toEqual(ids);
    expect(second.body.next).toBeUndefined();
    expect(await waitingFor("ada", `&vm=${keyOf()}`)).toEqual(ids);
    expect(await waitingFor("ada", `&vm=${keyOf(aVm("azure", 2))}`)).toEqual([]);
  });

  it("is not what one asked for oneself, unless the policy takes that", async () => {
    const { said } = await askAndWait("ada");
    expect(await waitingFor("ada")).toEqual([]);
    const policy = { approval: { required: true, selfApproval: true } };
    const patch = { body: policy, headers: { "if-match": "*", "content-type": "application/merge-patch+json" } };
    expect((await api.call("PATCH", `/v1/vms/${keyOf()}/policy`, patch)).status).toBe(200);
    expect(await waitingFor("ada")).toEqual([said.body.id]);
  });

  it("is no more what one has approved, nor what is decided", async () => {
    const [one, other] = [await askAndWait(), await askAndWait()];
    const said = await api.call("POST", `/v1/access-requests/${one.said.body.id}/approve`, {
      headers: { "idempotency-key": crypto.randomUUID() },
    });
    expect(said.status).toBe(202);
    expect(await waitingFor("ada")).toEqual([other.said.body.id]);
    await api.tell(denied(other.access));
    expect(await waitingFor("ada")).toEqual([]);
  });

  it("is also more time for a grant that is open, unless only requests are asked for", async () => {
    const { said, access } = await askedBy(api);
    await api.tell(approved(access), granted(access));
    const headers = { "idempotency-key": crypto.randomUUID() };
    await api.call("POST", `/v1/grants/${access.grantId}/extend`, { as: "alice", body: { duration: "PT5M" }, headers });
    const all = async () => (await get("/v1/access-requests?approver=me", "ada")).body.items;
    expect(await all()).toEqual([]);
    const [wish] = await api.published("sallyport.access.extension-requested.v1");
    if (wish?.type !== "sallyport.access.extension-requested.v1") throw new Error("nothing was asked");
    const extension = { id: wish.id, openUntil: wish.data.openUntil };
    await api.tell({
      type: "sallyport.access.approval-required.v1",
      data: { access, needed: 1, given: [], waitsUntil: at(600), extension },
    });
    expect((await all()).map(({ id }: { readonly id: string }) => id)).toEqual([said.body.id]);
    expect(await waitingFor("ada")).toEqual([]);
  });

  it("is nothing of a program's, whatever its roles", async () => {
    await askAndWait();
    const headers = { authorization: `Bearer ${await api.serviceTokenOf("ada")}` };
    expect((await api.call("GET", path, { headers })).body).toMatchObject({ status: 403, code: "auth.forbidden" });
  });
});
