import { MOST_AT_ONCE, PoliciesView, vmKeyOf } from "@sallyport/contracts";
import type { VmRef } from "@sallyport/contracts";
import { aProfile, aVm } from "@sallyport/testkit";
import { aFinding, anApi, classified, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, Who } from "./an-api.conformance.ts";

const policy = { ports: [{ port: 22 }] };
const vms = [1, 2, 3].map((n) => aVm("azure", n));
const named = (vm: VmRef, n: number) => classified(aProfile({ vm, name: `web-${n + 1}` }));
let api: ApiUnderTest;

beforeEach(async () => {
  api = await anApi();
  await api.tell(...vms.map(named));
});
afterEach(() => api.close());

const enable = (
  body: object,
  { as = "ada", query = "", key = crypto.randomUUID() as string }: { as?: Who; query?: string; key?: string } = {},
) => api.call("POST", `/v1/policies${query}`, { as, body: { policy, ...body }, headers: { "idempotency-key": key } });
const results = (body: unknown) =>
  PoliciesView.parse(body).items.map(({ vm, result, problem }) => [vm, result, problem?.code]);

describe("enabling JIT on many VMs", () => {
  it("enables each, however it is named, and tells of each by an event of its own", async () => {
    const { status, body } = await enable({ vms: [aVm().toUpperCase(), keyOf(vms[1]), "WEB-3"] });
    expect(status).toBe(200);
    expect(body).toMatchObject({ dryRun: false, created: 3, unchanged: 0, refused: 0 });
    expect(results(body)).toEqual(vms.map((vm) => [vm, "Created", undefined]));
    const told = await api.published("sallyport.policy.configured.v1");
    expect(told.map(({ subject }) => subject)).toEqual(vms);
  });

  it("refuses those that cannot be, with what their own page would have said, and enables the others", async () => {
    const bare = aFinding({ reasonCode: "NO_NSG_OR_FIREWALL", status: "NotApplicable" });
    await api.tell(classified(aProfile({ vm: aVm("azure", 2) }), bare));
    const { body } = await enable({ vms: [...vms, "nobody"] });
    expect(results(body)).toEqual([
      [vms[0], "Created", undefined],
      [vms[1], "Refused", "network.no-nsg"],
      [vms[2], "Created", undefined],
      ["nobody", "Refused", "vm.unknown"],
    ]);
    const page = await api.call("PUT", `/v1/vms/${keyOf(vms[1])}/policy`, { body: policy });
    const { request_id: _own, ...said } = page.body;
    expect(body.items[1].problem).toMatchObject(said);
    expect((await api.published()).map(({ subject }) => subject)).toEqual([vms[0], vms[2]]);
  });

  it("leaves what has the same policy, and never overwrites another one", async () => {
    await api.call("PUT", `/v1/vms/${keyOf(vms[0])}/policy`, { body: policy });
    await underJit(api, vms[1]);
    const { body } = await enable({ vms });
    expect(results(body)).toEqual([
      [vms[0], "Unchanged", undefined],
      [vms[1], "Refused", "request.conflict"],
      [vms[2], "Created", undefined],
    ]);
    expect((await api.published()).length).toBe(3);
  });

  it("is refused VM by VM to who may not, naming what is missing, and hides what they may not see", async () => {
    expect(results((await enable({ vms: [vms[0]] }, { as: "rita" })).body)).toEqual([
      [vms[0], "Refused", "rbac.missing-action"],
    ]);
    expect(results((await enable({ vms: [vms[0]] }, { as: "nora" })).body)).toEqual([
      [vms[0], "Refused", "vm.unknown"],
    ]);
    expect((await enable({ filter: { cloud: "azure" } }, { as: "nora" })).body.items).toEqual([]);
    expect(await api.published()).toEqual([]);
  });

  it("takes what a filter finds: by tab, status and part of a name", async () => {
    await underJit(api, vms[0]);
    await api.tell(
      classified(aProfile({ vm: vms[2] ?? aVm() }), aFinding({ status: "Healthy", reasonCode: "NSG_BLOCKS" })),
    );
    const found = async (filter: object) =>
      (await enable({ filter }, { query: "?dryRun=true" })).body.items.map(({ vm }: { vm: string }) => vm);
    expect(await found({ tab: "NotConfigured" })).toEqual([vms[1], vms[2]]);
    expect(await found({ tab: "NotConfigured", status: "Unhealthy" })).toEqual([vms[1]]);
    expect(await found({ name: "EB-2" })).toEqual([vms[1]]);
  });

  it("answers the same call the same, once; and takes a dry run for another call", async () => {
    const key = crypto.randomUUID();
    const planned = await enable({ vms }, { key, query: "?dryRun=true" });
    expect(planned.body).toMatchObject({ dryRun: true, created: 3 });
    expect(await api.published()).toEqual([]);
    expect((await enable({ vms }, { key })).body.code).toBe("request.idempotency-key-reused");
    const other = crypto.randomUUID();
    const first = await enable({ vms }, { key: other });
    expect((await enable({ vms }, { key: other })).body).toEqual(first.body);
    expect((await api.published()).length).toBe(3);
  });

  it.each([
    ["more than it may", { vms: Array.from({ length: MOST_AT_ONCE + 1 }, (_, n) => `vm-${n}`) }, "/vms"],
    ["5,000 VMs", { vms: Array.from({ length: 5000 }, (_, n) => `v${n}`) }, "/vms"],
    ["a VM twice, in other case", { vms: [vms[0], vms[0]?.toUpperCase()] }, "/vms/1"],
    ["a VM twice, by its key", { vms: [vms[0], vmKeyOf(aVm("azure", 1))] }, "/vms/1"],
    ["no VM", { vms: [] }, "/vms"],
    ["everything at once", { filter: {} }, "/filter"],
    ["a filter and VMs", { vms, filter: { tab: "NotConfigured" } }, ""],
    ["neither", {}, ""],
    [
      "a rule shorter than any request",
      { vms, policy: { ports: [{ port: 22, maxDuration: "PT1M" }] } },
      "/policy/ports/0/maxDuration",
    ],
  ])("is refused as a whole for %s, before anything is written", async (_what, body, field) => {
    const said = await enable(body);
    expect([said.status, said.body.errors?.[0]?.field]).toEqual([422, field]);
    expect(await api.published()).toEqual([]);
  });

  it("is refused as a whole when a filter finds more than it may", async () => {
    await api.tell(...Array.from({ length: MOST_AT_ONCE + 1 }, (_, n) => named(aVm("azure", n + 1), n)));
    expect((await enable({ filter: { cloud: "azure" } })).body.errors[0]).toMatchObject({ field: "/filter" });
    expect(await api.published()).toEqual([]);
  });
});
