import { addressNumber, boundsOf } from "@sallyport/contracts";
import type { Address, Cidr, Family, ObjectId } from "@sallyport/contracts";
import { everyAddress, lastOf, merged, split } from "./stretch.ts";
import type { Stretch } from "./stretch.ts";

export type Verdict = "allowed" | "denied" | "unknown";

/** What is decided, by what, and why it cannot be known. */
export interface Ruling {
  readonly verdict: Verdict;
  /** What decides: a `decider`, or several joined by `andBy`; for people, and for telling our own rules from foreign ones. */
  readonly by: string;
  /** Why it cannot be known; only with `unknown`. */
  readonly reason?: string;
}

/** What is decided for the sources of one stretch, and by what. */
export interface Part extends Stretch, Ruling {}

/**
 * What happens to every source address of one family, exactly: sorted, without gaps or overlaps, from the family's first address
 * to its last; neighbours differ. With destination and port fixed only the source is left to vary, so an exact answer is cheap
 * (house.md §6).
 */
export interface AddressSet {
  readonly family: Family;
  readonly parts: readonly Part[];
}

const AND = " + ";

/** How a rule of an object is named in `by`: `nsg-web/allow-ssh`. The same spelling in every cloud, so that a mark's place can be recognised. */
export const decider = (object: ObjectId, rule: string): string =>
  `${object.slice(object.lastIndexOf("/") + 1)}/${rule}`;

/** Several deciders together: each was needed for the verdict. */
export const andBy = (a: string, b: string): string =>
  a === b || b === "" ? a : a === "" ? b : [...new Set([...a.split(AND), ...b.split(AND)])].join(AND);

/** Everything that a part names as deciding. */
export const decidersOf = (by: string): readonly string[] => by.split(AND);

/** One answer for every source. */
export const everySource = (family: Family, verdict: Verdict, by: string, reason?: string): AddressSet => ({
  family,
  parts: [{ ...everyAddress(family), verdict, by, ...(reason !== undefined && { reason }) }],
});

const alike = (a: Ruling, b: Ruling): boolean => a.verdict === b.verdict && a.by === b.by && a.reason === b.reason;

/** Adds a part to the end of a list, joined to the last one where the two say the same. */
function append(parts: Part[], part: Part): void {
  const previous = parts.at(-1);
  if (previous !== undefined && alike(previous, part)) parts[parts.length - 1] = { ...previous, last: part.last };
  else parts.push(part);
}

/** The set with the parts inside `stretches` changed by `change`, those outside as they were. */
function within(set: AddressSet, stretches: readonly Stretch[], change: (part: Part) => Ruling): AddressSet {
  const chosen = merged(stretches);
  if (chosen.length === 0) return set;
  const parts: Part[] = [];
  let next = 0;
  for (const part of set.parts) {
    let from = part.first;
    for (;;) {
      const stretch = chosen[next];
      if (stretch === undefined || stretch.first > part.last) break;
      if (stretch.first > from) append(parts, { ...part, first: from, last: stretch.first - 1n });
      const first = stretch.first > from ? stretch.first : from;
      const last = stretch.last < part.last ? stretch.last : part.last;
      append(parts, { ...change(part), first, last });
      from = last + 1n;
      if (stretch.last > part.last) break;
      next += 1;
    }
    if (from <= part.last) append(parts, { ...part, first: from });
  }
  return { family: set.family, parts };
}

/** The set in which `ruling` holds for these sources, whatever was decided before. */
export const override = (set: AddressSet, stretches: readonly Stretch[], ruling: Ruling): AddressSet =>
  within(set, stretches, () => ruling);

/** The set in which it is not known whether `ruling` holds for these sources: unknown, unless it says what holds anyway. */
export const perhaps = (set: AddressSet, stretches: readonly Stretch[], ruling: Ruling, reason: string): AddressSet =>
  within(set, stretches, (part) =>
    part.verdict === ruling.verdict ? part : { verdict: "unknown", by: ruling.by, reason },
  );

/** A rule as it applies to one destination and port: the sources it matches, and those of which nobody here knows. */
export interface Matching {
  readonly ruling: Ruling;
  readonly sources: readonly Stretch[];
  readonly perhaps?: { readonly sources: readonly Stretch[]; readonly reason: string };
}

/**
 * Rules in order, the first that matches decides; `otherwise` where none does. Three-valued: what cannot matter is not unknown. Rules
 * behind the one that leaves no source over are not asked for.
 */
export function firstMatch(family: Family, rules: Iterable<Matching>, otherwise: Ruling): AddressSet {
  const asked: Matching[] = [];
  const parts: Part[] = [];
  let left: readonly Stretch[] = [everyAddress(family)];
  let isCertain = true;
  for (const rule of rules) {
    asked.push(rule);
    isCertain &&= rule.perhaps === undefined;
    if (rule.sources.length > 0) {
      const { inside, outside } = split(left, merged(rule.sources));
      if (isCertain) for (const { first, last } of inside) parts.push({ ...rule.ruling, first, last });
      left = outside;
    }
    if (left.length === 0) break;
  }
  if (!isCertain) return withDoubts(family, asked, otherwise);
  for (const one of left) parts.push({ ...otherwise, ...one });
  return { family, parts: joined(parts) };
}

