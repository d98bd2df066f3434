import { decider, decidersOf } from "@sallyport/domain";
import type { Marked } from "@sallyport/domain";

/** The name under which an object stands in front of its rules. */
const nameOf = (object: string): string => object.slice(object.lastIndexOf("/") + 1);

/**
 * Whether something that decides, as an address set names it, is a rule of ours: it stands where a verified mark does, or in a
 * group that is ours as a whole. What lets a packet through on two levels is ours as soon as one of them is.
 */
export function isOurs(marked: readonly Marked[]): (by: string) => boolean {
  const verified = marked.filter((one) => one.verified);
  const rules = new Set(verified.map(({ object, rule }) => decider(object, rule)));
  const groups = new Set(verified.filter(({ object, rule }) => nameOf(object) === rule).map(({ rule }) => rule));
  return (by) => decidersOf(by).some((one) => rules.has(one) || groups.has(one.slice(0, one.indexOf("/"))));
}
