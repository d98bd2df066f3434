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

describe("a program that signed in as itself", () => {
  const as = async (who: "ada" | "alice") => ({ authorization: `Bearer ${await api.serviceTokenOf(who)}` });
  const post = async (path: string, who: "ada" | "alice", body: object = {}) =>
    api.call("POST", path, { body, headers: { ...(await as(who)), "idempotency-key": crypto.randomUUID() } });
  const body = { vm: aVm(), ports: [22], sources: ["203.0.113.7"], duration: "PT1H" };

  it("asks with its own roles, and its events say that it is none of the people", async () => {
    expect((await post("/v1/access-requests", "alice", body)).status).toBe(202);
    const principal = { id: idOf("alice"), displayName: "pipeline", kind: "service" };
    expect(await api.published("sallyport.access.requested.v1")).toMatchObject([{ data: { access: { principal } } }]);
    expect((await api.call("GET", "/v1/me", { headers: await as("alice") })).body).toMatchObject({ principal });
  });

  it("asks for nobody else, whatever its roles: that takes a key", async () => {
    const said = await post("/v1/access-requests", "ada", { ...body, for: { principal: idOf("alice") } });
    expect(said.body).toMatchObject({ status: 403, code: "auth.scope-missing" });
  });

  it("neither approves nor declines, whatever its roles", async () => {
    const { said, access } = await askedBy(api);
    await api.tell(waits(access));
    for (const verb of ["approve", "deny"])
      expect((await post(`/v1/access-requests/${said.body.id}/${verb}`, "ada")).body).toMatchObject({
        status: 403,
        code: "auth.forbidden",
      });
    expect(await api.published("sallyport.access.approval-given.v1")).toEqual([]);
  });
});
