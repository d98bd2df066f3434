import type { Fact, ScopeId } from "@sallyport/contracts";
import { aPrincipal } from "@sallyport/testkit";
import { aScanner } from "./a-scanner.conformance.ts";
import type { ScannerUnderTest } from "./a-scanner.conformance.ts";
import { scope } from "./net-of.conformance.ts";

let backbone: ScannerUnderTest["backbone"];
let running: ScannerUnderTest["running"];
let surveys: ScannerUnderTest["surveys"];
let start: ScannerUnderTest["start"];
let said: ScannerUnderTest["said"];
let hear: ScannerUnderTest["hear"];
let close: ScannerUnderTest["close"];
beforeEach(() => {
  ({ backbone, running, surveys, start, said, hear, close } = aScanner());
});
afterEach(() => close());

describe("the scanner", () => {
  const decided = (status: "Enrolled" | "Withdrawn", version: number, of: ScopeId = scope): Fact => ({
    type: status === "Enrolled" ? "sallyport.scope.enrolled.v1" : "sallyport.scope.withdrawn.v1",
    data: { enrolment: { scope: of, cloud: "azure", status, version, by: aPrincipal(), at: backbone.clock.now() } },
  });

  it("no longer speaks for a scope that is not enrolled any more (S30)", async () => {
    await start();
    for (const one of running.splice(0)) await one.close();
    await start({}, []);
    expect((await said()).slice(2)).toEqual(["vm-1 NOT_ENROLLED", "vm-2 NOT_ENROLLED"]);
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
});
