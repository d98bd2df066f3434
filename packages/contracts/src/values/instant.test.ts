import fc from "fast-check";
import { Instant, earliest, instantOf, isBefore, latest, msBetween, msOf, plusMs, plusSeconds } from "./instant.ts";

const anyInstant = fc
  .oneof(fc.constantFrom(0, 253_402_300_799_999), fc.integer({ min: 0, max: 253_402_300_799_999 }))
  .map(instantOf);

describe("an instant", () => {
  it.each([["2026-01-31T10:00:00.000Z"], ["2024-02-29T23:59:59.999Z"]])("reads %s", (text) => {
    expect(Instant.parse(text)).toBe(text);
  });

  it.each([
    ["2026-01-31T10:00:00Z"],
    ["2026-01-31T10:00:00.000+00:00"],
    ["2026-01-31T10:00:00.000"],
    ["2026-02-30T10:00:00.000Z"],
    ["2025-02-29T10:00:00.000Z"],
    ["2026-01-31 10:00:00.000Z"],
    ["2026-01-31"],
    ["1769853600000"],
  ])("refuses %s: two of them must compare as strings", (text) => {
    expect(Instant.safeParse(text).success).toBe(false);
  });

  it("sorts as text as it does in time", () => {
    expect(() =>
      fc.assert(fc.property(anyInstant, anyInstant, (a, b) => isBefore(a, b) === msOf(a) < msOf(b))),
    ).not.toThrow();
  });

  it("survives milliseconds and back, and parses as itself", () => {
    expect(() =>
      fc.assert(fc.property(anyInstant, (at) => instantOf(msOf(at)) === at && Instant.parse(at) === at)),
    ).not.toThrow();
  });

  it("adds and measures in milliseconds and in seconds", () => {
    const at = instantOf(0);
    expect(plusMs(at, 1500)).toBe("1970-01-01T00:00:01.500Z");
    expect(plusSeconds(at, 90)).toBe("1970-01-01T00:01:30.000Z");
    expect(msBetween(plusSeconds(at, 2), at)).toBe(-2000);
  });

  it("names the earliest and the latest of several", () => {
    const [a, b, c] = [instantOf(1), instantOf(2), instantOf(3)];
    expect(earliest(b, c, a)).toBe(a);
    expect(latest(b, c, a)).toBe(c);
  });
});
