import type { Fact } from "@sallyport/contracts";
import { aGrantId, anAccess, aVm } from "@sallyport/testkit";
import { aScanner } from "./a-scanner.conformance.ts";
import type { ScannerUnderTest } from "./a-scanner.conformance.ts";
import { netOf, scope } from "./net-of.conformance.ts";
import { exposures } from "./tables.ts";

let backbone: ScannerUnderTest["backbone"];
let embedded: ScannerUnderTest["embedded"];
let pagesOf: ScannerUnderTest["pagesOf"];
let writes: ScannerUnderTest["writes"];
let start: ScannerUnderTest["start"];
let hear: ScannerUnderTest["hear"];
let close: ScannerUnderTest["close"];
beforeEach(() => {
  ({ backbone, embedded, pagesOf, writes, start, hear, close } = aScanner());
});
afterEach(() => close());

describe("the scanner the exposure that is kept", () => {
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
