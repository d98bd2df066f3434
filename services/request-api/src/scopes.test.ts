import { aProfile, aVm } from "@sallyport/testkit";
import { scopeOf } from "@sallyport/contracts";
import { anApi, classified, idOf, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, Who } from "./an-api.conformance.ts";

const AZURE = scopeOf(aVm());
const AWS = scopeOf(aVm("aws"));
const pathOf = (scope: string) => `/v1/scopes/${encodeURIComponent(scope)}`;

describe("an enrolment", () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await anApi({ replicas: 2 });
  });
  afterEach(() => api.close());

  const withdraw = (scope: string = AZURE, as: Who = "ada") => api.call("DELETE", pathOf(scope), { as });
  const enrol = (scope: string = AZURE, as: Who = "ada") => api.call("PUT", pathOf(scope), { as });
  const list = async (replica = 0) =>
    (await api.call("GET", "/v1/scopes", {}, replica)).body.items.map(
      (one: { scope: string; status: string }) => `${one.scope} ${one.status}`,
    );
  const enable = (vm = aVm(), replica = 0) =>
    api.call("PUT", `/v1/vms/${keyOf(vm)}/policy`, { body: { ports: [{ port: 22 }] } }, replica);
  const ask = (vm = aVm()) =>
    api.call("POST", "/v1/access-requests", {
      as: "alice",
      body: { vm, ports: [22], sources: ["203.0.113.7"], duration: "PT1H" },
      headers: { "idempotency-key": crypto.randomUUID() },
    });

  it("is what the settings connect, until somebody decides otherwise", async () => {
    expect(await list()).toEqual([`${AWS} Enrolled`, `${AZURE} Enrolled`]);
    expect((await withdraw(AWS)).status).toBe(204);
    expect(await list(1)).toEqual([`${AWS} Withdrawn`, `${AZURE} Enrolled`]);
    expect(await enrol(AWS.toUpperCase())).toMatchObject({
      status: 200,
      body: { scope: AWS, cloud: "aws", status: "Enrolled", by: { id: idOf("ada") } },
    });
    expect(await list(1)).toEqual([`${AWS} Enrolled`, `${AZURE} Enrolled`]);
  });

  it("that is withdrawn refuses new enabling and new requests by name, on every replica, and elsewhere nothing", async () => {
    await underJit(api);
    await api.tell(classified(aProfile({ vm: aVm("azure", 2) })), classified(aProfile({ vm: aVm("aws") })));
    await withdraw();
    const refused = { status: 409, body: { code: "scope.not-enrolled", errors: [{ object: AZURE }] } };
    expect(await enable(aVm("azure", 2), 1)).toMatchObject(refused);
    expect(await ask()).toMatchObject(refused);
    expect((await enable(aVm("aws"))).status).toBe(201);
    await enrol();
    expect((await enable(aVm("azure", 2), 1)).status).toBe(201);
    expect((await ask()).status).toBe(202);
  });

  it("leaves policies to be removed: what is closed can be given back", async () => {
    await underJit(api);
    await withdraw();
    expect((await api.call("GET", `/v1/vms/${keyOf()}/policy`)).status).toBe(200);
    const removed = await api.call("DELETE", `/v1/vms/${keyOf()}/policy`, { headers: { "if-match": '"1"' } });
    expect(removed.status).toBe(204);
  });

  it("is told once for each change, with who decided and how often that was", async () => {
    for (const step of [withdraw, withdraw, enrol, enrol, withdraw]) await step();
    const told = await api.published();
    expect(
      told.map(({ type, subject, data }) => [type, subject, "enrolment" in data && data.enrolment.version]),
    ).toEqual([
      ["sallyport.scope.withdrawn.v1", AZURE, 1],
      ["sallyport.scope.enrolled.v1", AZURE, 2],
      ["sallyport.scope.withdrawn.v1", AZURE, 3],
    ]);
    expect(told[0]?.data).toMatchObject({ enrolment: { by: { id: idOf("ada") }, status: "Withdrawn" } });
  });

  it("is for who may administrate everything that is connected, withdrawn or not", async () => {
    for (const as of ["alice", "rita", "nora"] as const) {
      expect((await withdraw(AZURE, as)).body).toMatchObject({ status: 403, code: "rbac.missing-action" });
      expect((await enrol(AZURE, as)).status).toBe(403);
      expect((await api.call("GET", "/v1/scopes", { as })).status).toBe(403);
    }
    await withdraw();
    await withdraw(AWS);
    expect((await enrol()).status).toBe(200);
  });

  it.each([
    ["a subscription that is not connected", "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a009", "scope.not-connected"],
    ["a region that is not connected", "123456789012/us-east-1", "scope.not-connected"],
    ["no scope at all", "shop", "request.not-found"],
    ["an account without a region", "123456789012", "request.not-found"],
  ])("is refused of %s", async (_what, scope, code) => {
    expect((await enrol(scope)).body).toMatchObject({ status: 404, code });
    expect((await withdraw(scope)).body).toMatchObject({ status: 404, code });
    expect(await api.published()).toEqual([]);
  });
});
