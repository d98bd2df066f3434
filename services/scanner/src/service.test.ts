import { owingTable, portsThrough, quietLog, quietMetrics, wait } from "@sallyport/backbone";
import type { Running } from "@sallyport/backbone";
import type { EmbeddedPorts } from "@sallyport/backbone-embedded";
import { SallyportError, VmLockedDown, isScanEvent, port, scanIdOf, scopeOf } from "@sallyport/contracts";
import type { Fact, SallyportEvent, ScopeId } from "@sallyport/contracts";
import { createAzureModel, parseAzureNet } from "@sallyport/domain";
import type { AzureNet } from "@sallyport/domain";
import { deriveEventId } from "@sallyport/service-kit";
import { aBackbone, aGrantId, aPolicy, aPrincipal, anAccess, aVm, anEvent, anEventId } from "@sallyport/testkit";
import type { TestBackbone } from "@sallyport/testkit";
import { z } from "zod";
import { createScanner, surveyedCloud } from "./service.ts";
import type { ScannerDeps } from "./service.ts";
import { exposures, networks, scopes } from "./tables.ts";

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
  let reads: number;
  let pageMs: number;
  let delays: Map<ScopeId, Promise<void>>;
  let netNow: AzureNet;

  const start = async (settings: Partial<ScannerDeps> = {}, enrolled = [...pagesOf.keys()]) => {
    const network = {
      survey: async function* (asked: ScopeId) {
        surveys.push(asked);
        await delays.get(asked);
        for (const page of pagesOf.get(asked)?.() ?? []) {
          if (pageMs > 0) await wait(backbone.clock, pageMs);
          yield page;
        }
      },
      read: async () => {
        reads++;
        return netNow;
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
    reads = 0;
    pageMs = 0;
    delays = new Map();
    netNow = netOf([1], true);
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
    return events.flatMap((event) => {
      if (isScanEvent(event)) return [];
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
    const events: SallyportEvent[] = [];
    for await (const event of embedded.ports.bus.replay("sallyport.posture")) events.push(event);
    for (const event of events.filter((one) => !isScanEvent(one)))
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
    netNow = netOf([1], false);
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
    for await (const event of embedded.ports.bus.replay("sallyport.posture"))
      if (!isScanEvent(event)) events.push(event);
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
      { causationid: anEventId(3), data: { finding: { reasonCode: "NSG_BLOCKS" } } },
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

  const decided = (status: "Enrolled" | "Withdrawn", version: number, of: ScopeId = scope): Fact => ({
    type: status === "Enrolled" ? "sallyport.scope.enrolled.v1" : "sallyport.scope.withdrawn.v1",
    data: { enrolment: { scope: of, cloud: "azure", status, version, by: aPrincipal(), at: backbone.clock.now() } },
  });

  it("evaluates nothing of a scope that is withdrawn, and reads nothing of it, until it is enrolled again (S30)", async () => {
    await start();
    const before = (await said()).length;
    await hear(decided("Withdrawn", 1), 1);
    expect((await said()).slice(before)).toEqual(["vm-1 NOT_ENROLLED", "vm-2 NOT_ENROLLED"]);
    surveys.splice(0);
    await backbone.clock.pass(600_000);
    expect(surveys).toEqual([]);
    await hear(decided("Enrolled", 2), 2);
    expect((await said()).slice(before + 2)).toEqual((await said()).slice(0, 2));
    await backbone.clock.pass(5000);
    expect(surveys).toEqual([scope]);
  });

  it("takes no older decision for a newer one, and one of another scope for none of its own", async () => {
    await start();
    const before = await said();
    await hear(decided("Enrolled", 2), 1);
    await hear(decided("Withdrawn", 1), 2);
    await hear(decided("Withdrawn", 3, "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a077" as ScopeId), 3);
    expect(await said()).toEqual(before);
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
    expect(await records.get(owingTable(scopes), scope)).toMatchObject({
      value: { value: { scan: { status: "Completed", vms: 1, asOf: expect.any(String) } } },
    });
  });

  const scansSaid = async () => {
    const events: SallyportEvent[] = [];
    for await (const event of embedded.ports.bus.replay("sallyport.posture")) events.push(event);
    return events.flatMap((event) => (isScanEvent(event) && "status" in event.data.scan ? [event.data.scan] : []));
  };

  it("says when a scan begins and ends, and what came of it", async () => {
    await start();
    expect(await scansSaid()).toMatchObject([
      { scope, status: "Running", pages: 0 },
      { scope, status: "Completed", pages: 1, vms: 2, changed: 2, gone: 0, asOf: "2026-01-31T08:00:00.000Z" },
    ]);
    pagesOf.set(scope, () => [netOf([1], false)]);
    await backbone.clock.pass(60_000);
    expect((await scansSaid()).at(-1)).toMatchObject({ vms: 1, changed: 1, gone: 1, requests: [] });
  });

  it("says of a scan that broke off why, and as of when the findings are that stand", async () => {
    await start();
    pagesOf.set(scope, function* () {
      yield netOf([2], true);
      throw new SallyportError({ code: "azure.throttled", detail: "slow down" });
    });
    await backbone.clock.pass(60_000);
    expect((await scansSaid()).at(-1)).toMatchObject({
      status: "Failed",
      vms: 1,
      asOf: "2026-01-31T08:00:00.000Z",
      staleAfter: "2026-01-31T08:03:00.000Z",
      fault: { code: "azure.throttled" },
    });
  });

  it("says of a scan that takes long how far it has come", async () => {
    pagesOf.set(scope, () => [1, 2, 3].map((n) => netOf([n], true)));
    pageMs = 6000;
    await start();
    await backbone.clock.pass(18_000);
    expect((await scansSaid()).map(({ status, vms }) => `${status} ${vms}`)).toEqual([
      "Running 0",
      "Running 1",
      "Running 2",
      "Running 3",
      "Completed 3",
    ]);
  });

  const askedFor = (at = backbone.clock.now()): Fact => ({
    type: "sallyport.access.scan-requested.v1",
    data: { scan: { id: scanIdOf(scope, at), scope, cloud: "azure", by: aPrincipal(), at } },
  });

  it("scans at once when asked to, once for each time it is asked, and says which request that answers", async () => {
    await start();
    await backbone.clock.pass(10_000);
    const asked = askedFor();
    await hear(asked);
    await hear(asked, 2);
    expect(surveys).toHaveLength(2);
    const id = scanIdOf(scope, "2026-01-31T08:00:10.001Z" as Parameters<typeof scanIdOf>[1]);
    expect((await scansSaid()).at(-1)).toMatchObject({ id, status: "Completed", requests: [id] });
  });

  it("surveys so many scopes at once and no more, and lends on the place of one that hangs", async () => {
    let [running, most] = [0, 0];
    const hang = new Promise<void>(() => undefined);
    const many = Array.from({ length: 6 }, (_, n) => `6f1c9f0e-7d3a-4c11-9a57-1d2f60e1b00${n}` as ScopeId);
    const network = {
      survey: async function* (asked: ScopeId) {
        surveys.push(asked);
        most = Math.max(most, ++running);
        if (asked === many[0]) await hang;
        await Promise.resolve();
        running--;
        yield netOf([], true);
      },
      read: async () => netNow,
    };
    const clouds = [surveyedCloud({ cloud: "azure", network, model: createAzureModel(), scopes: many })];
    const scanner = await createScanner({
      ...embedded.ports,
      clouds,
      deriveEventId,
      newToken: () => `token ${backbone.random()}`,
      everyMs: 600_000,
      surveysAtOnce: 1,
      log: quietLog,
      metrics: quietMetrics,
    });
    await backbone.clock.pass(1000);
    expect(surveys).toEqual([many[0]]);
    await backbone.clock.pass(120_000);
    expect([new Set(surveys).size, most]).toEqual([6, 2]);
    void scanner.close(); // the one that hangs is waited for
  });

  describe("on news about one VM", () => {
    const drift: Fact = {
      type: "sallyport.access.drift-detected.v1",
      data: { vm: aVm(), object: "nsg" as never, kind: "missing", detail: "", at: "2026-01-31T08:00:00.000Z" as never },
    };

    it("reads this VM afresh, and no other", async () => {
      await start();
      netNow = netOf([1], false);
      await hear(drift);
      await backbone.clock.pass(1000);
      expect(reads).toBe(1);
      expect(surveys).toHaveLength(1);
      expect((await said()).slice(2)).toEqual(["vm-1 NSG_BLOCKS"]);
    });

    it("lets no survey that began before have the last word", async () => {
      await start();
      netNow = netOf([1], false);
      let goOn = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      delays.set(scope, held);
      await backbone.clock.pass(60_000);
      await hear(drift);
      await backbone.clock.pass(1000);
      expect((await said()).slice(2)).toEqual(["vm-1 NSG_BLOCKS"]);
      goOn();
      await backbone.clock.pass(1000);
      expect((await said()).slice(3)).toEqual([]);
      delays.clear();
      await backbone.clock.pass(60_000);
      expect((await said()).slice(3)).toEqual(["vm-1 NSG_ALLOWS"]);
    });

    it("reads nothing of a scope that is not its own", async () => {
      await start();
      await hear({
        ...drift,
        data: { ...drift.data, vm: aVm("azure", 1).replace(scope, other) as ReturnType<typeof aVm> },
      } as Fact);
      await backbone.clock.pass(1000);
      expect(reads).toBe(0);
    });
  });

  describe("the exposure that is kept", () => {
    const kept = async () => (await embedded.ports.records.get(exposures, aVm()))?.value.steps ?? [];
    const onSsh = async () =>
      (await kept()).map(({ from, doors }) => {
        const ssh = doors.find(({ port: at }) => at === 22);
        return `${from.slice(11, 19)} ${ssh?.withGrants.ipv4 ?? 0} ${ssh?.withoutGrants.ipv4 ?? 0}`;
      });
    const INSIDE = 65_536 + 1;
    const EVERYBODY = 2 ** 32;

    it("counts who gets in, and from when on; a look that sees the same writes nothing", async () => {
      await start();
      await backbone.clock.pass(60_000);
      expect(await onSsh()).toEqual([`08:00:00 ${EVERYBODY} ${EVERYBODY}`]);
      const before = writes.length;
      await backbone.clock.pass(60_000);
      expect(writes.slice(before)).not.toContain("scanner.exposures");
      pagesOf.set(scope, () => [netOf([1, 2], false)]);
      await backbone.clock.pass(60_000);
      expect((await onSsh()).slice(1)).toEqual([`08:03:00 ${INSIDE} ${INSIDE}`]);
    });

    it("tells our own grants from everything else, to the second, whatever comes twice or late", async () => {
      pagesOf.set(scope, () => [netOf([1, 2], false)]);
      await start();
      const access = anAccess({ grantId: aGrantId() });
      const at = (time: string) => `2026-01-31T${time}.000Z` as never;
      const granted = {
        type: "sallyport.access.granted.v1",
        data: {
          access,
          openedAt: at("08:10:00"),
          expiresAt: at("08:20:00"),
          ways: [],
          objects: [],
          closing: { sessions: "kept", because: "" },
        },
      } as Fact;
      const receipt = {
        grantId: access.grantId,
        closedAt: at("08:20:01"),
        reason: "expired",
        readBack: [],
        stillOpen: [],
        keyId: "k",
        signature: "s",
      };
      await hear(granted);
      await hear(granted, 2);
      await hear({ type: "sallyport.access.revoked.v1", data: { access, reason: "expired", receipt } } as never, 3);
      await hear(granted, 4);
      expect(await onSsh()).toEqual([
        `08:00:00 ${INSIDE} ${INSIDE}`,
        `08:10:00 ${INSIDE + 1} ${INSIDE}`,
        `08:20:01 ${INSIDE} ${INSIDE}`,
      ]);
    });

    it("ends with the VM", async () => {
      await start();
      pagesOf.set(scope, () => [netOf([2], true)]);
      await backbone.clock.pass(60_000);
      expect((await kept()).at(-1)).toEqual({ from: "2026-01-31T08:01:00.000Z", doors: [] });
    });
  });
});
