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

const { approved, granted, revoked } = factsOfOthers(() => api.clock.now());
const get = (path: string) => api.call("GET", path, { as: "alice" });

describe("giving back", () => {
  const remove = (id: string, as: "ada" | "alice" | "ann" | "rita" | "nora") =>
    api.call("DELETE", `/v1/grants/${id}`, { as });

  it("takes nothing but being the holder, and publishes one wish however often it is said", async () => {
    const { access } = await askedBy(api);
    await api.tell(approved(access), granted(access));
    for (let n = 0; n < 3; n++)
      expect((await remove(access.grantId, "alice")).body).toMatchObject({ id: access.grantId, status: "Closing" });
    const wishes = await api.published("sallyport.access.revocation-requested.v1");
    expect(wishes.map(({ data }) => data)).toMatchObject([
      { grantId: access.grantId, reason: "given-back", vm: aVm() },
    ]);
    await api.tell(revoked(access));
    expect((await remove(access.grantId, "alice")).body).toMatchObject({ status: 409, code: "grant.terminal" });
  });

  it("of somebody else's grant takes the right to write its policy", async () => {
    const { access } = await askedBy(api);
    expect((await remove(access.grantId, "ann")).body).toMatchObject({ status: 403, code: "rbac.missing-action" });
    expect((await remove(access.grantId, "rita")).status).toBe(403);
    expect((await remove(access.grantId, "nora")).status).toBe(404);
    expect((await remove(access.grantId, "ada")).status).toBe(202);
    expect((await api.published("sallyport.access.revocation-requested.v1")).map(({ data }) => data)).toMatchObject([
      { reason: "revoked-by-administrator", by: { id: idOf("ada") } },
    ]);
  });

  it("before it was open stays so, although it opens for a moment", async () => {
    const { access } = await askedBy(api);
    await api.tell(approved(access));
    await remove(access.grantId, "alice");
    await api.tell(granted(access));
    const grant = (await get(`/v1/grants/${access.grantId}`)).body;
    expect([grant.status, grant.openedAt !== undefined]).toEqual(["Closing", true]);
  });
});
