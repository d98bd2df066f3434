import fc from "fast-check";
import { instantOf } from "@sallyport/contracts";
import type { GrantId, LockdownId, ObjectId } from "@sallyport/contracts";
import { markText, readMark, sameClaim, signedText } from "./mark.ts";
import type { Claim, Mark } from "./mark.ts";

const text = (pattern: RegExp) => fc.stringMatching(pattern);
const id = text(/^[a-z0-9]{8,32}$/);
const claim: fc.Arbitrary<Claim> = fc.oneof(
  id.map((it): Claim => ({ kind: "lockdown", id: it as LockdownId })),
  fc
    .tuple(id, fc.integer({ min: 0, max: 253_402_300_799 }))
    .map(([it, second]): Claim => ({ kind: "grant", id: it as GrantId, end: instantOf(second * 1000) })),
);
const mark: fc.Arbitrary<Mark> = fc.record({
  claim,
  keyId: text(/^[A-Za-z0-9_-]{1,24}$/),
  signature: text(/^[A-Za-z0-9_-]{22}$/),
});
const grant: Claim = { kind: "grant", id: "g7k2m9q4x1b8" as GrantId, end: instantOf(Date.UTC(2026, 0, 31, 10)) };

describe("a mark on a rule", () => {
  it("reads back as it was written, within the 140 characters of a description", () => {
    fc.assert(
      fc.property(mark, (it) => {
        expect(markText(it).length).toBeLessThanOrEqual(140);
        expect(readMark(markText(it))).toEqual(it);
      }),
    );
  });

  it("tells a person what it is and until when", () => {
    expect(markText({ claim: grant, keyId: "k1", signature: "unsigned" })).toBe(
      "Sallyport access until 2026-01-31 10:00 UTC sp1.g7k2m9q4x1b8.t9q3s0.k1.unsigned",
    );
    expect(markText({ claim: { kind: "lockdown", id: "l7k2m9q4" as LockdownId }, keyId: "k1", signature: "s" })).toBe(
      "Sallyport keeps these ports closed sp1.l7k2m9q4.-.k1.s",
    );
  });

  it("never ends before the grant does, when its end is not a whole second", () => {
    const late: Claim = { ...grant, end: instantOf(Date.UTC(2026, 0, 31, 10) + 1) };
    expect(readMark(markText({ claim: late, keyId: "k", signature: "s" }))?.claim).toEqual({
      ...grant,
      end: "2026-01-31T10:00:01.000Z",
    });
  });

  it("is not seen in what is none, and never throws on what people write", () => {
    for (const other of ["", "sp1", "allow ssh", "sp1.short.-.k.s", "sp1.g7k2m9q4.zzzzzzzz.k.s", "xsp1.g7k2m9q4.-.k.s"])
      expect(readMark(other)).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (it) => {
        readMark(it);
      }),
    );
  });

  it("is signed for one claim in one place", () => {
    const place = { object: "nsg" as ObjectId, rule: "r" };
    const texts = [
      signedText(grant, place),
      signedText({ ...grant, id: "g7k2m9q4x1b9" as GrantId }, place),
      signedText({ kind: "lockdown", id: "g7k2m9q4x1b8" as LockdownId }, place),
      signedText({ ...grant, end: instantOf(Date.UTC(2026, 0, 31, 11)) }, place),
      signedText(grant, { ...place, object: "other" as ObjectId }),
      signedText(grant, { ...place, rule: "r2" }),
    ];
    expect(new Set(texts).size).toBe(texts.length);
    expect(sameClaim(grant, { ...grant })).toBe(true);
    expect(sameClaim(grant, { ...grant, end: instantOf(Date.UTC(2026, 0, 31, 11)) })).toBe(false);
  });
});
