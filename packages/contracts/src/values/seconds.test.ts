import fc from "fast-check";
import { isoDurationOf, parseIsoDuration, seconds } from "./seconds.ts";

describe("an ISO 8601 duration", () => {
  it.each([
    ["PT5S", 5],
    ["PT2H", 7200],
    ["PT90M", 5400],
    ["P1D", 86_400],
    ["P1DT2H3M4S", 93_784],
    ["PT0S", 0],
  ])("reads %s as %d seconds", (text, expected) => {
    expect(parseIsoDuration(text)).toBe(expected);
  });

  it.each([
    ["P1W"],
    ["P1M"],
    ["P1Y"],
    ["P1Y2M"],
    ["PT1.5H"],
    ["PT"],
    ["P"],
    ["P1DT"],
    ["1H"],
    ["PT1H30"],
    ["-PT1H"],
    ["PT-1H"],
    ["pt1h"],
    ["PT1S "],
    ["PT1M1H"],
    [""],
  ])("refuses %j", (text) => {
    expect(parseIsoDuration(text)).toBeUndefined();
  });

  it("is written so that it reads back as the same length", () => {
    const length = fc.oneof(fc.constantFrom(0, 59, 60, 3599, 3600, 86_399, 86_400), fc.integer({ min: 0, max: 8e8 }));
    expect(() =>
      fc.assert(fc.property(length, (n) => parseIsoDuration(isoDurationOf(seconds(n))) === n)),
    ).not.toThrow();
  });
});
