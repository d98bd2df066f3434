import fc from "fast-check";
import {
  Address,
  ANY_SOURCE,
  Cidr,
  addressFromNumber,
  addressNumber,
  boundsOf,
  contains,
  familyOf,
} from "./address.ts";

const cidr = (text: string) => Cidr.parse(text);
const bits = (family: "ipv4" | "ipv6") => (family === "ipv4" ? 32 : 128);

/** Ranges of both families; prefix lengths and addresses crowd the edges. */
const anyCidr = fc
  .constantFrom("ipv4" as const, "ipv6" as const)
  .chain((family) => {
    const width = bits(family);
    const last = (1n << BigInt(width)) - 1n;
    return fc.record({
      family: fc.constant(family),
      length: fc.oneof(fc.constantFrom(0, 1, width - 1, width), fc.integer({ min: 0, max: width })),
      value: fc.oneof(fc.constantFrom(0n, last), fc.bigInt({ min: 0n, max: last })),
    });
  })
  .map(({ family, length, value }) => {
    const host = BigInt(bits(family) - length);
    return `${addressFromNumber(family, (value >> host) << host)}/${length}`;
  })
  .filter((text) => Cidr.safeParse(text).success); // the IPv4-mapped corner of IPv6 is refused

describe("an address", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8::", "2001:db8::"],
    ["::1", "::1"],
  ])("reads %s as %s", (text, canonical) => {
    expect(Address.parse(text)).toBe(canonical);
  });

  it.each([
    ["1"],
    ["010.0.0.1"],
    ["10.0.0.01"],
    ["10.0.0"],
    ["0x0a.0.0.1"],
    ["256.0.0.1"],
    ["::ffff:1.2.3.4"],
    ["::ffff:102:304"],
    ["fe80::1%eth0"],
    [" 10.0.0.1"],
    ["10.0.0.1 "],
    ["10.0.0.1\n"],
    ["١٠.0.0.1"],
    [""],
    ["localhost"],
  ])("refuses %j", (text) => {
    expect(Address.safeParse(text).success).toBe(false);
  });
});

describe("a CIDR range", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7/32"],
    ["203.0.113.0/24", "203.0.113.0/24"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:DB8::/32", "2001:db8::/32"],
    ["2001:db8::1", "2001:db8::1/128"],
    ["::/0", "::/0"],
  ])("reads %s as %s", (text, canonical) => {
    expect(Cidr.parse(text)).toBe(canonical);
  });

  it.each([
    ["10.0.0.1/24"],
    ["2001:db8::1/64"],
    ["::ffff:1.2.3.4/96"],
    ["::ffff:0:0/96"],
    ["010.0.0.1/32"],
    ["10.0.0.0/33"],
    ["::/129"],
    ["10.0.0.0/08"],
    ["10.0.0.0/+8"],
    ["10.0.0.0/-1"],
    ["10.0.0.0/"],
    ["10.0.0.0/8/8"],
    ["10.0.0.0/255.0.0.0"],
    ["1/32"],
    ["*"],
    ["Internet"],
  ])("refuses %j", (text) => {
    expect(Cidr.safeParse(text).success).toBe(false);
  });

  it("says what to write instead when host bits are set (P12)", () => {
    const message = Cidr.safeParse("10.0.0.1/24").error?.issues[0]?.message;
    expect(message).toContain("10.0.0.0/24");
    expect(message).toContain("10.0.0.1");
  });

  it("is its own canonical form", () => {
    expect(() => fc.assert(fc.property(anyCidr, (text) => Cidr.parse(Cidr.parse(text)) === text))).not.toThrow();
  });

  it("contains what lies within its bounds, and nothing else (P53)", () => {
    expect(() =>
      fc.assert(
        fc.property(anyCidr, anyCidr, (a, b) => {
          const [outer, inner] = [boundsOf(cidr(a)), boundsOf(cidr(b))];
          const within = familyOf(a) === familyOf(b) && outer.first <= inner.first && inner.last <= outer.last;
          return contains(cidr(a), cidr(b)) === within;
        }),
      ),
    ).not.toThrow();
  });

  it.each([
    ["10.21.254.0/24", "10.21.254.7", true],
    ["10.21.254.0/24", "10.21.254.0/23", false],
    ["10.21.254.0/24", "10.21.255.0", false],
    ["0.0.0.0/0", "2001:db8::/32", false],
    ["::/0", "10.0.0.1", false],
    ["2001:db8::/32", "2001:db8:ffff::/48", true],
  ])("%s contains %s: %s", (outer, inner, yes) => {
    expect(contains(cidr(outer), cidr(inner))).toBe(yes);
  });

  it("covers every address of both families when any source is meant", () => {
    expect(ANY_SOURCE.map((range) => Cidr.parse(range))).toEqual(["0.0.0.0/0", "::/0"]);
  });

  it("turns addresses into numbers and back", () => {
    expect(() =>
      fc.assert(
        fc.property(anyCidr, (text) => {
          const [host = ""] = text.split("/");
          return addressFromNumber(familyOf(host), addressNumber(host)) === host;
        }),
      ),
    ).not.toThrow();
  });
});
