import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ComputeManagementClient } from "@azure/arm-compute";
import { NetworkManagementClient } from "@azure/arm-network";
import type { SecurityRule } from "@azure/arm-network";
import { ClientSecretCredential, ManagedIdentityCredential } from "@azure/identity";
import { createSystemClock } from "@sallyport/backbone";
import { createSimulator } from "../simulator.ts";
import type { Simulator } from "../simulator.ts";
import { serveSimulator } from "../serve.ts";
import type { ServedSimulator } from "../serve.ts";
import { SMALL } from "../worlds/small-world.ts";
import { demoWorld } from "../worlds/worlds.ts";

const [GROUP, NSG] = ["rg-network", "nsg-web"];
const rule = (priority: number): SecurityRule => ({
  protocol: "Tcp",
  sourcePortRange: "*",
  destinationPortRange: "22",
  sourceAddressPrefix: "198.51.100.7",
  destinationAddressPrefix: "10.10.1.11",
  access: "Allow",
  priority,
  direction: "Inbound",
});

describe("the unmodified Azure SDK over real sockets", () => {
  let folder: string;
  let simulator: Simulator;
  let served: ServedSimulator;
  const start = async () => {
    simulator = await createSimulator({
      world: demoWorld(),
      clock: createSystemClock(),
      dataDir: folder,
      auth: true,
      timing: { ruleMs: 400 },
      pageSize: 7,
    });
    served = await serveSimulator(simulator, { armPort: 0, ec2Port: 0, host: "127.0.0.1" });
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "simulator-"));
    await start();
  });
  afterAll(async () => {
    await served.close();
    await rm(folder, { recursive: true });
  });

  const credential = async (secret = served.ready.arm.clientSecret) => {
    const { tenantId, clientId, authority, caFile } = served.ready.arm;
    const ca = await readFile(caFile, "utf8");
    return new ClientSecretCredential(tenantId, clientId, secret, {
      authorityHost: authority,
      disableInstanceDiscovery: true,
      tlsOptions: { ca },
      retryOptions: { maxRetries: 0 },
    });
  };
  const network = async (subscription = served.ready.arm.subscriptionIds[0] ?? "", secret?: string) =>
    new NetworkManagementClient(await credential(secret), subscription, {
      endpoint: served.ready.arm.url,
      tlsOptions: { ca: served.caPem },
      retryOptions: { maxRetries: 0 },
    });

  const whenSettled = async (client: NetworkManagementClient, name: string): Promise<SecurityRule> => {
    for (;;) {
      const found = await client.securityRules.get(GROUP, NSG, name);
      if (found.provisioningState !== "Updating") return found;
    }
  };

  it("signs in without a secret where the machine has an identity, by the metadata service on the plain port", async () => {
    process.env["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = served.ready.ec2.url;
    try {
      const [subscription = ""] = served.ready.arm.subscriptionIds;
      const client = new NetworkManagementClient(new ManagedIdentityCredential(), subscription, {
        endpoint: served.ready.arm.url,
        credentialScopes: ["https://management.azure.com/.default"],
        tlsOptions: { ca: served.caPem },
      });
      expect((await client.networkSecurityGroups.get(GROUP, NSG)).name).toBe(NSG);
    } finally {
      delete process.env["AZURE_POD_IDENTITY_AUTHORITY_HOST"];
    }
  });

  it("signs in, and lists all VMs page by page, with their power states", async () => {
    const names: string[] = [];
    for (const subscription of served.ready.arm.subscriptionIds) {
      const compute = new ComputeManagementClient(await credential(), subscription, {
        endpoint: served.ready.arm.url,
        tlsOptions: { ca: served.caPem },
      });
      for await (const vm of compute.virtualMachines.listAll({ expand: "instanceView" })) {
        expect(vm.instanceView?.statuses?.[0]?.code).toMatch(/^PowerState\//);
        names.push(vm.name ?? "");
      }
    }
    expect(names.length).toBe(33);
    expect(names).toEqual(expect.arrayContaining(["vm-web-01", "vm-jump-01", "vm-bare-02"]));
  });

  it("lists NSGs with their rules, interfaces, networks and public addresses", async () => {
    const client = await network();
    const count = async (list: AsyncIterable<unknown>) => {
      let n = 0;
      for await (const _one of list) n += 1;
      return n;
    };
    expect(await count(client.networkSecurityGroups.listAll())).toBe(14);
    expect(await count(client.networkInterfaces.listAll())).toBe(28);
    expect(await count(client.virtualNetworks.listAll())).toBe(3);
    expect(await count(client.publicIPAddresses.listAll())).toBe(20);
    expect(await count(client.azureFirewalls.listAll())).toBe(2);
    const nsg = await client.networkSecurityGroups.get(GROUP, "nsg-jump");
    expect(nsg.securityRules?.[0]).toMatchObject({ name: "allow-ssh", priority: 1000, destinationPortRange: "22" });
    expect(nsg.defaultSecurityRules?.length).toBe(6);
    const nic = await client.networkInterfaces.get("rg-operations", "vm-jump-01-nic");
    expect(nic.virtualMachine?.id).toMatch(/vm-jump-01$/);
  });

  it("puts a rule, waits for it, reads it, deletes it", async () => {
    const client = await network();
    const put = await client.securityRules.beginCreateOrUpdateAndWait(GROUP, NSG, "sdk-rule", rule(150));
    expect(put).toMatchObject({ provisioningState: "Succeeded", priority: 150 });
    const [held] = [await client.securityRules.get(GROUP, NSG, "sdk-rule")];
    expect(held.sourceAddressPrefixes).toEqual([]);
    await client.securityRules.beginDeleteAndWait(GROUP, NSG, "sdk-rule");
    await expect(client.securityRules.get(GROUP, NSG, "sdk-rule")).rejects.toMatchObject({
      statusCode: 404,
      code: "NotFound",
    });
    const { writes } = { writes: simulator.control.history() };
    expect(writes.at(-1)).toMatchObject({ verb: "DELETE", caller: { id: served.ready.arm.clientId } });
    expect(writes.at(-1)?.caller.agent).toContain("azsdk-js-arm-network");
  });

  it("meets conflicts, the lock and 412 as errors with code and status", async () => {
    const client = await network();
    await expect(client.securityRules.beginCreateOrUpdate(GROUP, NSG, "clash", rule(200))).rejects.toMatchObject({
      statusCode: 400,
      code: "SecurityRuleConflict",
    });
    const nsg = await client.networkSecurityGroups.get(GROUP, NSG);
    const poller = await client.securityRules.beginCreateOrUpdate(GROUP, NSG, "one", rule(151));
    await expect(client.securityRules.beginCreateOrUpdate(GROUP, NSG, "two", rule(152))).rejects.toMatchObject({
      statusCode: 429,
      code: "RetryableError",
    });
    await poller.pollUntilDone();
    const requestOptions = { customHeaders: { "If-Match": nsg.etag ?? "" } };
    await expect(client.securityRules.beginDelete(GROUP, NSG, "one", { requestOptions })).rejects.toMatchObject({
      statusCode: 412,
    });
    await client.securityRules.beginDeleteAndWait(GROUP, NSG, "one");
  });

  it("sees an accepted write cancelled when it is superseded", async () => {
    const client = await network();
    simulator.control.setFaults([{ match: { resource: "sdk-superseded" }, times: 1, effect: { kind: "supersede" } }]);
    await expect(
      client.securityRules.beginCreateOrUpdateAndWait(GROUP, NSG, "sdk-superseded", rule(160)),
    ).rejects.toThrow("canceled");
    await expect(client.securityRules.get(GROUP, NSG, "sdk-superseded")).rejects.toMatchObject({ statusCode: 404 });
  });

  it("has its connection cut when the reply is lost, though the write was carried out", async () => {
    const client = await network();
    simulator.control.setFaults([
      { match: { method: "PUT", resource: "sdk-lost" }, times: 1, effect: { kind: "lose-reply", as: "reset" } },
    ]);
    await expect(client.securityRules.beginCreateOrUpdate(GROUP, NSG, "sdk-lost", rule(161))).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect((await whenSettled(client, "sdk-lost")).priority).toBe(161);
    await client.securityRules.beginDeleteAndWait(GROUP, NSG, "sdk-lost");
  });

  it("is refused with a wrong secret, and without a good token is shown the way to the authority", async () => {
    const client = await network(undefined, "wrong");
    await expect(client.networkSecurityGroups.get(GROUP, NSG)).rejects.toThrow(/7000215/);
    const { status, challenge } = await bare(`/subscriptions?api-version=2022-12-01`, "Bearer x.y.z");
    expect([status, challenge]).toEqual([
      401,
      expect.stringContaining(`Bearer authorization_uri="${served.ready.arm.authority}/`),
    ]);
    expect((await bare(`${SMALL.nicNsg}?api-version=2025-05-01`)).status).toBe(401);
  });

  const bare = (path: string, authorization?: string) =>
    new Promise<{ status: number | undefined; challenge: string | undefined }>((resolve, reject) => {
      const { hostname, port } = new URL(served.ready.arm.url);
      const headers = authorization === undefined ? {} : { authorization };
      const sent = httpsRequest({ hostname, port, path, headers, ca: served.caPem }, (response) => {
        response.resume();
        resolve({ status: response.statusCode, challenge: response.headers["www-authenticate"] });
      });
      sent.on("error", reject).end();
    });

  it("finds after a restart what was written before it, writes under way included; CA and tokens stay good", async () => {
    const client = await network();
    const { caPem } = served;
    const token = (await (await credential()).getToken(`${served.ready.arm.url}/.default`)).token;
    await client.securityRules.beginCreateOrUpdate(GROUP, NSG, "kept", rule(170));
    await served.close();
    await start();
    expect(served.caPem).toBe(caPem);
    const again = await network();
    expect(await whenSettled(again, "kept")).toMatchObject({ priority: 170, provisioningState: "Succeeded" });
    expect(simulator.control.reachable({ vm: "vm-web-01", port: 443, source: "8.8.8.8" })).toMatchObject({
      verdict: "allowed",
    });
    // Minted for the origin of before, which had another port.
    expect((await bare(`/subscriptions?api-version=2022-12-01`, `Bearer ${token}`)).status).toBe(401);
    const general = (await (await credential()).getToken("https://management.azure.com/.default")).token;
    expect((await bare(`/subscriptions?api-version=2022-12-01`, `Bearer ${general}`)).status).toBe(200);
  });
});
