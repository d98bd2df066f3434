import { VmLockedDown, isScanEvent } from "@sallyport/contracts";
import type { Fact, SallyportEvent, ScopeId } from "@sallyport/contracts";
import type { AzureNet } from "@sallyport/domain";
import { aPolicy, aPrincipal, aVm, anEventId } from "@sallyport/testkit";
import { aScanner } from "./a-scanner.conformance.ts";
import type { ScannerUnderTest } from "./a-scanner.conformance.ts";
import { netOf, scope } from "./net-of.conformance.ts";

const other = "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a002" as ScopeId;

let backbone: ScannerUnderTest["backbone"];
let embedded: ScannerUnderTest["embedded"];
let pagesOf: ScannerUnderTest["pagesOf"];
let delays: ScannerUnderTest["delays"];
let surveys: ScannerUnderTest["surveys"];
let start: ScannerUnderTest["start"];
let said: ScannerUnderTest["said"];
let hear: ScannerUnderTest["hear"];
let close: ScannerUnderTest["close"];
let netNow: AzureNet;
let reads: number;
beforeEach(() => {
  netNow = netOf([1], true);
  reads = 0;
  ({ backbone, embedded, pagesOf, delays, surveys, start, said, hear, close } = aScanner({
    read: async () => {
      reads++;
      return netNow;
    },
  }));
});
afterEach(() => close());

describe("the scanner", () => {
  const configured: Fact = { type: "sallyport.policy.configured.v1", data: { policy: aPolicy(), by: aPrincipal() } };

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
});
