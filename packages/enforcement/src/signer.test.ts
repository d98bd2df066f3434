import { ObjectId, plusSeconds, Receipt } from "@sallyport/contracts";
import type { Cidr, Instant } from "@sallyport/contracts";
import { markText, readMark } from "@sallyport/domain";
import type { Claim, Mark, Place } from "@sallyport/domain";
import { aGrantId } from "@sallyport/testkit";
import { LockdownId } from "@sallyport/contracts";
import { createSigner } from "./signer.ts";

const old = { id: "k1", secret: "the old secret of at least thirty-two letters" };
const young = { id: "k2", secret: "the young secret of at least thirty-two letters" };
const end = "2026-01-31T10:00:00.000Z" as Instant;
const claim: Claim = { kind: "grant", id: aGrantId(1), end };
const place: Place = { object: ObjectId.parse("nsg-web"), rule: "sallyport-allow-g1" };

describe("a signed mark", () => {
  const { seal } = createSigner([old]);
  const mark = seal.sign(claim, place);

  it("verifies where it was signed, also when it was read off the rule", () => {
    expect(seal.verifies(mark, place)).toBe(true);
    expect(seal.verifies(readMark(markText(mark)) as Mark, place)).toBe(true);
  });

  it.each<[string, Mark, Place]>([
    ["on another object", mark, { ...place, object: ObjectId.parse("nsg-db") }],
    ["under another name", mark, { ...place, rule: "sallyport-allow-g2" }],
    ["with a later end", { ...mark, claim: { ...claim, end: plusSeconds(end, 1) } }, place],
    ["for another grant", { ...mark, claim: { ...claim, id: aGrantId(2) } }, place],
    ["as a lockdown's", { ...mark, claim: { kind: "lockdown", id: LockdownId.parse(aGrantId(1)) } }, place],
    ["with another signature", { ...mark, signature: "AAAAAAAAAAAAAAAAAAAAAA" }, place],
    ["with half a signature", { ...mark, signature: mark.signature.slice(0, 11) }, place],
    ["without a signature", { ...mark, signature: "" }, place],
    ["under a key that is not known", { ...mark, keyId: "k9" }, place],
  ])("is worth nothing %s", (_, tampered, where) => {
    expect(seal.verifies(tampered, where)).toBe(false);
  });

  it("outlives a rotation: the first key signs, every key verifies, until the old one is taken out", () => {
    const both = createSigner([young, old]).seal;
    expect(both.verifies(mark, place)).toBe(true);
    expect(both.sign(claim, place)).toMatchObject({ keyId: "k2" });
    expect(both.verifies(both.sign(claim, place), place)).toBe(true);
    expect(createSigner([young]).seal.verifies(mark, place)).toBe(false);
  });

  it("is not verified by another secret under the same key id", () => {
    expect(createSigner([{ ...young, id: "k1" }]).seal.verifies(mark, place)).toBe(false);
  });
});

describe("a receipt", () => {
  const signer = createSigner([old]);
  const receipt = signer.signReceipt({
    grantId: aGrantId(1),
    openedAt: end,
    closedAt: plusSeconds(end, 60),
    reason: "expired",
    readBack: [ObjectId.parse("nsg-web")],
    stillOpen: [{ port: 22 as never, protocol: "tcp", sources: ["203.0.113.0/24" as Cidr], by: "nsg-web/ssh" }],
  });

  it("verifies, also after it has travelled as JSON and its members were put in another order", () => {
    expect(signer.verifiesReceipt(receipt)).toBe(true);
    expect(signer.verifiesReceipt(Receipt.parse(JSON.parse(JSON.stringify(receipt))))).toBe(true);
    const turned = Object.fromEntries(Object.entries(receipt).toReversed());
    expect(signer.verifiesReceipt(Receipt.parse(turned))).toBe(true);
  });

  it.each<[string, Partial<Receipt>]>([
    ["closed", { closedAt: end }],
    ["opened", { openedAt: plusSeconds(end, 1) }],
    ["who still gets in", { stillOpen: [] }],
    ["what was read back", { readBack: [] }],
    ["why", { reason: "given-back" }],
    ["the key", { keyId: "k2" }],
  ])("that was changed does not: %s", (_, change) => {
    expect(createSigner([old, young]).verifiesReceipt({ ...receipt, ...change })).toBe(false);
  });

  it("is not a mark, nor the other way round", () => {
    const mark = signer.seal.sign(claim, place);
    expect(signer.verifiesReceipt({ ...receipt, signature: mark.signature })).toBe(false);
  });
});
