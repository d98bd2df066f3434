import { aProfile, aVm } from "@sallyport/testkit";
import { aFinding, anApi, classified, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, Who } from "./an-api.conformance.ts";

const path = `/v1/vms/${keyOf()}/policy`;
const policy = { ports: [{ port: 22 }] };
let api: ApiUnderTest;

beforeEach(async () => {
  api = await anApi();
  await api.tell(classified(aProfile()));
});
afterEach(() => api.close());

describe("enabling JIT on a VM", () => {
  it("stores the policy and publishes all of it, once", async () => {
    const { status, headers, body } = await api.call("PUT", path, { body: policy });
    expect([status, headers.get("etag")]).toEqual([201, '"1"']);
    expect(body).toMatchObject({ vm: aVm(), vmKey: keyOf(), version: 1, ports: [{ port: 22, maxDuration: "PT3H" }] });
    const events = await api.published();
    expect(events.map(({ type, subject }) => [type, subject])).toEqual([["sallyport.policy.configured.v1", aVm()]]);
    expect(events[0]?.data).toMatchObject({ policy: { version: 1, ports: [{ maxDuration: 10_800 }] } });
  });

  it("shows the lockdown as under way until its event comes", async () => {
    await api.call("PUT", path, { body: policy });
    expect((await api.call("GET", `/v1/vms/${keyOf()}`)).body.lockdown.status).toBe("Locking");
  });

  it("is refused for a scope that is not enrolled, and says so", async () => {
    const vm = aVm().replace("6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001", "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a009");
    const stranger = aProfile({ vm });
    await api.tell(classified(stranger));
    const put = (as: Who) => api.call("PUT", `/v1/vms/${keyOf(stranger.vm)}/policy`, { as, body: policy });
    expect((await put("ada")).body).toMatchObject({ status: 409, code: "scope.not-enrolled" });
    expect((await put("rita")).status).toBe(404); // who has no role there does not learn that it is there
    expect(await api.published()).toEqual([]);
  });

  it("is refused when the last survey saw no NSG", async () => {
    const finding = aFinding({ reasonCode: "NO_NSG_OR_FIREWALL", status: "NotApplicable" });
    await api.tell(classified(aProfile(), finding));
    const { status, body } = await api.call("PUT", path, { body: policy });
    expect([status, body.code]).toEqual([409, "network.no-nsg"]);
    expect(await api.published()).toEqual([]);
  });

  it("tells who may read but not write every missing action with its resource", async () => {
    const { status, headers, body } = await api.call("PUT", path, { as: "rita", body: policy });
    expect([status, headers.get("content-type")]).toEqual([403, "application/problem+json"]);
    expect(body.errors.map(({ action, object }: Record<string, string>) => [action, object])).toEqual([
      [
        "Microsoft.Security/locations/jitNetworkAccessPolicies/write",
        expect.stringMatching(/\/resourcegroups\/rg-shop$/),
      ],
      ["Microsoft.Compute/virtualMachines/write", aVm()],
    ]);
    expect(await api.published()).toEqual([]);
  });
});

describe("changing a policy", () => {
  beforeEach(() => api.call("PUT", path, { body: policy }));

  it("takes its ETag: 428 without one, 412 with a stale or weak one, and then a new ETag", async () => {
    const put = (headers: Record<string, string>) => api.call("PUT", path, { body: policy, headers });
    expect((await put({})).body).toMatchObject({ status: 428, code: "request.precondition-required" });
    expect((await put({ "if-match": '"7"' })).status).toBe(412);
    expect((await put({ "if-match": 'W/"1"' })).status).toBe(412);
    expect((await put({ "if-none-match": "*" })).status).toBe(412);
    const done = await put({ "if-match": '"7", "1"' });
    expect([done.status, done.headers.get("etag")]).toEqual([200, '"2"']);
    expect((await put({ "if-match": '"1"' })).status).toBe(412);
    expect(await api.published()).toHaveLength(2);
  });

  it("lets one of many win that change the same version at once", async () => {
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        api.call("PUT", path, { body: { ports: [{ port: 22 + n }] }, headers: { "if-match": '"1"' } }),
      ),
    );
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(all.filter(({ status }) => status === 412)).toHaveLength(7);
    expect(await api.published()).toHaveLength(2);
  });

  it("by a merge patch keeps what it does not name, and resets what it nulls", async () => {
    const patch = (body: object, version: number) =>
      api.call("PATCH", path, {
        body,
        headers: { "if-match": `"${version}"`, "content-type": "application/merge-patch+json" },
      });
    const first = await patch({ approval: { required: true, waitAtMost: "PT5M" } }, 1);
    expect(first.body).toMatchObject({ version: 2, ports: [{ port: 22 }], approval: { waitAtMost: "PT5M" } });
    const second = await patch({ approval: { waitAtMost: null } }, 2);
    expect(second.body.approval).toMatchObject({ required: true, waitAtMost: "PT1H" });
    const third = await patch({ approval: null, ports: [{ port: 3389 }] }, 3);
    expect(third.body).toMatchObject({ version: 4, ports: [{ port: 3389 }], approval: { required: false } });
    const wrong = await patch({ ports: [{ port: 22, maxDuration: "P1M" }] }, 4);
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([422, "/ports/0/maxDuration"]);
  });

  it("removes it, and goes on counting versions when it comes back", async () => {
    expect((await api.call("DELETE", path)).status).toBe(428);
    expect((await api.call("DELETE", path, { headers: { "if-match": '"1"' } })).status).toBe(204);
    expect((await api.call("GET", path)).status).toBe(404);
    expect((await api.call("DELETE", path, { headers: { "if-match": "*" } })).status).toBe(404);
    expect((await api.call("PUT", path, { body: policy })).headers.get("etag")).toBe('"3"');
    expect((await api.published()).map(({ type }) => type.split(".")[2])).toEqual([
      "configured",
      "removed",
      "configured",
    ]);
  });

  it("is shown with its ETag to who may read it, and not to who may not", async () => {
    expect((await api.call("GET", path, { as: "rita" })).headers.get("etag")).toBe('"1"');
    expect((await api.call("GET", path, { as: "nora" })).status).toBe(404);
  });
});

describe("a policy on AWS", () => {
  it("takes Microsoft.Security actions on the connector alone (S34)", async () => {
    await underJit(api, aVm("aws"));
    const { status, body } = await api.call("PUT", `/v1/vms/${keyOf(aVm("aws"))}/policy`, {
      as: "rita",
      body: policy,
      headers: { "if-match": "*" },
    });
    expect([status, body.errors.length]).toEqual([403, 1]);
    expect(body.errors[0].object).toMatch(/securityconnectors\/aws$/);
  });
});
