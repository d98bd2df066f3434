import { SallyportError, isScanEvent, scanIdOf } from "@sallyport/contracts";
import type { Fact, SallyportEvent } from "@sallyport/contracts";
import { aPrincipal } from "@sallyport/testkit";
import { aScanner } from "./a-scanner.conformance.ts";
import type { ScannerUnderTest } from "./a-scanner.conformance.ts";
import { netOf, scope } from "./net-of.conformance.ts";

let backbone: ScannerUnderTest["backbone"];
let embedded: ScannerUnderTest["embedded"];
let pagesOf: ScannerUnderTest["pagesOf"];
let surveys: ScannerUnderTest["surveys"];
let start: ScannerUnderTest["start"];
let hear: ScannerUnderTest["hear"];
let close: ScannerUnderTest["close"];
let pageMs: number;
beforeEach(() => {
  pageMs = 0;
  ({ backbone, embedded, pagesOf, surveys, start, hear, close } = aScanner({ pageMs: () => pageMs }));
});
afterEach(() => close());

describe("the scanner", () => {
  const scansSaid = async () => {
    const events: SallyportEvent[] = [];
    for await (const event of embedded.ports.bus.replay("sallyport.posture")) events.push(event);
    return events.flatMap((event) => (isScanEvent(event) && "status" in event.data.scan ? [event.data.scan] : []));
  };
  const askedFor = (at = backbone.clock.now()): Fact => ({
    type: "sallyport.access.scan-requested.v1",
    data: { scan: { id: scanIdOf(scope, at), scope, cloud: "azure", by: aPrincipal(), at } },
  });

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
});
