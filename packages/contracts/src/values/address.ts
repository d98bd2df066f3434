import ipaddr from "ipaddr.js";
import { z } from "zod";

// Strict text first: `ipaddr.parse` alone reads `1` as 0.0.0.1 and `010.0.0.1` as octal (http-and-cli.md §2.1).
const strictV4 = z.ipv4();
const strictV6 = z.ipv6();

export type Family = "ipv4" | "ipv6";

function canonicalAddress(text: string): string | undefined {
  if (strictV4.safeParse(text).success) return text;
  if (!strictV6.safeParse(text).success) return undefined;
  const parsed = ipaddr.IPv6.parse(text);
  return parsed.isIPv4MappedAddress() || parsed.zoneId !== undefined ? undefined : parsed.toRFC5952String();
}

/**
 * One IP address in canonical text: dotted quad, or RFC 5952 for IPv6. An IPv4-mapped IPv6 address is refused: it names an IPv4
 * host in a form that the clouds' rules never match.
 */
export const Address = z
  .string()
  .max(45)
  .transform((text, context) => {
    const canonical = canonicalAddress(text);
    if (canonical !== undefined) return canonical;
    context.addIssue({
      code: "custom",
      message:
        "expected an IPv4 address like 203.0.113.7 or an IPv6 address, without leading zeros and not IPv4-mapped",
    });
    return z.NEVER;
  })
  .brand<"Address">()
  .describe("an IPv4 or IPv6 address");
export type Address = z.infer<typeof Address>;

export const familyOf = (text: string): Family => (text.includes(":") ? "ipv6" : "ipv4");

/** Why the text is no range, or the range in canonical form. */
function readCidr(text: string): { readonly cidr: string } | { readonly problem: string } {
  const [host = "", bits, ...rest] = text.split("/");
  const address = canonicalAddress(host);
  if (address === undefined || rest.length > 0)
    return {
      problem: "expected an address or a CIDR range like 203.0.113.0/24, without leading zeros and not IPv4-mapped",
    };
  const widest = familyOf(address) === "ipv4" ? 32 : 128;
  if (bits === undefined) return { cidr: `${address}/${widest}` };
  if (!/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > widest)
    return { problem: `expected a prefix length from 0 to ${widest}` };
  const parsed = ipaddr.parse(address);
  const network =
    parsed.kind() === "ipv4"
      ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${bits}`);
  const canonical = network instanceof ipaddr.IPv6 ? network.toRFC5952String() : network.toString();
  if (canonical !== address)
    return {
      problem: `expected a range without host bits: ${canonical}/${bits} for the whole range, or ${address} for the one address`,
    };
  return { cidr: `${address}/${bits}` };
}

/**
 * A range of addresses in canonical text, always with its prefix length: `203.0.113.7` becomes `203.0.113.7/32`. Host bits are
 * refused, not cut off: who writes 10.0.0.1/24 may have meant either (P12).
 */
export const Cidr = z
  .string()
  .max(49)
  .transform((text, context) => {
    const read = readCidr(text);
    if ("cidr" in read) return read.cidr;
    context.addIssue({ code: "custom", message: read.problem });
    return z.NEVER;
  })
  .brand<"Cidr">()
  .describe("an IP address or CIDR range without host bits, e.g. 203.0.113.7 or 10.21.0.0/16");
export type Cidr = z.infer<typeof Cidr>;

/** Every address there is: IPv4 and IPv6. */
export const ANY_SOURCE: readonly Cidr[] = ["0.0.0.0/0" as Cidr, "::/0" as Cidr];

/** Does `outer` hold every address of `inner`? Never across families (P53). */
export function contains(outer: Cidr, inner: Cidr): boolean {
  if (familyOf(outer) !== familyOf(inner)) return false;
  const [outerNet, outerBits] = ipaddr.parseCIDR(outer);
  const [innerNet, innerBits] = ipaddr.parseCIDR(inner);
  return innerBits >= outerBits && innerNet.match(outerNet, outerBits);
}

/** First and last address of a range, as numbers. */
export function boundsOf(cidr: Cidr): { readonly first: bigint; readonly last: bigint } {
  const [network, bits] = ipaddr.parseCIDR(cidr);
  const first = numberOf(network.toByteArray());
  const hostBits = BigInt((network.kind() === "ipv4" ? 32 : 128) - bits);
  return { first, last: first + (1n << hostBits) - 1n };
}

/** An address as a number, within its family. */
export const addressNumber = (address: string): bigint => numberOf(ipaddr.parse(address).toByteArray());

/** The address with that number, in canonical text. */
export function addressFromNumber(family: Family, value: bigint): Address {
  const length = family === "ipv4" ? 4 : 16;
  const bytes = Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 255n));
  const parsed = ipaddr.fromByteArray(bytes);
  return (parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString()) as Address;
}

function numberOf(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
