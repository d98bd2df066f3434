import type { Access } from "@sallyport/contracts";
import { anApi, askedBy, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest } from "./an-api.conformance.ts";
import { factsOfOthers } from "./facts-of-others.conformance.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
  await underJit(api);
});
afterEach(() => api.close());

const { approved, granted, denied, revoked, waits } = factsOfOthers(() => api.clock.now());
const get = (path: string) => api.call("GET", path, { as: "alice" });

describe("a request's story", () => {
  it("is told as its events come, from the request to the receipt", async () => {
    const { said, access } = await askedBy(api);
    const status = async () => (await get(`/v1/access-requests/${said.body.id}`)).body.status;
    await api.tell(approved(access));
    expect(await status()).toBe("Approved");
    await api.tell(granted(access));
    expect(await status()).toBe("Open");
    await api.tell(revoked(access));
    expect(await status()).toBe("Closed");
    const grant = (await get(`/v1/grants/${access.grantId}`)).body;
    expect(grant.receipt).toMatchObject({ reason: "expired", keyId: "k1" });
  });

  it("never goes back, however often old events come again", async () => {
    const { access } = await askedBy(api);
    const story = [waits(access), approved(access), granted(access), revoked(access)];
    const statuses = ["AwaitingApproval", "Approved", "Open", "Closed"];
    for (const [at, event] of story.entries()) {
      await api.tell(event, ...story.slice(0, at));
      expect((await get(`/v1/grants/${access.grantId}`)).body.status).toBe(statuses[at]);
    }
    await api.tell(denied(access));
    expect((await get(`/v1/grants/${access.grantId}`)).body).toMatchObject({ status: "Closed", reasons: [] });
  });

  it("says why it was denied, and what would be needed", async () => {
    const { said, access } = await askedBy(api);
    await api.tell(denied(access));
    const { grants } = (await get(`/v1/access-requests/${said.body.id}`)).body;
    expect(grants[0]).toMatchObject({ status: "Denied", reasons: [{ action: "y", object: "z" }] });
  });

  it("is told from its events alone, when the records were lost and the log was not", async () => {
    const { access } = await askedBy(api);
    const lost: Access = { ...access, requestId: "0193a5e4-7c00-7000-8000-00000000dead" as Access["requestId"] };
    await api.tell(granted(lost));
    expect((await get(`/v1/access-requests/${lost.requestId}`)).body.status).toBe("Open");
  });
});
