import fc from "fast-check";
import { contains, isInternet, parseAddress, parsePrefix, textOf } from "./address.ts";

const ipv4 = fc.oneof(fc.ipV4(), fc.constantFrom("0.0.0.0", "255.255.255.255", "10.0.0.0", "127.255.255.255"));

describe("reading addresses", () => {
  it("reads back what it writes, in both families", () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, fc.ipV6()), (text) => {
        const address = parseAddress(text);
        expect(address).toBeDefined();
        expect(address && parseAddress(textOf(address))).toEqual(address);
      }),
    );
  });

  it.each(["010.0.0.1", "10.0.0", "10.0.0.256", "789", "", "fe80::1%eth0", "::1::", "10.0.0.1/24"])(
    "refuses %j",
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  it("puts an address into its own prefix of every length, and its complement out of it", () => {
    fc.assert(
      fc.property(ipv4, fc.integer({ min: 0, max: 32 }), (text, length) => {
        const prefix = parsePrefix(`${text}/${length}`);
        const address = parseAddress(text);
        if (prefix === undefined || address === undefined) throw new Error("unreadable");
        const outside = { family: 4, value: address.value ^ (1n << BigInt(32 - Math.max(1, length))) } as const;
        expect([contains(prefix, address), contains(prefix, outside)]).toEqual([true, length === 0]);
      }),
    );
  });

  it("never mixes the families", () => {
    const [all, one] = [parsePrefix("0.0.0.0/0"), parseAddress("::1")];
    expect(all && one && contains(all, one)).toBe(false);
  });

  it("tells what can come in from the Internet", () => {
    const can = (text: string) => isInternet(parseAddress(text) ?? { family: 4, value: 0n });
    expect(["8.8.8.8", "203.0.113.5", "2001:db8::1"].map(can)).toEqual([true, true, true]);
    expect(["10.1.2.3", "172.31.0.1", "192.168.0.1", "100.64.0.1", "127.0.0.1", "fd00::1", "::1"].some(can)).toBe(
      false,
    );
  });
});
