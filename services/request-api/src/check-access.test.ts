import { aProfile, aVm } from "@sallyport/testkit";
import { anApi, classified, idOf, keyOf } from "./an-api.conformance.ts";
import type { ApiUnderTest, Who } from "./an-api.conformance.ts";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await anApi();
  await api.tell(classified(aProfile()), classified(aProfile({ vm: aVm("aws") })));
});
afterAll(() => api.close());

const check = (as: Who, query: Readonly<Record<string, string>>) =>
  api.call("GET", `/v1/access-check?${new URLSearchParams({ vm: keyOf(), ...query }).toString()}`, { as });

describe("whether somebody may do something with a VM", () => {
  it("is answered with yes to who may", async () => {
    const { status, body } = await check("alice", { task: "request-access" });
    expect(status).toBe(200);
    expect(body).toEqual({
      vm: aVm(),
      task: "request-access",
      principal: idOf("alice"),
      allowed: true,
      missing: [],
    });
  });

  it("is answered with every missing action, the resource it is missing on, the roles that hold it, and the least role", async () => {
    const { body } = await check("rita", { task: "request-access" });
    const scope = aVm().split("/providers/")[0];
    const initiate = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action";
    expect(body).toMatchObject({
      allowed: false,
      missing: [
        {
          code: "rbac.missing-action",
          action: initiate,
          object: scope,
          roles: ["Security Admin", "Contributor", "Owner"],
          detail: expect.stringContaining("Security Admin, Contributor, Owner, a custom role"),
        },
      ],
      leastRole: { actions: [initiate], scopes: [scope] },
    });
  });

  it("counts only Microsoft.Security on an AWS instance (S34)", async () => {
    const { body } = await check("ada", { vm: keyOf(aVm("aws")), task: "configure-policy" });
    expect(body).toMatchObject({ vm: aVm("aws"), allowed: true });
  });

  it("is not answered about a VM that one may not read, whether it exists or not", async () => {
    const there = await check("nora", { task: "read-vm" });
    const nowhere = await check("ada", { vm: keyOf(aVm("azure", 999)), task: "read-vm" });
    expect([there.status, nowhere.status]).toEqual([404, 404]);
    expect({ ...there.body, request_id: "" }).toEqual({ ...nowhere.body, request_id: "" });
  });

  it("is answered about somebody else to who may write the VM's policy, and to nobody else", async () => {
    const { body } = await check("ada", { task: "read-vm", principal: idOf("nora") });
    expect(body).toMatchObject({ principal: idOf("nora"), allowed: false, missing: [{ code: "rbac.missing-action" }] });
    const refused = await check("alice", { task: "read-vm", principal: idOf("nora") });
    expect(refused).toMatchObject({ status: 403, body: { code: "rbac.missing-action" } });
    expect((await check("alice", { task: "read-vm", principal: idOf("alice") })).status).toBe(200);
  });

  it.each([[{ task: "reboot" }], [{ task: "read-vm", principal: "" }], [{ task: "read-vm", who: "me" }], [{}]])(
    "is not understood from %j",
    async (query) => {
      expect((await check("ada", query)).status).toBe(422);
    },
  );
});