function withDoubts(family: Family, rules: readonly Matching[], otherwise: Ruling): AddressSet {
  let set = everySource(family, otherwise.verdict, otherwise.by, otherwise.reason);
  for (const { ruling, sources, perhaps: doubt } of rules.toReversed()) {
    if (doubt !== undefined) set = perhaps(set, doubt.sources, ruling, doubt.reason);
    set = override(set, sources, ruling);
  }
  return set;
}

/** Parts that cover everything once, in order, neighbours that say the same as one. */
function joined(parts: Part[]): readonly Part[] {
  const result: Part[] = [];
  for (const part of parts.sort((a, b) => (a.first < b.first ? -1 : 1))) append(result, part);
  return result;
}

/** Walks two sets of one family side by side, over the stretches in which both stay the same. */
function* sideBySide(a: AddressSet, b: AddressSet): Generator<readonly [Stretch, Part, Part]> {
  if (a.family !== b.family) throw new Error(`cannot compare ${a.family} with ${b.family}`);
  let first = 0n;
  for (let i = 0, j = 0; ;) {
    const [one, other] = [a.parts[i], b.parts[j]];
    if (one === undefined || other === undefined) return;
    const last = one.last < other.last ? one.last : other.last;
    yield [{ first, last }, one, other];
    if (one.last === last) i += 1;
    if (other.last === last) j += 1;
    first = last + 1n;
  }
}

function combine(a: AddressSet, b: AddressSet, decide: (one: Part, other: Part) => Ruling): AddressSet {
  const parts: Part[] = [];
  for (const [stretch, one, other] of sideBySide(a, b)) append(parts, { ...decide(one, other), ...stretch });
  return { family: a.family, parts };
}

const rulingOf = ({ verdict, by, reason }: Part): Ruling => ({
  verdict,
  by,
  ...(reason !== undefined && { reason }),
});

/** Both must allow, as two NSGs on one path: a denial decides alone, an allowance needs both. */
export const intersect = (a: AddressSet, b: AddressSet): AddressSet =>
  combine(a, b, (one, other) => {
    if (one.verdict === "denied") return rulingOf(one);
    if (other.verdict === "denied") return rulingOf(other);
    const reasons = [one.reason, other.reason].filter((reason) => reason !== undefined);
    const verdict = one.verdict === "allowed" && other.verdict === "allowed" ? "allowed" : "unknown";
    return { verdict, by: andBy(one.by, other.by), ...(reasons.length > 0 && { reason: reasons.join("; ") }) };
  });

const MOST_OPEN: readonly Verdict[] = ["allowed", "unknown", "denied"];

/** One allowance is enough, as the security groups of one interface; of equals the first decides. */
export const union = (a: AddressSet, b: AddressSet): AddressSet =>
  combine(a, b, (one, other) =>
    rulingOf(MOST_OPEN.indexOf(other.verdict) < MOST_OPEN.indexOf(one.verdict) ? other : one),
  );

/** One allowance is enough, as with two ways to one door; of two denials each is named, for each had to be. */
export const eitherWay = (a: AddressSet, b: AddressSet): AddressSet =>
  combine(a, b, (one, other) => {
    if (one.verdict === "denied" && other.verdict === "denied")
      return { verdict: "denied", by: andBy(one.by, other.by) };
    return rulingOf(MOST_OPEN.indexOf(other.verdict) < MOST_OPEN.indexOf(one.verdict) ? other : one);
  });

/** What becomes of one source. */
export function partAt(set: AddressSet, address: Address): Part {
  const value = addressNumber(address);
  const found = set.parts.find(({ last }) => value <= last);
  if (found === undefined) throw new Error(`${address} is beyond ${set.family}, which ends at ${lastOf(set.family)}`);
  return found;
}

/** The verdict about one source. */
export const verdictAt = (set: AddressSet, address: Address): Verdict => partAt(set, address).verdict;

/** The parts that meet these sources, cut to them. */
export const partsIn = (set: AddressSet, stretches: readonly Stretch[]): readonly Part[] =>
  merged(stretches).flatMap((stretch) =>
    set.parts
      .filter(({ first, last }) => first <= stretch.last && stretch.first <= last)
      .map((part) => ({
        ...part,
        first: part.first > stretch.first ? part.first : stretch.first,
        last: part.last < stretch.last ? part.last : stretch.last,
      })),
  );

/** Does every address of the range get in? */
export const allowedIn = (set: AddressSet, cidr: Cidr): boolean =>
  partsIn(set, [boundsOf(cidr)]).every(({ verdict }) => verdict === "allowed");

/** The sources with this verdict. */
export const sourcesThat = (set: AddressSet, verdict: Verdict): readonly Stretch[] =>
  merged(set.parts.filter((part) => part.verdict === verdict).map(({ first, last }) => ({ first, last })));

/** Sources about which two sets differ, with what each says. */
export interface Shift extends Stretch {
  readonly before: Part;
  readonly after: Part;
}

/** Where the verdicts of two sets differ. */
export function difference(before: AddressSet, after: AddressSet): readonly Shift[] {
  const shifts: Shift[] = [];
  for (const [stretch, one, other] of sideBySide(before, after))
    if (one.verdict !== other.verdict) shifts.push({ ...stretch, before: one, after: other });
  return shifts;
}

/** Do both say the same about every source? Who decides may differ. */
export const sameVerdicts = (a: AddressSet, b: AddressSet): boolean => difference(a, b).length === 0;
