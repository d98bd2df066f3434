import { plusSeconds } from "@sallyport/contracts";
import { anApi, askedBy, idOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest } from "./an-api.conformance.ts";
import { factsOfOthers } from "./facts-of-others.conformance.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
  await underJit(api);
});
afterEach(() => api.close());

const { at, approved, granted, revoked } = factsOfOthers(() => api.clock.now());
const get = (path: string) => api.call("GET", path, { as: "alice" });

describe("asking for more time", () => {
  const extend = (id: string, body: object, as: "alice" | "ann" | "nora" = "alice") =>
    api.call("POST", `/v1/grants/${id}/extend`, { as, body, headers: { "idempotency-key": crypto.randomUUID() } });

  it("asks for a later end, checked against the policy from its opening on", async () => {
    const { access } = await askedBy(api);
    await api.tell(approved(access), granted(access));
    const { expiresAt } = (await get(`/v1/grants/${access.grantId}`)).body;
    expect((await extend(access.grantId, { duration: "PT3H" })).body).toMatchObject({
      code: "policy.duration-too-long",
    });
    expect((await extend(access.grantId, { endTime: at(60) })).body.errors[0]).toMatchObject({
      code: "policy.end-in-the-past",
      field: "/endTime",
    });
    const said = await extend(access.grantId, { duration: "PT30M" });
    expect([said.status, said.body.extension.status]).toEqual([202, "Requested"]);
    const [wish, ...more] = await api.published("sallyport.access.extension-requested.v1");
    expect(more).toEqual([]);
    const openUntil = plusSeconds(expiresAt, 1800);
    expect(wish?.data).toMatchObject({ openUntil, by: { id: idOf("alice") }, access: { grantId: access.grantId } });
    await api.tell({ type: "sallyport.access.extended.v1", data: { access, expiresAt: openUntil, at: at(1) } });
    expect((await get(`/v1/grants/${access.grantId}`)).body).toMatchObject({
      status: "Open",
      expiresAt: openUntil,
      extension: { status: "Extended" },
    });
  });

  it("is for the holder of an open grant alone", async () => {
    const { access } = await askedBy(api);
    expect((await extend(access.grantId, { duration: "PT5M" })).body).toMatchObject({
      status: 409,
      code: "request.conflict",
    });
    await api.tell(approved(access), granted(access));
    expect((await extend(access.grantId, { duration: "PT5M" }, "ann")).body).toMatchObject({ code: "auth.forbidden" });
    expect((await extend(access.grantId, { duration: "PT5M" }, "nora")).status).toBe(404);
    await api.tell(revoked(access));
    expect((await extend(access.grantId, { duration: "PT5M" })).body).toMatchObject({ code: "grant.terminal" });
    expect(await api.published("sallyport.access.extension-requested.v1")).toEqual([]);
  });
});
