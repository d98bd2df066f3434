import { Address, addressFromNumber, addressNumber, familyOf } from "@sallyport/contracts";

/** A range as a rule holds it: canonical text, and its bounds as numbers within its family. */
export interface Range {
  readonly cidr: string;
  readonly family: "ipv4" | "ipv6";
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Reads a CIDR block as EC2 does: host bits are cut off, not refused (100.68.0.18/18 becomes 100.68.0.0/18, aws.md §2). `undefined`
 * when it is none; the prefix length is required.
 */
export function rangeOf(text: string): Range | undefined {
  const [host = "", bits = "", ...rest] = text.split("/");
  const address = Address.safeParse(host);
  if (!address.success || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  const family = familyOf(address.data);
  const width = family === "ipv4" ? 32 : 128;
  const length = Number(bits);
  if (length > width) return undefined;
  const size = 1n << BigInt(width - length);
  const number = addressNumber(address.data);
  const first = number - (number % size);
  return { cidr: `${addressFromNumber(family, first)}/${length}`, family, first, last: first + size - 1n };
}

/** One address as a number within its family: read once, compared often. */
export interface Point {
  readonly family: "ipv4" | "ipv6";
  readonly number: bigint;
}

/** `undefined` when the text is no address. */
export function pointOf(text: string): Point | undefined {
  const address = Address.safeParse(text);
  return address.success ? { family: familyOf(address.data), number: addressNumber(address.data) } : undefined;
}

/** Does the range hold this address? Never across families. */
export const rangeHas = (range: Range, { family, number }: Point): boolean =>
  range.family === family && range.first <= number && number <= range.last;

export const isEverywhere = (range: Range): boolean => range.cidr === "0.0.0.0/0" || range.cidr === "::/0";
