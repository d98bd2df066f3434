import { Instant } from "@sallyport/contracts";
import { callJson } from "../call.ts";
import { createSimulator } from "../simulator.ts";
import { createStandingClock } from "../world/standing-clock.ts";
import { SMALL, smallWorld } from "../worlds/small-world.ts";

const V = "api-version=2024-05-01";
const GROUP = SMALL.vm.split("/providers/")[0] ?? "";
const SUBSCRIPTION = GROUP.split("/resourceGroups/")[0] ?? "";

async function cloud() {
  const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
  const simulator = await createSimulator({ world: smallWorld(), clock, auth: false });
  const call = (method: string, path: string, body?: unknown) =>
    callJson(simulator.arm, method, `${path}${path.includes("?") ? "&" : "?"}${V}`, body === undefined ? {} : { body });
  return { call, clock };
}

describe("what command lines and other SDKs ask of Resource Manager", () => {
  it("a PATCH changes the tags and nothing else", async () => {
    const { call, clock } = await cloud();
    const { json: before } = await call("GET", SMALL.nicNsg);
    expect((await call("PATCH", SMALL.nicNsg, { tags: { owner: "anna" } })).status).toBe(200);
    await clock.pass(1000);
    const { json: after } = await call("GET", SMALL.nicNsg);
    const plain = (json: unknown): unknown => JSON.parse(JSON.stringify(json).replace(/W\/\\"[^"]*\\"/g, "etag"));
    expect(plain(after)).toEqual({ ...Object(plain(before)), tags: { owner: "anna" } });
  });

  it("a group goes with everything in it, and whether one exists is asked with HEAD", async () => {
    const { call } = await cloud();
    expect((await call("HEAD", GROUP)).status).toBe(204);
    expect(await call("DELETE", GROUP)).toMatchObject({
      status: 202,
      headers: { location: expect.stringMatching(/^https/) },
    });
    expect((await call("HEAD", GROUP)).status).toBe(404);
    expect((await call("GET", SMALL.vm)).status).toBe(404);
  });

  it("a group has tags of its own, is nothing inside itself, and stays where it is", async () => {
    const { call } = await cloud();
    const lonely = `${SUBSCRIPTION}/resourceGroups/rg-lonely`;
    const made = await call("PUT", lonely, { location: "westeurope", tags: { a: "b" } });
    expect(made).toMatchObject({ status: 201, json: { tags: { a: "b" } } });
    expect((await call("PATCH", lonely, { tags: { c: "d" } })).status).toBe(200);
    expect((await call("GET", lonely)).json).toMatchObject({ location: "westeurope", tags: { c: "d" } });
    expect((await call("GET", `${lonely}/resources`)).json).toEqual({ value: [] });
    const moved = await call("PUT", lonely, { location: "northeurope" });
    expect(moved).toMatchObject({ status: 409, json: { error: { code: "InvalidResourceGroupLocation" } } });
    const nobody = await call("PATCH", `${lonely}-2`, { tags: {} });
    expect(nobody).toMatchObject({ status: 404, json: { error: { code: "ResourceGroupNotFound" } } });
    await call("PUT", GROUP, { location: "West Europe", tags: { e: "f" } });
    expect((await call("GET", GROUP)).json).toMatchObject({ tags: { e: "f" } });
    expect((await call("GET", SMALL.vm)).status).toBe(200);
  });

  it("the list of all resources keeps to its filter, and refuses one that it does not know", async () => {
    const { call } = await cloud();
    await call("PUT", `${SUBSCRIPTION}/resourceGroups/rg-lonely`, { location: "westeurope" });
    await call("PATCH", SMALL.nicNsg, { tags: { owner: "anna" } });
    const ids = async (filter: string) => {
      const { json } = await call("GET", `${SUBSCRIPTION}/resources?$filter=${encodeURIComponent(filter)}`);
      return JSON.stringify(json).match(/\/subscriptions[^"]*/g) ?? [];
    };
    const group = GROUP.split("/").at(-1) ?? "";
    expect(await ids("resourceGroup eq 'rg-lonely'")).toEqual([]);
    expect(await ids(`resourceGroup eq '${group.toUpperCase()}'`)).toContain(SMALL.vm);
    const machines = "resourceType eq 'Microsoft.Compute/virtualMachines'";
    expect(await ids(`resourceGroup eq '${group}' and ${machines}`)).toEqual([SMALL.vm]);
    expect(await ids(`name eq '${SMALL.vm.split("/").at(-1) ?? ""}'`)).toEqual([SMALL.vm]);
    expect(await ids("tagName eq 'Owner' and tagValue eq 'anna'")).toEqual([SMALL.nicNsg]);
    expect(await ids("tagName eq 'owner' and tagValue eq 'Anna'")).toEqual([]);
    expect((await call("GET", `${SUBSCRIPTION}/resources?$filter=substringof('a',name)`)).status).toBe(400);
  });

  it("whether a network can give out an address, with five that it can", async () => {
    const { call } = await cloud();
    const ask = async (address: string) =>
      (await call("GET", `${SMALL.vnet}/CheckIPAddressAvailability?ipAddress=${address}`)).json;
    expect(await ask("10.0.1.50")).toEqual({ available: true, isPlatformReserved: false });
    const others = ["10.0.1.5", "10.0.1.6", "10.0.1.7", "10.0.1.8", "10.0.1.9"];
    const taken = { available: false, availableIPAddresses: others, isPlatformReserved: false };
    expect(await ask(SMALL.privateIp)).toEqual(taken);
    expect(await ask("10.0.1.0")).toEqual({ ...taken, isPlatformReserved: true });
  });

  it("an interface is given no address that its subnet cannot give out", async () => {
    const { call, clock } = await cloud();
    const make = (privateIPAddress: string) =>
      call("PUT", `${GROUP}/providers/Microsoft.Network/networkInterfaces/nic-chosen`, {
        location: "westeurope",
        properties: {
          ipConfigurations: [
            {
              name: "one",
              properties: {
                subnet: { id: `${SMALL.vnet}/subnets/snet-1` },
                privateIPAllocationMethod: "Static",
                privateIPAddress,
              },
            },
          ],
        },
      });
    const refused = (code: string) => ({ status: 400, json: { error: { code } } });
    expect(await make("10.0.2.4")).toMatchObject(refused("PrivateIPAddressNotInSubnet"));
    expect(await make("10.0.1.3")).toMatchObject(refused("PrivateIPAddressInReservedRange"));
    expect(await make("10.0.1.255")).toMatchObject(refused("PrivateIPAddressInReservedRange"));
    expect((await make("10.0.1.50")).status).toBe(201);
    await clock.pass(1000);
    expect((await make("10.0.1.50")).status).toBe(200);
  });

  it("which versions a type has, which regions and tenants there are", async () => {
    const { call } = await cloud();
    expect((await call("GET", `${SUBSCRIPTION}/providers/Microsoft.Network`)).json).toMatchObject({
      resourceTypes: expect.arrayContaining([expect.objectContaining({ resourceType: "azureFirewalls" })]),
    });
    expect((await call("GET", `${SUBSCRIPTION}/locations`)).json).toMatchObject({ value: [{ name: "westeurope" }] });
    expect((await call("GET", "/tenants")).status).toBe(200);
  });

  it("which providers there are, and that one is registered", async () => {
    const { call } = await cloud();
    expect((await call("GET", `${SUBSCRIPTION}/providers`)).json).toMatchObject({
      value: expect.arrayContaining([expect.objectContaining({ namespace: "Microsoft.Compute" })]),
    });
    const registered = await call("POST", `${SUBSCRIPTION}/providers/Microsoft.Network/register`);
    expect(registered).toMatchObject({ status: 200, json: { registrationState: "Registered" } });
  });

  it("who a principal is, by Microsoft Graph", async () => {
    const { call } = await cloud();
    const role = `${GROUP}/providers/Microsoft.Authorization/roleAssignments/one`;
    const [holder, reader] = ["aaaaaaaa-0000-4000-8000-000000000009", "acdd72a7-3385-48ef-bd42-f606fba81ae7"];
    const roleDefinitionId = `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${reader}`;
    await call("PUT", role, { properties: { roleDefinitionId, principalId: holder, principalType: "Group" } });
    const { json } = await call("POST", "/v1.0/directoryObjects/getByIds", { ids: [holder], types: ["group"] });
    expect(json).toMatchObject({ value: [{ "@odata.type": "#microsoft.graph.group", id: holder }] });
  });

  it("a write to a network beside another supersedes that, and holds what both brought", async () => {
    const { call, clock } = await cloud();
    const first = await call("PUT", `${SMALL.vnet}/subnets/a`, { properties: { addressPrefix: "10.0.8.0/24" } });
    const second = await call("PUT", `${SMALL.vnet}/subnets/b`, { properties: { addressPrefix: "10.0.9.0/24" } });
    expect([first.status, second.status]).toEqual([201, 201]);
    await clock.pass(1000);
    const url = new URL(first.headers["azure-asyncoperation"] ?? "");
    expect((await call("GET", url.pathname)).json).toMatchObject({
      status: "Canceled",
      error: { details: [{ code: "CanceledAndSupersededDueToAnotherOperation" }] },
    });
    const { json } = await call("GET", `${SMALL.vnet}/subnets`);
    expect(json).toMatchObject({ value: [{ name: "snet-1" }, { name: "a" }, { name: "b" }] });
  });
});
