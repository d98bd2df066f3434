import { plusMs, scanIdOf, scopeOf } from "@sallyport/contracts";
import type { Fact, Scan } from "@sallyport/contracts";
import { aProfile, aVm } from "@sallyport/testkit";
import { aFinding, anApi, classified, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest } from "./an-api.conformance.ts";

const scope = scopeOf(aVm());
let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
  await api.tell(classified(aProfile()));
});
afterEach(() => api.close());

const scanned = (about: Partial<Scan> = {}): Fact => {
  const startedAt = about.startedAt ?? api.clock.now();
  const scan: Scan = {
    id: scanIdOf(scope, startedAt),
    scope,
    cloud: "azure",
    status: "Completed",
    requests: [],
    startedAt,
    pages: 1,
    vms: 1,
    changed: 0,
    gone: 0,
    asOf: startedAt,
    staleAfter: plusMs(startedAt, 180_000),
    ...about,
  };
  return { type: "sallyport.posture.scan-finished.v1", data: { scan } };
};
const post = (as: "ada" | "rita" | "nora" | "alice", key = crypto.randomUUID(), of: string = scope) =>
  api.call("POST", "/v1/scans", { as, body: { scope: of }, headers: { "idempotency-key": key } });
const finding = async () => (await api.call("GET", `/v1/vms/${keyOf()}`)).body.finding;

describe("asking for a scan", () => {
  it("is taken down once, and shown until a scan answers it", async () => {
    const { status, body, headers } = await post("ada");
    expect([status, body.status, headers.get("location")]).toEqual([202, "Requested", `/v1/scans/${body.id}`]);
    expect((await post("ada")).body.id).toBe(body.id);
    expect(await api.published("sallyport.access.scan-requested.v1")).toHaveLength(1);
    await api.tell(scanned({ requests: [body.id], startedAt: plusMs(api.clock.now(), 1000) }));
    expect((await api.call("GET", `/v1/scans/${body.id}`)).body).toMatchObject({ id: body.id, status: "Completed" });
    expect((await api.call("GET", "/v1/scans")).body.items).toMatchObject([{ scope, status: "Completed" }]);
  });

  it("takes the right to configure JIT there; who may read nothing of it learns nothing", async () => {
    expect((await post("rita")).status).toBe(403);
    expect((await post("nora")).status).toBe(404);
    expect((await post("ada", crypto.randomUUID(), "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1affe")).status).toBe(404);
    await api.tell(scanned());
    expect((await api.call("GET", "/v1/scans", { as: "nora" })).body.items).toEqual([]);
    const id = scanIdOf(scope, api.clock.now());
    expect((await api.call("GET", `/v1/scans/${id}`, { as: "nora" })).status).toBe(404);
  });
});

describe("how fresh a finding is", () => {
  it("says as of when it stands, though nothing of it was news", async () => {
    const startedAt = plusMs(api.clock.now(), 60_000);
    await api.tell(scanned({ startedAt }));
    expect(await finding()).toMatchObject({ asOf: startedAt, stale: false });
  });

  it("is stale, and not missing, once a scan broke off, or none has come to its end for long", async () => {
    const asOf = api.clock.now();
    await api.tell(scanned());
    const failed = { status: "Failed", asOf, startedAt: plusMs(asOf, 60_000) } as const;
    await api.tell(scanned({ ...failed, fault: { code: "azure.throttled", detail: "slow down" } }));
    expect(await finding()).toMatchObject({ reasonCode: "NSG_ALLOWS", asOf, stale: true });
    expect((await api.call("GET", "/v1/vms")).body.items).toMatchObject([{ finding: { stale: true } }]);
    expect((await api.call("GET", "/v1/fleet")).body).toMatchObject({ stale: 1, scopes: [{ status: "Failed" }] });
    await api.tell(scanned({ startedAt: plusMs(asOf, 70_000) }));
    expect((await finding()).stale).toBe(false);
    await api.clock.pass(600_000);
    expect((await finding()).stale).toBe(true);
  });
});

describe("the fleet", () => {
  beforeEach(async () => {
    const healthy = aFinding({ status: "Healthy", severity: undefined, reasonCode: "NO_PUBLIC_IP" });
    const open = aFinding({ status: "NotApplicable", severity: "Critical", reasonCode: "NO_NSG_OR_FIREWALL" });
    await underJit(api, aVm("azure", 2));
    await api.tell(classified(aProfile({ vm: aVm("azure", 3), location: "northeurope" }), healthy));
    await api.tell(classified(aProfile({ vm: aVm("azure", 4) }), open));
    await api.tell(classified(aProfile({ vm: aVm("aws") })));
  });

  it("counts what is under each tab, for who may read it", async () => {
    expect((await api.call("GET", "/v1/fleet")).body).toMatchObject({
      vms: 5,
      tabs: { Configured: 1, NotConfigured: 3, Unsupported: 1 },
      statuses: { Unhealthy: 3, Healthy: 1, NotApplicable: 1, NotEvaluated: 0 },
      critical: 1,
      complete: true,
    });
    expect((await api.call("GET", "/v1/fleet", { as: "nora" })).body.vms).toBe(0);
  });

  it.each([
    ["tab=Configured", 1],
    ["tab=Unsupported", 1],
    ["status=Unhealthy&tab=NotConfigured", 2],
    ["severity=Critical", 1],
    [`scope=${scope.toUpperCase()}`, 4],
    ["scope=123456789012", 1],
    ["location=NorthEurope", 1],
    ["text=RG-SHOP", 4],
    ["cloud=aws", 1],
    ["text=nothing-of-that-name", 0],
  ])("is narrowed by %s, in the list and in the counts", async (query, count) => {
    expect((await api.call("GET", `/v1/vms?${query}`)).body.items).toHaveLength(count);
    expect((await api.call("GET", `/v1/fleet?${query}`)).body.vms).toBe(count);
  });
});

describe("the timeline of a VM", () => {
  it("lists its events newest first, in pages of any size, and what people asked only to who may read its policy", async () => {
    await underJit(api);
    await api.clock.pass(1000);
    const all = await api.call("GET", `/v1/vms/${keyOf()}/timeline`);
    const names = all.body.items.map(({ event }: { event: string }) => event);
    expect(names.toSorted()).toEqual(["PolicyConfigured", "VmClassified", "VmClassified"]);
    const paged: string[] = [];
    for (let next: string | undefined = `/v1/vms/${keyOf()}/timeline?limit=1`; next !== undefined;) {
      const { body }: { body: { items: { event: string }[]; next?: string } } = await api.call("GET", next);
      paged.push(...body.items.map(({ event }) => event));
      next = body.next;
    }
    expect(paged).toEqual(names);
    expect((await api.call("GET", `/v1/vms/${keyOf()}/timeline`, { as: "nora" })).status).toBe(404);
  });
});

describe("the exposure of a VM", () => {
  it("is empty before the scanner has kept any, and refuses a time that ends before it begins", async () => {
    const path = `/v1/vms/${keyOf()}/exposure`;
    expect((await api.call("GET", path)).body).toMatchObject({ knownMinutes: 0, ports: [] });
    const [from, to] = ["2026-01-31T08:00:00.000Z", "2026-01-31T07:00:00.000Z"];
    expect((await api.call("GET", `${path}?from=${from}&to=${to}`)).body).toMatchObject({
      status: 422,
      code: "request.invalid",
    });
    expect((await api.call("GET", path, { as: "nora" })).status).toBe(404);
  });
});
