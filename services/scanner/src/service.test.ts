import { portsThrough, quietLog, quietMetrics } from "@sallyport/backbone";
import type { Running } from "@sallyport/backbone";
import type { EmbeddedPorts } from "@sallyport/backbone-embedded";
import { SallyportError, VmLockedDown, port, scopeOf } from "@sallyport/contracts";
import type { Fact, SallyportEvent, ScopeId } from "@sallyport/contracts";
import { createAzureModel, parseAzureNet } from "@sallyport/domain";
import type { AzureNet } from "@sallyport/domain";
import { deriveEventId } from "@sallyport/service-kit";
import { aBackbone, aPolicy, aPrincipal, aVm, anEvent, anEventId } from "@sallyport/testkit";
import type { TestBackbone } from "@sallyport/testkit";
import { z } from "zod";
import { createScanner, surveyedCloud } from "./service.ts";
import type { ScannerDeps } from "./service.ts";
import { networks, scopes } from "./tables.ts";

const TableName = z.object({ name: z.string() });
const scope = scopeOf(aVm());
const other = "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a002" as ScopeId;
const group = `/subscriptions/${scope}/resourceGroups/rg-shop/providers`;

/** A network of VMs with public addresses in one subnet, whose NSG lets everybody in on 22, or nobody. */
function netOf(numbers: readonly number[], isOpen: boolean): AzureNet {
  const id = (type: string, name: string) => `${group}/Microsoft.Network/${type}/${name}`;
  const subnet = `${id("virtualNetworks", "vnet")}/subnets/web`;
  const rule = {
    name: "allow-ssh",
    properties: {
      access: "Allow",
      direction: "Inbound",
      priority: 1000,
      protocol: "Tcp",
      sourcePortRange: "*",
      destinationPortRange: "22",
      sourceAddressPrefix: "*",
      destinationAddressPrefix: "*",
    },
  };
  return parseAzureNet({
    vms: numbers.map((n) => ({
      id: aVm("azure", n),
      name: `vm-${n}`,
      location: "westeurope",
      properties: {
        storageProfile: { osDisk: { osType: "Linux" } },
        networkProfile: { networkInterfaces: [{ id: id("networkInterfaces", `nic-${n}`) }] },
        instanceView: { statuses: [{ code: "PowerState/running" }] },
      },
    })),
    interfaces: numbers.map((n) => ({
      id: id("networkInterfaces", `nic-${n}`),
      properties: {
        virtualMachine: { id: aVm("azure", n) },
        ipConfigurations: [
          {
            name: "ipconfig1",
            properties: {
              primary: true,
              privateIPAddress: `10.0.0.${3 + n}`,
              subnet: { id: subnet },
              publicIPAddress: { id: id("publicIPAddresses", `pip-${n}`) },
            },
          },
        ],
      },
    })),
    vnets: [
      {
        id: id("virtualNetworks", "vnet"),
        properties: {
          addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
          subnets: [
            {
              id: subnet,
              name: "web",
              properties: {
                addressPrefix: "10.0.0.0/24",
                networkSecurityGroup: { id: id("networkSecurityGroups", "nsg") },
              },
            },
          ],
        },
      },
    ],
    nsgs: [
      { id: id("networkSecurityGroups", "nsg"), name: "nsg", properties: { securityRules: isOpen ? [rule] : [] } },
    ],
    publicAddresses: numbers.map((n) => ({
      id: id("publicIPAddresses", `pip-${n}`),
      properties: { ipAddress: `198.51.100.${n}` },
    })),
  });
}

