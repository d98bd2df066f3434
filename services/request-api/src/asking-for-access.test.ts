import { plusSeconds } from "@sallyport/contracts";
import { aProfile, aVm } from "@sallyport/testkit";
import { anApi, askedBy, classified, idOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, Said } from "./an-api.conformance.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
  await underJit(api);
});
afterEach(() => api.close());

const at = (n: number) => plusSeconds(api.clock.now(), n);
const get = (path: string) => api.call("GET", path, { as: "alice" });

describe("asking for access", () => {
  it("is accepted with a place to look, which is there at once, and publishes one fact per grant", async () => {
    const { said, access } = await askedBy(api, { justification: "hotfix", reference: "CHG1" });
    expect(said.status).toBe(202);
    expect(said.headers.get("location")).toBe(`/v1/access-requests/${said.body.id}`);
    expect(said.body).toMatchObject({ status: "Requested", principal: { id: idOf("alice") } });
    expect(said.body.grants[0]).toMatchObject({ id: access.grantId, vm: aVm(), duration: "PT1H" });
    expect((await get(`/v1/access-requests/${said.body.id}`)).body).toEqual(said.body);
    expect(access).toMatchObject({
      requestId: said.body.id,
      duration: 3600,
      ports: [{ port: 22, protocol: "tcp", sources: ["203.0.113.7/32"] }],
      justification: "hotfix",
      reference: "CHG1",
      policyVersion: 1,
      vmName: "vm-1",
    });
    const [event, ...more] = await api.published("sallyport.access.requested.v1");
    expect(more).toEqual([]);
    expect(event).toMatchObject({ subject: aVm(), correlationid: said.body.id, source: "/sallyport/request-api" });
  });

  it("says beforehand what closing will do to sessions (G10)", async () => {
    const closing = { sessions: "cut" as const, because: "flushConnection is set on nsg-web" };
    await api.tell(classified(aProfile({ closing })));
    expect((await askedBy(api)).said.body.grants[0].closing).toEqual(closing);
  });

  it("becomes a grant for each VM and each end", async () => {
    await underJit(api, aVm("aws"), { ports: [{ port: 22 }, { port: 3389 }] });
    await underJit(api, aVm("azure", 2), { ports: [{ port: 22 }, { port: 3389 }] });
    const { said } = await askedBy(api, {
      vm: undefined,
      vms: [aVm("aws"), "vm-2"],
      ports: [22, { port: 3389, duration: "PT30M" }],
    });
    expect(said.body.grants.map(({ vm, duration, ports }: Said["body"]) => [vm, duration, ports[0].port])).toEqual([
      [aVm("aws"), "PT1H", 22],
      [aVm("aws"), "PT30M", 3389],
      [aVm("azure", 2), "PT1H", 22],
      [aVm("azure", 2), "PT30M", 3389],
    ]);
    expect(new Set(said.body.grants.map(({ id }: Said["body"]) => id)).size).toBe(4);
    expect(await api.published("sallyport.access.requested.v1")).toHaveLength(4);
  });

  it("until an end asks for the time that is left", async () => {
    const { access } = await askedBy(api, { duration: undefined, endTime: at(1800) });
    expect(access.duration).toBe(1800);
  });
});
