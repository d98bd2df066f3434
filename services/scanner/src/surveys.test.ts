import { owingTable } from "@sallyport/backbone";
import { isScanEvent, port } from "@sallyport/contracts";
import type { SallyportEvent } from "@sallyport/contracts";
import { aScanner } from "./a-scanner.conformance.ts";
import type { ScannerUnderTest } from "./a-scanner.conformance.ts";
import { netOf, scope } from "./net-of.conformance.ts";
import { networks, scopes } from "./tables.ts";

let backbone: ScannerUnderTest["backbone"];
let embedded: ScannerUnderTest["embedded"];
let pagesOf: ScannerUnderTest["pagesOf"];
let surveys: ScannerUnderTest["surveys"];
let writes: ScannerUnderTest["writes"];
let start: ScannerUnderTest["start"];
let said: ScannerUnderTest["said"];
let close: ScannerUnderTest["close"];
beforeEach(() => {
  ({ backbone, embedded, pagesOf, surveys, writes, start, said, close } = aScanner());
});
afterEach(() => close());

describe("the scanner", () => {
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
});
