import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecurityCenter } from "@azure/arm-security";
import { ClientSecretCredential } from "@azure/identity";
import { startEmbedded } from "@sallyport/sallyport";

const RECOMMENDATION = "805651bc-6ecd-4c73-9b55-97a19d0582d0";
const [GROUP, REGION] = ["rg-operations", "westeurope"];
const POLL_MS = 100;
/** Of the demonstration's first subscription. */
const MACHINES = 27;

// Real sockets, real time, and nothing of ours on the client's side.
describe("Azure's own client", () => {
  let dir: string;
  let system: Awaited<ReturnType<typeof startEmbedded>>;
  let client: SecurityCenter;
  let subscription: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "sallyport-jit-"));
    system = await startEmbedded({ dataDir: dir, port: 0, armPort: 0, ec2Port: 0, world: "demo", logLevel: "error" });
    const { arm } = system.ready.simulator;
    const ca = readFileSync(arm.caFile, "utf8");
    const credential = new ClientSecretCredential(arm.tenantId, arm.clientId, arm.clientSecret, {
      authorityHost: arm.authority,
      disableInstanceDiscovery: true,
      tlsOptions: { ca },
    });
    subscription = arm.subscriptionIds[0] ?? "";
    client = new SecurityCenter(credential, subscription, { endpoint: arm.url, tlsOptions: { ca } });
    // The first survey is done when every machine of the subscription has its assessment.
    await until(async () => {
      const assessed = await all(client.assessments.list(`/subscriptions/${subscription}`));
      return assessed.filter(({ name }) => name === RECOMMENDATION).length >= MACHINES;
    });
  });
  afterAll(async () => {
    await system.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const all = async <Item>(pages: AsyncIterable<Item>): Promise<readonly Item[]> => {
    const items: Item[] = [];
    for await (const item of pages) items.push(item);
    return items;
  };
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    while (!(await isSo()))
      await new Promise((resolve) => AbortSignal.timeout(POLL_MS).addEventListener("abort", resolve));
  };
  const idOf = (name: string) =>
    `/subscriptions/${subscription}/resourceGroups/${GROUP}/providers/Microsoft.Compute/virtualMachines/${name}`;
  const bodyOf = (...ids: readonly string[]) => ({
    kind: "Basic",
    virtualMachines: ids.map((id) => ({
      id,
      ports: [{ number: 22, protocol: "TCP", allowedSourceAddressPrefix: "*", maxRequestAccessDuration: "PT3H" }],
    })),
  });

  it("calls all eight operations unmodified, and sees a request opened and in the history", async () => {
    const policies = client.jitNetworkAccessPolicies;
    const vm = idOf("vm-jump-01");
    const made = await policies.createOrUpdate(GROUP, REGION, "default", bodyOf(vm));
    expect(made).toMatchObject({ name: "default", location: REGION, provisioningState: "Succeeded" });
    const lists = [
      policies.list(),
      policies.listByRegion(REGION),
      policies.listByResourceGroup(GROUP),
      policies.listByResourceGroupAndRegion(GROUP, REGION),
    ];
    for (const list of lists) expect((await all(list)).map(({ id }) => id)).toEqual([made.id]);
    const endTimeUtc = new Date(Date.now() + 600_000);
    const said = await policies.initiate(GROUP, REGION, "default", {
      virtualMachines: [{ id: vm, ports: [{ number: 22, endTimeUtc, allowedSourceAddressPrefix: "198.51.100.77" }] }],
      justification: "hotfix 4711",
    });
    expect(said.virtualMachines[0]?.ports[0]).toMatchObject({ number: 22, status: "Initiating" });
    const statusOf = async () =>
      (await policies.get(GROUP, REGION, "default")).requests?.[0]?.virtualMachines[0]?.ports[0]?.status;
    await until(async () => (await statusOf()) === "Initiated");
    const [assessed] = await all(client.assessments.list(vm));
    expect(assessed).toMatchObject({ name: RECOMMENDATION });
    await until(async () => (await client.assessments.get(vm, RECOMMENDATION)).status?.cause === "JIT_ENABLED");
    await policies.delete(GROUP, REGION, "default");
    await policies.delete(GROUP, REGION, "default");
    await expect(policies.get(GROUP, REGION, "default")).rejects.toMatchObject({
      statusCode: 404,
      code: "PolicyNotFound",
    });
  });

  it("follows the links from page to page", async () => {
    const policies = client.jitNetworkAccessPolicies;
    const assessed = await all(client.assessments.list(`/subscriptions/${subscription}`));
    const machines = assessed.flatMap(({ id = "" }) => {
      const [, vm = "", group = "", name = ""] =
        /^(\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)\/providers\/Microsoft.Compute\/virtualMachines\/([^/]+))\//i.exec(
          id,
        ) ?? [];
      return vm === "" ? [] : [{ vm, group, name }];
    });
    const named: string[] = [];
    for (const { vm, group, name } of machines) {
      // Those that cannot be protected are refused, and in no list.
      const made = await policies.createOrUpdate(group, REGION, name, bodyOf(vm)).catch(() => undefined);
      if (made !== undefined) named.push(name);
    }
    expect(named.length).toBeGreaterThan(20);
    const pages: number[] = [];
    for await (const page of policies.list().byPage()) pages.push(page.length);
    expect(pages).toEqual([20, named.length - 20]);
    expect(new Set((await all(policies.list())).map(({ name }) => name))).toEqual(new Set(named));
  });

  it("reads Azure's codes in what is refused", async () => {
    const body = { virtualMachines: [{ id: idOf("vm-jump-01"), ports: [{ number: 22, endTimeUtc: new Date(0) }] }] };
    await expect(client.jitNetworkAccessPolicies.initiate(GROUP, REGION, "nothing", body)).rejects.toMatchObject({
      code: expect.stringMatching(/^(PolicyNotFound|InvalidInitiateInput)$/),
    });
    const noVm = client.jitNetworkAccessPolicies.createOrUpdate(GROUP, REGION, "default", bodyOf("/subscriptions/x"));
    await expect(noVm).rejects.toMatchObject({ statusCode: 400, code: "LinkedInvalidPropertyId" });
  });
});
