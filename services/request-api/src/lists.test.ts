import { VmRef } from "@sallyport/contracts";
import { aProfile, aVm } from "@sallyport/testkit";
import { aFinding, anApi, askedBy, classified, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, Said } from "./an-api.conformance.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
});
afterEach(() => api.close());

const walk = async (path: string, as: "ada" | "alice" | "rita" = "ada"): Promise<readonly Said["body"][]> => {
  const items: Said["body"][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const said: Said = await api.call("GET", next, { as });
    expect(said.status).toBe(200);
    expect(said.headers.get("link")).toBe(said.body.next === undefined ? null : `<${said.body.next}>; rel="next"`);
    items.push(...said.body.items);
    next = said.body.next;
  }
  return items;
};

describe("the list of VMs", () => {
  const healthy = aFinding({ status: "Healthy", severity: undefined, reasonCode: "NO_PUBLIC_IP" });
  beforeEach(async () => {
    for (let n = 1; n <= 9; n++)
      await api.tell(
        classified(aProfile({ vm: aVm("azure", n), name: `VM-${n}` }), n % 3 === 0 ? aFinding() : healthy),
      );
    await api.tell(classified(aProfile({ vm: aVm("aws"), name: "bastion" }), aFinding()));
  });

  it("is the same in pages of any size, each VM once", async () => {
    const all = (await walk("/v1/vms")).map(({ vm }) => vm);
    expect(all).toHaveLength(10);
    for (const limit of [1, 3, 5, 9, 10])
      expect((await walk(`/v1/vms?limit=${limit}`)).map(({ vm }) => vm)).toEqual(all);
  });

  it("lists what can benefit, and nothing else (S28)", async () => {
    const unhealthy = await walk("/v1/vms?status=Unhealthy&limit=2");
    expect(unhealthy.map(({ name }) => name)).toEqual(["VM-3", "VM-6", "VM-9", "bastion"]);
    expect(unhealthy.every(({ finding }) => finding.severity === "High")).toBe(true);
  });

  it("can be narrowed by cloud and by a part of the name", async () => {
    expect((await walk("/v1/vms?cloud=aws")).map(({ name }) => name)).toEqual(["bastion"]);
    expect((await walk("/v1/vms?name=m-7")).map(({ name }) => name)).toEqual(["VM-7"]);
    expect(await walk("/v1/vms?status=Healthy&cloud=aws")).toEqual([]);
  });

  it("forgets a VM that is gone, and its page says so to who may read it", async () => {
    await api.tell({ type: "sallyport.posture.gone.v1", data: { vm: aVm("azure", 3), at: api.clock.now() } });
    expect((await walk("/v1/vms?status=Unhealthy")).map(({ name }) => name)).not.toContain("VM-3");
    const page = (as: "ada" | "nora") => api.call("GET", `/v1/vms/${keyOf(aVm("azure", 3))}`, { as });
    expect((await page("ada")).body).toMatchObject({ status: 410, code: "vm.gone" });
    expect((await page("nora")).status).toBe(404);
  });

  it("gives no way into another list by a cursor of one's own making", async () => {
    const cursor = Buffer.from("Healthy\n").toString("base64url");
    expect((await api.call("GET", `/v1/vms?status=Unhealthy&cursor=${cursor}`)).status).toBe(422);
  });
});

describe("a VM's page", () => {
  it("shows finding, policy and lockdown as their events came, over two topics in any order", async () => {
    const lockdown = {
      id: "l4c0k9d2w7n1",
      vm: aVm(),
      ports: [{ port: 22, protocol: "tcp" }],
      options: { precedence: "seed", sharedGroups: "refuse" },
      policyVersion: 1,
      inverse: [],
      objects: [],
      shadows: [{ port: 22, protocol: "tcp", by: "nsg-web/allow-ssh", sources: "any" }],
      at: api.clock.now(),
    };
    const locked = { type: "sallyport.lockdown.locked.v1", data: { lockdown, effective: false } } as unknown;
    await api.tell(locked as Parameters<ApiUnderTest["tell"]>[0]);
    await underJit(api);
    const { body } = await api.call("GET", `/v1/vms/${keyOf()}`, { as: "rita" });
    expect(body).toMatchObject({
      vm: aVm(),
      finding: { reasonCode: "NSG_ALLOWS", evidence: [] },
      lockdown: { status: "NotEffective", shadows: [{ by: "nsg-web/allow-ssh" }] },
      policy: { version: 1, ports: [{ port: 22 }] },
      grants: [],
      publicAddresses: ["198.51.100.10"],
      openingTime: "PT15S",
    });
  });

  it("is found whatever the case of the id it was told by (P23)", async () => {
    await api.tell(classified(aProfile({ vm: aVm().toUpperCase() })));
    expect((await api.call("GET", `/v1/vms/${keyOf(VmRef.parse(aVm().toUpperCase()))}`)).body.vm).toBe(aVm());
  });
});

describe("the lists of requests and grants", () => {
  it("name each once, newest first, in pages of any size", async () => {
    await underJit(api, aVm(), { ports: [{ port: 22 }, { port: 3389 }] });
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      await api.clock.pass(1000);
      const { said } = await askedBy(api, { ports: [22, { port: 3389, duration: "PT30M" }] });
      ids.unshift(said.body.id);
    }
    for (const limit of [1, 2, 3, 50])
      for (const path of [`/v1/access-requests?limit=${limit}`, `/v1/access-requests?vm=${keyOf()}&limit=${limit}`]) {
        expect((await walk(path, "alice")).map(({ id }) => id)).toEqual(ids);
      }
    const grants = await walk("/v1/grants?limit=3", "alice");
    expect(new Set(grants.map(({ id }) => id)).size).toBe(10);
    expect(grants.map(({ requestId }) => requestId)).toEqual(ids.flatMap((id) => [id, id]));
  });
});
