import { boundsOf, Cidr, contains } from "@sallyport/contracts";
import fc from "fast-check";
import { addresses, cidrs, cidrsOf, portRanges } from "./arbitraries.ts";
import { aPolicy, aProfile, aVm, anAccess } from "./builders.ts";

describe("the arbitraries", () => {
  it("draw only ranges in canonical form", () => {
    fc.assert(fc.property(cidrs, (cidr) => expect(Cidr.parse(cidr)).toBe(cidr)));
    fc.assert(fc.property(addresses, (address) => expect(Cidr.parse(address)).toMatch(/\/(32|128)$/)));
  });

  it("draw ranges that lie within each other often", () => {
    const pairs = fc.sample(fc.tuple(cidrsOf("ipv4"), cidrsOf("ipv4")), { numRuns: 500, seed: 1 });
    const nested = pairs.filter(([a, b]) => a !== b && (contains(a, b) || contains(b, a)));
    expect(nested.length).toBeGreaterThan(100);
  });

  it("draw both ends of the address space, and port ranges in order", () => {
    const drawn = fc.sample(cidrsOf("ipv6"), { numRuns: 500, seed: 1 }).map(boundsOf);
    expect(drawn.some(({ first }) => first === 0n)).toBe(true);
    expect(drawn.some(({ last }) => last === (1n << 128n) - 1n)).toBe(true);
    fc.assert(fc.property(portRanges, ({ first, last }) => first >= 0 && first <= last && last <= 65_535));
  });
});

describe("the builders", () => {
  it("take only what the test is about", () => {
    expect(anAccess({ duration: 300 })).toMatchObject({ duration: 300, vm: aVm() });
    expect(aPolicy({ vm: aVm("aws", 2) }).vm).toBe(aVm("aws", 2));
    expect(aProfile({ vm: aVm("aws") })).toMatchObject({ cloud: "aws", scope: "123456789012/eu-west-1" });
  });
});
