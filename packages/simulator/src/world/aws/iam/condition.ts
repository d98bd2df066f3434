import { pointOf, rangeHas, rangeOf } from "../cidr.ts";
import type { Context } from "./request.ts";
import { patternOf } from "./wildcard.ts";

/** Does a value of the request meet a value of the policy? */
type Meets = (given: string, wanted: string, context: Context) => boolean;

const equals: Meets = (given, wanted, context) => patternOf(wanted, context, false)?.test(given) === true;
const like: Meets = (given, wanted, context) => patternOf(wanted, context, true)?.test(given) === true;
const equalsIgnoringCase: Meets = (given, wanted, context) =>
  equals(given.toLowerCase(), wanted.toLowerCase(), context);
/** Each of the six parts of an ARN for itself: a star does not reach over a colon of the first five. */
const arnLike: Meets = (given, wanted, context) => {
  const [givenParts, wantedParts] = [arnParts(given), arnParts(wanted)];
  return (
    givenParts.length === wantedParts.length && wantedParts.every((part, i) => like(givenParts[i] ?? "", part, context))
  );
};
const compare =
  (read: (text: string) => number, holds: (given: number, wanted: number) => boolean): Meets =>
  (given, wanted) =>
    holds(read(given), read(wanted));

const arnParts = (arn: string): readonly string[] => {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
};
const timeOf = (text: string): number => (/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text));

/** An address, or a range of them, among the policy's. */
const isIn: Meets = (given, wanted) => {
  const [point, range] = [
    pointOf(given),
    rangeOf(wanted.includes("/") ? wanted : `${wanted}/${wanted.includes(":") ? 128 : 32}`),
  ];
  return point !== undefined && range !== undefined && rangeHas(range, point);
};

interface Operator {
  readonly meets: Meets;
  readonly isNegated: boolean;
}
const positive = (meets: Meets): Operator => ({ meets, isNegated: false });
const negated = (meets: Meets): Operator => ({ meets, isNegated: true });

const comparisons = (kind: string, read: (text: string) => number): Readonly<Record<string, Operator>> => ({
  [`${kind}Equals`]: positive(compare(read, (given, wanted) => given === wanted)),
  [`${kind}NotEquals`]: negated(compare(read, (given, wanted) => given === wanted)),
  [`${kind}LessThan`]: positive(compare(read, (given, wanted) => given < wanted)),
  [`${kind}LessThanEquals`]: positive(compare(read, (given, wanted) => given <= wanted)),
  [`${kind}GreaterThan`]: positive(compare(read, (given, wanted) => given > wanted)),
  [`${kind}GreaterThanEquals`]: positive(compare(read, (given, wanted) => given >= wanted)),
});

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: positive(equals),
  StringNotEquals: negated(equals),
  StringEqualsIgnoreCase: positive(equalsIgnoringCase),
  StringNotEqualsIgnoreCase: negated(equalsIgnoringCase),
  StringLike: positive(like),
  StringNotLike: negated(like),
  ArnEquals: positive(arnLike),
  ArnLike: positive(arnLike),
  ArnNotEquals: negated(arnLike),
  ArnNotLike: negated(arnLike),
  Bool: positive(equalsIgnoringCase),
  IpAddress: positive(isIn),
  NotIpAddress: negated(isIn),
  ...comparisons("Numeric", Number),
  ...comparisons("Date", timeOf),
};

const NAME = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

/** Operators that are known here; a policy with any other is refused when it is loaded, rather than read wrongly. */
export function isOperator(name: string): boolean {
  const [, set, operator = "", ifExists] = NAME.exec(name) ?? [];
  if (operator === "Null") return set === undefined && ifExists === undefined;
  return OPERATORS[operator] !== undefined;
}

export type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Every operator, for every one of its keys, must hold; of several values of the policy one is enough (none may, when it is negated). */
export const holds = (conditions: Conditions, context: Context): boolean =>
  Object.entries(conditions).every(([name, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holdsFor(name, context.get(key.toLowerCase()), wanted, context)),
  );

function holdsFor(
  name: string,
  given: readonly string[] | undefined,
  wanted: readonly string[],
  context: Context,
): boolean {
  const [, set, operator = "", ifExists] = NAME.exec(name) ?? [];
  if (operator === "Null") return wanted.some((absent) => (absent.toLowerCase() === "true") === (given === undefined));
  const found = OPERATORS[operator];
  if (found === undefined) return false;
  const holdsOf = (value: string) => wanted.some((one) => found.meets(value, one, context)) !== found.isNegated;
  if (given === undefined)
    return set === "ForAllValues" || (set === undefined && (ifExists !== undefined || found.isNegated));
  if (set === "ForAllValues") return given.every(holdsOf);
  return set === undefined && found.isNegated ? given.every(holdsOf) : given.some(holdsOf);
}
