import type { Access, VmRef } from "@sallyport/contracts";
import { plusSeconds } from "@sallyport/contracts";
import { aVm } from "@sallyport/testkit";
import { anApi, askedBy, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, Said } from "./an-api.conformance.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
});
afterEach(() => api.close());

const AWS = /securityconnectors/;
const INBOX = "/v1/access-requests?approver=me";
const get = (path: string, as: "ada" | "alice" | "rita" = "ada") => api.call("GET", path, { as });
const waits = (access: Access) =>
  api.tell({
    type: "sallyport.access.approval-required.v1",
    data: { access, needed: 1, given: [], waitsUntil: plusSeconds(api.clock.now(), 600) },
  });
/** A request of Alice's that waits for somebody's yes; its id. */
async function waiting(vm: VmRef, as: "alice" | "ada" = "alice"): Promise<string> {
  await underJit(api, vm);
  const { said, access } = await askedBy(api, { vm }, { as });
  await waits(access);
  return said.body.id;
}
const ids = ({ body }: Said) => body.items.map(({ id }: Said["body"]) => id);

describe("a list of what the caller may see, while their roles cannot be looked up", () => {
  it("names what is known to wait for their word, and how much of the rest could not be judged and why", async () => {
    const known = await waiting(aVm());
    const unknown = await waiting(aVm("aws"));
    api.failLookups(AWS);
    const said = await get(INBOX);
    expect([said.status, ids(said)]).toEqual([200, [known]]);
    expect(said.body.unjudged).toMatchObject({ count: 1, code: "rbac.lookup-failed" });
    expect(said.body.unjudged.detail).toContain("Ask again");
    // Nobody learns of what: neither an id nor a place.
    expect(JSON.stringify(said.body.unjudged)).not.toMatch(/instance|subscriptions|0193/);
    api.failLookups(undefined);
    const later = await get(INBOX);
    expect(ids(later).sort()).toEqual([known, unknown].sort());
    expect(later.body).not.toHaveProperty("unjudged");
  });

  it("counts nothing that is decided without their roles: what is one's own, is about another VM, or has their yes", async () => {
    await waiting(aVm("aws"), "ada");
    const id = await waiting(aVm());
    const headers = { "idempotency-key": crypto.randomUUID() };
    expect((await api.call("POST", `/v1/access-requests/${id}/approve`, { headers })).status).toBe(202);
    await waiting(aVm("azure", 2));
    api.failLookups(/./);
    expect((await get(`${INBOX}&status=Open`)).body).toEqual({ items: [] });
    expect((await get(`${INBOX}&vm=${keyOf(aVm("azure", 9))}`)).body).toEqual({ items: [] });
    expect((await get(INBOX)).body.unjudged).toMatchObject({ count: 1 });
  });

  it("answers what it has after ten seconds, with where to go on, when each lookup takes its time to fail", async () => {
    for (const n of [1, 2, 3]) await waiting(aVm("azure", n));
    api.failLookups(/./, 6000);
    api.letTimeFlow(3000);
    const pages: Said[] = [];
    for (let path: string | undefined = INBOX; path !== undefined; path = pages.at(-1)?.body.next)
      pages.push(await get(path));
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap(ids)).toEqual([]);
    expect(pages.reduce((sum, { body }) => sum + (body.unjudged?.count ?? 0), 0)).toBe(3);
  });

  it("tells the same of VMs, and of the fleet's counts", async () => {
    await underJit(api);
    await underJit(api, aVm("aws"));
    api.failLookups(AWS);
    const vms = await get("/v1/vms");
    expect([vms.body.items.map(({ vm }: Said["body"]) => vm), vms.body.unjudged.count]).toEqual([[aVm()], 1]);
    expect((await get("/v1/fleet")).body).toMatchObject({ vms: 1, complete: true, unjudged: { count: 1 } });
    api.failLookups(/./);
    expect((await get("/v1/fleet")).body).toMatchObject({ vms: 0, unjudged: { count: 2 } });
  });

  it("says of one thing that it cannot tell, not that it is not there, nor that it has no policy and no grants", async () => {
    const id = await waiting(aVm());
    const { grants } = (await get(`/v1/access-requests/${id}`, "rita")).body;
    api.failLookups(/./);
    for (const path of [
      `/v1/access-requests/${id}`,
      `/v1/grants/${grants[0].id}`,
      `/v1/grants?vm=${keyOf()}`,
      `/v1/vms/${keyOf()}`,
      `/v1/vms/${keyOf()}/timeline`,
    ])
      expect([path, (await get(path, "rita")).body]).toMatchObject([path, { status: 503, code: "rbac.lookup-failed" }]);
    // What is one's own takes no role.
    expect((await get(`/v1/access-requests/${id}`, "alice")).status).toBe(200);
  });

  it("is no list at all in Azure's API, which has no words for it", async () => {
    await underJit(api);
    const subscription = /subscriptions\/[^/]+/.exec(aVm())?.[0] ?? "";
    const path = (kind: string) => `/${subscription}/providers/Microsoft.Security/${kind}`;
    const policies = path("jitNetworkAccessPolicies?api-version=2020-01-01");
    const assessments = path("assessments?api-version=2020-01-01");
    for (const list of [policies, assessments]) {
      expect((await get(list)).body.value).toHaveLength(1);
      api.failLookups(/./);
      expect((await get(list)).body).toMatchObject({ error: { code: "ServiceUnavailable" } });
      api.failLookups(undefined);
    }
  });
});
