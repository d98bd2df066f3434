import { Address, addressNumber, familyOf } from "@sallyport/contracts";
import type { Family } from "@sallyport/contracts";
import { everyAddress } from "../stretch.ts";
import type { Stretch } from "../stretch.ts";
import type { NsgRule } from "./net.ts";

/** What a list of prefixes covers, as far as it can be told without knowing the network around. */
export interface Terms {
  readonly ipv4: readonly Stretch[];
  readonly ipv6: readonly Stretch[];
  /** Service tags, in lower case. */
  readonly tags: readonly string[];
  /** Accepted by ARM, matched by no packet (P34). */
  readonly odd: readonly string[];
}

export type PortRange = readonly [first: number, last: number];

/** A rule's texts, read once. */
export interface Extent {
  readonly ports: readonly PortRange[];
  /** A client picks its own port: `any` covers all of them, `some` makes it a matter of chance or choice. */
  readonly sourcePorts: "any" | "some" | "none";
  readonly sources: Terms;
  readonly destinations: Terms;
}

/** What a rule says about packets, of whatever kind it is. */
export type RuleTexts = Pick<NsgRule, "sourcePorts" | "destinationPorts" | "sources" | "destinations">;

/** Texts whose meaning is remembered: the same few stand in very many rules. */
const TEXTS = 4096;

function remembering<Meaning>(read: (text: string) => Meaning): (text: string) => Meaning {
  const known = new Map<string, { readonly meaning: Meaning }>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before.meaning;
    if (known.size >= TEXTS) known.clear();
    const meaning = read(text);
    known.set(text, { meaning });
    return meaning;
  };
}

const read = new WeakMap<RuleTexts, Extent>();

export function extentOf(rule: RuleTexts): Extent {
  const known = read.get(rule);
  if (known !== undefined) return known;
  const extent: Extent = {
    ports: rule.destinationPorts.flatMap(rangesIn),
    sourcePorts: coverage(rule.sourcePorts.flatMap(rangesIn)),
    sources: termsIn(rule.sources),
    destinations: termsIn(rule.destinations),
  };
  read.set(rule, extent);
  return extent;
}

/** The ports that one text covers; none for what is none. */
export const rangesIn = remembering(readRanges);

function readRanges(text: string): readonly PortRange[] {
  if (text === "*") return [[0, 65_535]];
  const match = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(text);
  if (match === null) return [];
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return first <= last ? [[first, last]] : [];
}

function coverage(ranges: readonly PortRange[]): Extent["sourcePorts"] {
  if (ranges.length === 0) return "none";
  let next = 1;
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) if (first <= next) next = Math.max(next, last + 1);
  return next > 65_535 ? "any" : "some";
}

export function termsIn(texts: readonly string[]): Terms {
  const [only, ...more] = texts;
  return only === undefined || more.length > 0 ? readTerms(texts) : termsOfOne(only);
}

const termsOfOne = remembering((text) => readTerms([text]));

function readTerms(texts: readonly string[]): Terms {
  const stretches: Record<Family, Stretch[]> = { ipv4: [], ipv6: [] };
  const [tags, odd]: [string[], string[]] = [[], []];
  for (const text of texts) {
    const range = stretchIn(text);
    if (text === "*" || text.toLowerCase() === "any")
      for (const family of ["ipv4", "ipv6"] as const) stretches[family].push(everyAddress(family));
    else if (range !== undefined) stretches[range.family].push(range);
    else if (/^[a-z]/i.test(text)) tags.push(text.toLowerCase());
    else odd.push(text);
  }
  return { ...stretches, tags, odd };
}

type OfFamily = { readonly family: Family } & Stretch;

/** An address, a prefix, or a range from one address to another; `undefined` for tags and nonsense. */
export const stretchIn = remembering(readStretch);

function readStretch(text: string): OfFamily | undefined {
  if (!/^[0-9a-f.:/ -]+$/i.test(text)) return undefined;
  if (text.includes("-")) return rangeIn(text);
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const address = Address.safeParse(match?.[1]).data;
  if (address === undefined) return undefined;
  const family = familyOf(address);
  const widest = family === "ipv4" ? 32 : 128;
  const bits = Number(match?.[2] ?? widest);
  if (bits > widest) return undefined;
  const hosts = 1n << BigInt(widest - bits);
  const first = (addressNumber(address) / hosts) * hosts;
  return { family, first, last: first + hosts - 1n };
}

function rangeIn(text: string): OfFamily | undefined {
  const [from, to, more] = text.split("-").map((part) => Address.safeParse(part.trim()).data);
  if (from === undefined || to === undefined || more !== undefined || familyOf(from) !== familyOf(to)) return undefined;
  return { family: familyOf(from), first: addressNumber(from), last: addressNumber(to) };
}