describe("the scanner", () => {
  let backbone: TestBackbone;
  let embedded: EmbeddedPorts;
  let running: Running[];
  let pagesOf: Map<ScopeId, () => Iterable<AzureNet>>;
  let surveys: string[];
  let writes: string[];

  const start = async (settings: Partial<ScannerDeps> = {}, enrolled = [...pagesOf.keys()]) => {
    const network = {
      survey: async function* (asked: ScopeId) {
        surveys.push(asked);
        yield* pagesOf.get(asked)?.() ?? [];
      },
    };
    const process = backbone.incarnate();
    const ports = portsThrough(process.ports, ({ port, fn, phase, args }) => {
      const [table] = args;
      if (port === "records" && fn === "put" && phase === "before") writes.push(TableName.parse(table).name);
    });
    const scanner = await createScanner({
      ...ports,
      clouds: [surveyedCloud({ cloud: "azure", network, model: createAzureModel(), scopes: enrolled })],
      deriveEventId,
      newToken: () => `token-${running.length} ${backbone.random()}`,
      everyMs: 60_000,
      ...settings,
      log: quietLog,
      metrics: quietMetrics,
    });
    running.push(scanner, process);
    await backbone.clock.pass(1);
  };
  beforeEach(() => {
    backbone = aBackbone();
    embedded = backbone.incarnate();
    running = [];
    surveys = [];
    writes = [];
    pagesOf = new Map([[scope, () => [netOf([1, 2], true)]]]);
  });
  afterEach(async () => {
    for (const one of running) await one.close();
    await embedded.close();
    backbone.store.close();
  });

  const said = async () => {
    const events: SallyportEvent[] = [];
    for await (const event of embedded.ports.bus.replay("sallyport.posture")) events.push(event);
    return events.map((event) => {
      if (event.type === "sallyport.posture.classified.v1")
        return `${event.data.profile.name} ${event.data.finding.reasonCode}`;
      return `${event.subject.slice(-4)} gone`;
    });
  };
  const hear = async (fact: Fact, n = 1) => {
    await embedded.ports.bus.publish([anEvent(fact, { id: anEventId(n) })]);
    await backbone.clock.pass(1);
  };
  const configured: Fact = { type: "sallyport.policy.configured.v1", data: { policy: aPolicy(), by: aPrincipal() } };

  it("classifies every VM of an enrolled scope at the start, each with its evidence and profile", async () => {
    await start();
    expect(await said()).toEqual(["vm-1 NSG_ALLOWS", "vm-2 NSG_ALLOWS"]);
    for await (const event of embedded.ports.bus.replay("sallyport.posture"))
      expect(event).toMatchObject({
        source: "/sallyport/scanner",
        data: {
          profile: { scope, openingTime: 15, surveyedAt: "2026-01-31T08:00:00.000Z" },
          finding: { severity: "High", evidence: expect.arrayContaining([expect.objectContaining({ kind: "rule" })]) },
        },
      });
  });

  it("says nothing about what has not changed, and says at the next survey what has", async () => {
    await start();
    await backbone.clock.pass(120_000);
    expect(surveys).toHaveLength(3);
    expect(await said()).toHaveLength(2);
    pagesOf.set(scope, () => [netOf([1], true), netOf([2], false)]);
    await backbone.clock.pass(60_000);
    expect((await said()).slice(2)).toEqual(["vm-2 NSG_BLOCKS"]);
  });

  it("writes nothing about a VM that was seen again as it was", async () => {
    await start();
    const before = writes.length;
    await backbone.clock.pass(120_000);
    expect(writes.slice(before).filter((table) => table === "scanner.vms" || table === "scanner.networks")).toEqual([]);
  });

  it("says nothing about a VM that was only seen on another page", async () => {
    await start();
    pagesOf.set(scope, () => [netOf([], true), netOf([2], true), netOf([1], true)]);
    await backbone.clock.pass(60_000);
    expect(await said()).toHaveLength(2);
  });

  it("says that a VM is gone once a complete survey has not seen it, and that it is back", async () => {
    await start();
    pagesOf.set(scope, () => [netOf([1], true)]);
    await backbone.clock.pass(60_000);
    pagesOf.set(scope, () => [netOf([1, 2], true)]);
    await backbone.clock.pass(60_000);
    expect((await said()).slice(2)).toEqual(["vm-2 gone", "vm-2 NSG_ALLOWS"]);
  });

  it("calls no VM gone when the survey broke off, keeps what it saw, and tries again soon", async () => {
    await start();
    pagesOf.set(scope, function* () {
      yield netOf([2], false);
      throw new Error("503");
    });
    await backbone.clock.pass(61_000);
    expect((await said()).slice(2)).toEqual(["vm-2 NSG_BLOCKS"]);
    const before = surveys.length;
    await backbone.clock.pass(5000);
    expect(surveys.length).toBeGreaterThan(before);
  });

  it("waits longer after each failure in a row, and never less than the cloud asks", async () => {
    let isAway = true;
    let retryAfterMs: number | undefined;
    pagesOf.set(scope, () => {
      if (isAway)
        throw new SallyportError({
          code: "azure.throttled",
          detail: "slow down",
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        });
      return [netOf([1], true)];
    });
    await start();
    await backbone.clock.pass(5000 + 10_000 + 20_000);
    expect(surveys).toHaveLength(4);
    retryAfterMs = 300_000;
    await backbone.clock.pass(40_000 + 299_000);
    expect(surveys).toHaveLength(5);
    isAway = false;
    await backbone.clock.pass(1000);
    expect(surveys).toHaveLength(6);
    await backbone.clock.pass(60_000);
    expect(surveys).toHaveLength(7);
  });

  it("surveys every other scope while one fails", async () => {
    pagesOf.set(other, () => {
      throw new Error("401");
    });
    pagesOf.set(scope, () => [netOf([1], true)]);
    await start();
    expect(await said()).toEqual(["vm-1 NSG_ALLOWS"]);
  });

  it("looks again at once when the policy or the lockdown of a VM changes", async () => {
    await start();
    await hear(configured);
    const locked = {
      type: VmLockedDown.type,
      data: VmLockedDown.data.parse({
        ...VmLockedDown.example,
        lockdown: { ...VmLockedDown.example.lockdown, vm: aVm() },
      }),
    };
    await hear(locked, 2);
    await hear(
      {
        type: "sallyport.policy.removed.v1",
        data: { vm: aVm(), by: aPrincipal(), version: 2, at: backbone.clock.now() },
      },
      3,
    );
    expect(surveys).toHaveLength(1);
    const events: SallyportEvent[] = [];
    for await (const event of embedded.ports.bus.replay("sallyport.posture")) events.push(event);
    expect(events.slice(2)).toMatchObject([
      {
        causationid: anEventId(1),
        data: {
          finding: {
            reasonCode: "JIT_ENABLED",
            warnings: [expect.anything(), expect.stringContaining("not closed yet")],
          },
        },
      },
      {
        causationid: anEventId(2),
        data: { finding: { reasonCode: "JIT_ENABLED", warnings: [expect.stringContaining("anybody")] } },
      },
      { causationid: anEventId(3), data: { finding: { reasonCode: "NSG_ALLOWS" } } },
    ]);
  });

  it("remembers a policy that it hears of before it has seen the VM", async () => {
    pagesOf.set(scope, () => []);
    await start();
    await hear(configured);
    pagesOf.set(scope, () => [netOf([1], true)]);
    await backbone.clock.pass(60_000);
    expect(await said()).toEqual(["vm-1 JIT_ENABLED"]);
  });

  it("takes turns with its replicas, and goes on where one has died", async () => {
    await start();
    await start();
    await backbone.clock.pass(300_000);
    expect(surveys.length).toBeLessThanOrEqual(7);
    expect(await said()).toHaveLength(2);
    await running.shift()?.close();
    const before = surveys.length;
    await backbone.clock.pass(120_000);
    expect(surveys.length).toBeGreaterThan(before);
  });

  it("no longer speaks for a scope that is not enrolled any more (S30)", async () => {
    await start();
    for (const one of running.splice(0)) await one.close();
    await start({}, []);
    expect((await said()).slice(2)).toEqual(["vm-1 NOT_ENROLLED", "vm-2 NOT_ENROLLED"]);
  });

  it("leaves alone what the deployment has switched the recommendation off for (A2)", async () => {
    await start({ disabledScopes: [`/subscriptions/${scope}/resourceGroups/RG-SHOP`] });
    expect(await said()).toEqual(["vm-1 POLICY_DISABLED", "vm-2 POLICY_DISABLED"]);
  });

  it("asks about the management ports that the deployment names", async () => {
    await start({ managementPorts: [port(3389)] });
    expect(await said()).toEqual(["vm-1 NSG_BLOCKS", "vm-2 NSG_BLOCKS"]);
  });

  it("keeps the networks of the last survey, and when it was", async () => {
    pagesOf.set(scope, () => [netOf([1], true), netOf([2], true)]);
    await start();
    pagesOf.set(scope, () => [netOf([1], true)]);
    await backbone.clock.pass(60_000);
    const { records } = embedded.ports;
    expect(await records.get(networks, `${scope} 0`)).toMatchObject({ value: { net: netOf([1], true) } });
    expect(await records.get(networks, `${scope} 1`)).toBeUndefined();
    expect(await records.get(scopes, scope)).toMatchObject({ value: { vms: 1, completedAt: expect.any(String) } });
  });
});
