import type { ObjectId } from "@sallyport/contracts";
import { markText, readMark, sameClaim } from "../mark.ts";
import type { Claim, Mark, Seal } from "../mark.ts";
import type { Change, Marked } from "../model.ts";
import { sameName, spellings } from "./names.ts";
import type { AzureNet, Firewall, FirewallCollection, FirewallRule } from "./net.ts";
import { isOf } from "./own-rules.ts";

/** A collection of ours: every rule in it carries a verified mark. */
export interface OwnCollection {
  readonly collection: FirewallCollection;
  readonly mark: Mark;
}

type Is = (claim: Claim) => boolean;

/** The rule's mark if it verifies where it stands, and claims what is asked for. */
export function markOf(firewall: ObjectId, { name, description }: FirewallRule, seal: Seal, is: Is): Mark | undefined {
  const mark = readMark(description);
  return mark !== undefined && is(mark.claim) && seal.verifies(mark, { object: firewall, rule: name })
    ? mark
    : undefined;
}

/** The collections that are ours as a whole; one that holds a rule of somebody else's is not. */
export const ownCollections = (firewall: Firewall, seal: Seal, is: Is): readonly OwnCollection[] =>
  firewall.collections.flatMap((collection) => {
    const marks = collection.rules.map((rule) => markOf(firewall.id, rule, seal, is));
    const [mark] = marks;
    return mark === undefined || marks.includes(undefined) ? [] : [{ collection, mark }];
  });

/** The firewall as it would be without the rules of ours that claim what is asked for. */
export function withoutOwn(firewall: Firewall, seal: Seal, is: Is): Firewall {
  const collections = firewall.collections.flatMap((collection) => {
    const rules = collection.rules.filter((rule) => markOf(firewall.id, rule, seal, is) === undefined);
    if (rules.length === collection.rules.length) return [collection];
    return rules.length === 0 ? [] : [{ ...collection, rules }];
  });
  return { ...firewall, collections };
}

/** Every rule of a firewall that claims to be ours, genuine or not. */
export const markedAtFirewalls = (net: AzureNet, seal: Seal): readonly Marked[] =>
  net.firewalls.flatMap(({ id: object, collections }) =>
    collections.flatMap(({ rules }) =>
      rules.flatMap(({ name: rule, description }) => {
        const mark = readMark(description);
        return mark === undefined ? [] : [{ object, rule, mark, verified: seal.verifies(mark, { object, rule }) }];
      }),
    ),
  );

/**
 * Takes away what is a claim's: a collection that is all of it goes, of another only its rules do. `needed` stay.
 */
export const removalsAt = (
  firewall: Firewall,
  seal: Seal,
  claim: Pick<Claim, "kind" | "id">,
  needed: ReadonlySet<FirewallCollection> = new Set(),
): readonly Change<FirewallCollection>[] =>
  firewall.collections.flatMap((collection): readonly Change<FirewallCollection>[] => {
    if (needed.has(collection)) return [];
    const marks = collection.rules.flatMap((rule) => markOf(firewall.id, rule, seal, isOf(claim)) ?? []);
    const [mark] = marks;
    if (mark === undefined) return [];
    if (marks.length === collection.rules.length)
      return [{ object: firewall.id, verb: "delete", rule: collection, mark }];
    const rules = collection.rules.filter((rule) => markOf(firewall.id, rule, seal, isOf(claim)) === undefined);
    return [{ object: firewall.id, verb: "put", rule: { ...collection, rules }, mark }];
  });

/** The name that a collection takes: never that of one that is not ours. */
export function collectionName(
  firewall: Firewall,
  own: readonly OwnCollection[],
  kind: FirewallCollection["kind"],
  wanted: string,
): string {
  for (const name of spellings(wanted)) {
    const there = firewall.collections.find((one) => one.kind === kind && sameName(one.name, name));
    if (there === undefined || own.some(({ collection }) => collection === there)) return name;
  }
  throw new Error("unreachable: there is always another spelling");
}

/** What a rule of ours is to be, but for its mark. */
export type FirewallContent = Omit<FirewallRule, "description">;

/** A rule's content, of which only these texts are used by us. */
export const contentOfRule = (
  content: Pick<FirewallRule, "name" | "protocols" | "sources" | "destinations" | "destinationPorts"> &
    Pick<Partial<FirewallRule>, "translated">,
): FirewallContent => ({ sourceGroups: [], destinationGroups: [], destinationNames: [], ...content });

/** Writes a collection of ours: every rule in it is marked for its own place. */
export function putCollection(
  firewall: ObjectId,
  collection: Omit<FirewallCollection, "rules">,
  rules: readonly FirewallContent[],
  claim: Claim,
  seal: Seal,
): Change<FirewallCollection> {
  const marked = rules.map((rule) => {
    const mark = seal.sign(claim, { object: firewall, rule: rule.name });
    return { mark, rule: { ...rule, description: markText(mark) } };
  });
  const [first] = marked;
  if (first === undefined) throw new Error("a collection of ours has a rule at least");
  return {
    object: firewall,
    verb: "put",
    rule: { ...collection, rules: marked.map(({ rule }) => rule) },
    mark: first.mark,
  };
}

/** Does the firewall hold this already, all of it in force? A firewall whose last write did not succeed is written again (P37). */
export const holdsAlready = (
  firewall: Firewall,
  now: OwnCollection | undefined,
  { rule: wanted, mark }: Change<FirewallCollection>,
): boolean =>
  firewall.isSettled &&
  now !== undefined &&
  mark !== undefined &&
  now.collection.priority === wanted.priority &&
  now.collection.action === wanted.action &&
  now.collection.rules.length === wanted.rules.length &&
  wanted.rules.every((rule) =>
    now.collection.rules.some((held) => {
      const claim = readMark(held.description)?.claim;
      return claim !== undefined && sameClaim(claim, mark.claim) && contentText(held) === contentText(rule);
    }),
  );

const contentText = (rule: FirewallRule): string =>
  JSON.stringify([
    rule.name.toLowerCase(),
    ...[
      rule.protocols,
      rule.sources,
      rule.sourceGroups,
      rule.destinations,
      rule.destinationGroups,
      rule.destinationNames,
      rule.destinationPorts,
    ].map((texts) => texts.toSorted()),
    rule.translated?.address,
    rule.translated?.name,
    rule.translated?.port,
  ]);

/** The priorities that collections of a kind have. */
export const takenAt = ({ collections }: Firewall, kind: FirewallCollection["kind"]): Set<number> =>
  new Set(collections.filter((one) => one.kind === kind).map(({ priority }) => priority));
