import { quietLog, quietMetrics } from "@sallyport/backbone";
import type { ScopeId } from "@sallyport/contracts";
import { createAzureModel } from "@sallyport/domain";
import { deriveEventId } from "@sallyport/service-kit";
import { aScanner } from "./a-scanner.conformance.ts";
import type { ScannerUnderTest } from "./a-scanner.conformance.ts";
import { netOf } from "./net-of.conformance.ts";
import { createScanner, surveyedCloud } from "./service.ts";

let backbone: ScannerUnderTest["backbone"];
let embedded: ScannerUnderTest["embedded"];
let running: ScannerUnderTest["running"];
let surveys: ScannerUnderTest["surveys"];
let start: ScannerUnderTest["start"];
let said: ScannerUnderTest["said"];
let close: ScannerUnderTest["close"];
beforeEach(() => {
  ({ backbone, embedded, running, surveys, start, said, close } = aScanner());
});
afterEach(() => close());

describe("the scanner", () => {
  const netNow = netOf([1], true);

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
});
