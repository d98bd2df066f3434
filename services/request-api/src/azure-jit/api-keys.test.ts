import { instantOf, msOf } from "@sallyport/contracts";
import { anAzureJit, asked, at, bodyOf, idOfVm } from "./an-azure-jit.conformance.ts";

const { ours, call, put, facts } = anAzureJit();

/** A key with these scopes, that may request as a person may: how it calls. */
async function aKey(...scopes: readonly string[]) {
  const expiresAt = instantOf(msOf(ours().clock.now()) + 3_600_000);
  const { body } = await ours().call("POST", "/v1/api-keys", {
    body: {
      name: "chatops",
      scopes,
      expiresAt,
      ...(scopes.includes("requests:on-behalf") ? { onBehalfOf: "*" } : {}),
    },
    headers: { "idempotency-key": crypto.randomUUID() },
  });
  ours().letRequest(`key:${body.id}`);
  await ours().clock.pass(1001);
  return (method: string, path: string, sent?: unknown) =>
    call(method, path, {
      ...(sent === undefined ? {} : { body: sent }),
      headers: { authorization: `Bearer ${body.secret}` },
    });
}
const LIST = at("").replace(/\/$/, "");
const ASSESSMENTS = `${idOfVm("vm-1")}/providers/Microsoft.Security/assessments`;

describe("an API key at Azure's API", () => {
  beforeEach(async () => {
    const { status } = await put("shop", bodyOf("vm-1"));
    if (status !== 200) throw new Error(`the policy was not taken: ${status}`);
  });

  it("reads with vms:read what its roles let it read, and asks for nothing", async () => {
    const key = await aKey("vms:read");
    expect((await key("GET", LIST)).body.value).toMatchObject([{ name: "shop" }]);
    expect((await key("GET", at("shop"))).status).toBe(200);
    expect((await key("GET", ASSESSMENTS)).body.value).toHaveLength(1);
    expect(await key("POST", `${at("shop")}/initiate`, asked())).toMatchObject({
      status: 403,
      body: { error: { code: "AuthorizationFailed", details: [{ code: "auth.scope-missing" }] } },
    });
  });

  it("asks with requests:write under its own name, within its own roles", async () => {
    const key = await aKey("requests:write");
    // Nobody decides here, so that the answer is that it is under way.
    ours().letTimeFlow(1000);
    const said = await key("POST", `${at("shop")}/initiate`, asked());
    expect(said.status).toBe(202);
    const [event] = await ours().published("sallyport.access.requested.v1");
    expect(event).toMatchObject({ data: { access: { principal: { id: expect.stringMatching(/^key:/) as string } } } });
    expect((await key("GET", LIST)).body.error).toMatchObject({ details: [{ code: "auth.scope-missing" }] });
  });

  it("never asks for itself with the right to ask for people: Azure's body names nobody", async () => {
    const key = await aKey("requests:on-behalf");
    expect((await key("POST", `${at("shop")}/initiate`, asked())).body.error).toMatchObject({
      code: "AuthorizationFailed",
      details: [{ code: "auth.scope-missing" }],
    });
  });

  it.each([
    ["PUT", at("shop"), bodyOf("vm-2")],
    ["DELETE", at("shop"), undefined],
  ])("writes no policy, whatever its scopes and roles: %s", async (method, path, body) => {
    const key = await aKey("vms:read", "requests:read", "requests:write");
    const before = await facts();
    expect(await key(method, path, body)).toMatchObject({
      status: 403,
      body: { error: { code: "AuthorizationFailed", details: [{ code: "auth.scope-missing" }] } },
    });
    expect(await facts()).toEqual(before);
  });

  it("that is none is refused as a token that is none", async () => {
    const headers = { authorization: `Bearer spk_${"0".repeat(32)}_${"A".repeat(48)}` };
    expect((await call("GET", LIST, { headers })).body.error.code).toBe("InvalidAuthenticationToken");
  });
});
