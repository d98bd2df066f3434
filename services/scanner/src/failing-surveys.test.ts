import { SallyportError } from "@sallyport/contracts";
import type { ScopeId } from "@sallyport/contracts";
import { aScanner } from "./a-scanner.conformance.ts";
import type { ScannerUnderTest } from "./a-scanner.conformance.ts";
import { netOf, scope } from "./net-of.conformance.ts";

const other = "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a002" as ScopeId;

let backbone: ScannerUnderTest["backbone"];
let pagesOf: ScannerUnderTest["pagesOf"];
let surveys: ScannerUnderTest["surveys"];
let start: ScannerUnderTest["start"];
let said: ScannerUnderTest["said"];
let close: ScannerUnderTest["close"];
beforeEach(() => {
  ({ backbone, pagesOf, surveys, start, said, close } = aScanner());
});
afterEach(() => close());

describe("the scanner", () => {
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
});
