import { aVm } from "@sallyport/testkit";
import { anApi, askedBy, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, Said } from "./an-api.conformance.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
  await underJit(api);
});
afterEach(() => api.close());

const get = (path: string, as: "alice" | "ann" | "rita" | "nora" | "ada" = "alice") => api.call("GET", path, { as });

describe("explain or hide", () => {
  it("gives one answer to what is not there and to what may not be seen", async () => {
    const { said, access } = await askedBy(api);
    const pairs: readonly (readonly [string, string])[] = [
      [`/v1/vms/${keyOf()}`, `/v1/vms/${keyOf(aVm("azure", 99))}`],
      [`/v1/vms/${keyOf()}/policy`, `/v1/vms/${keyOf(aVm("azure", 99))}/policy`],
      [`/v1/access-requests/${said.body.id}`, "/v1/access-requests/0193a5e4-7c00-7000-8000-00000000ffff"],
      [`/v1/grants/${access.grantId}`, "/v1/grants/gnosuchgrant0000"],
    ];
    for (const [hidden, missing] of pairs) {
      const [one, other] = [await get(hidden, "nora"), await get(missing, "ada")];
      const bare = ({ status, body }: Said) => ({ ...body, status, instance: "", request_id: "" });
      expect(bare(one)).toEqual(bare(other));
      expect(one.status).toBe(404);
      expect((await get(hidden, "ada")).status).toBe(200);
    }
  });

  it("gives one answer to a request for a VM that is hidden and for one that is not there", async () => {
    const ask = (as: "nora" | "ada", vm: string) =>
      api.call("POST", "/v1/access-requests", {
        as,
        body: { vm, ports: [22], sources: "*", duration: "PT1H" },
        headers: { "idempotency-key": crypto.randomUUID() },
      });
    const bare = ({ body }: Said) => ({ ...body, request_id: "" });
    expect(bare(await ask("nora", aVm()))).toEqual(bare(await ask("ada", aVm("azure", 99))));
    expect(bare(await ask("nora", "vm-1"))).toEqual(bare(await ask("ada", "vm-99")));
  });

  it("shows others' requests and grants to who may read the VM's policy", async () => {
    const { said, access } = await askedBy(api);
    expect((await get(`/v1/access-requests/${said.body.id}`, "rita")).status).toBe(200);
    expect((await get(`/v1/grants/${access.grantId}`, "ann")).status).toBe(200);
    expect((await get(`/v1/grants/${access.grantId}`, "nora")).status).toBe(404);
    expect((await get(`/v1/vms/${keyOf()}`, "rita")).body.grants.map(({ id }: Said["body"]) => id)).toEqual([
      access.grantId,
    ]);
  });

  it("lists to each only what they may see", async () => {
    const { said } = await askedBy(api);
    const list = async (path: string, as: "alice" | "ann" | "rita" | "nora") =>
      (await get(path, as)).body.items?.length;
    expect(await list("/v1/vms", "nora")).toBe(0);
    expect(await list("/v1/access-requests", "ann")).toBe(0);
    expect(await list("/v1/access-requests", "alice")).toBe(1);
    expect(await list(`/v1/access-requests?vm=${keyOf()}`, "rita")).toBe(1);
    expect(await list(`/v1/access-requests?vm=${keyOf()}&principal=me`, "rita")).toBe(0);
    expect(await list(`/v1/grants?vm=${encodeURIComponent(aVm())}&status=Requested`, "ann")).toBe(1);
    expect(await list("/v1/grants?status=Open", "alice")).toBe(0);
    expect((await get(`/v1/grants?vm=${keyOf()}`, "nora")).status).toBe(404);
    expect(said.status).toBe(202);
  });
});
