import type { ObjectId } from "@sallyport/contracts";
import { markText, readMark, sameClaim } from "../mark.ts";
import type { Claim, Mark, Seal } from "../mark.ts";
import type { Change, Marked } from "../model.ts";
import { sameName, spellings } from "./names.ts";
import type { AzureNet, Nsg, NsgRule } from "./net.ts";

/** A rule of ours, with its verified mark. */
export interface Own {
  readonly rule: NsgRule;
  readonly mark: Mark;
}

/** The rule's mark if it verifies where it stands. */
function verified(nsg: ObjectId, rule: NsgRule, seal: Seal): Mark | undefined {
  const mark = readMark(rule.description);
  return mark !== undefined && seal.verifies(mark, { object: nsg, rule: rule.name }) ? mark : undefined;
}

/** The NSG's rules that verify as ours and claim what is asked for. */
export const ownRules = ({ id, rules }: Nsg, seal: Seal, is: (claim: Claim) => boolean): readonly Own[] =>
  rules.flatMap((rule) => {
    const mark = verified(id, rule, seal);
    return mark !== undefined && is(mark.claim) ? [{ rule, mark }] : [];
  });

/** Does the claim speak of the same grant or lockdown? Ends may differ. */
export const isOf =
  ({ kind, id }: Pick<Claim, "kind" | "id">) =>
  (claim: Claim): boolean =>
    claim.kind === kind && claim.id === id;

/** Every rule of an NSG that claims to be ours, genuine or not. */
export const markedAtNsgs = (net: AzureNet, seal: Seal): readonly Marked[] =>
  net.nsgs.flatMap(({ id: object, rules }) =>
    rules.flatMap(({ name: rule, description }) => {
      const mark = readMark(description);
      return mark === undefined ? [] : [{ object, rule, mark, verified: seal.verifies(mark, { object, rule }) }];
    }),
  );

/** The NSG as it would be without some of its rules. */
export const withoutRules = (nsg: Nsg, gone: readonly Own[]): Nsg => {
  if (gone.length === 0) return nsg;
  const rules = new Set(gone.map(({ rule }) => rule));
  return { ...nsg, rules: nsg.rules.filter((rule) => !rules.has(rule)) };
};

/** What a rule of ours is to be, but for its name, priority and mark. */
export type Content = Pick<NsgRule, "access" | "protocol" | "destinationPorts" | "sources" | "destinations">;

/** What stands for this slot now, or the name that a new rule takes: never that of a rule that is not ours. */
export function slotFor(nsg: Nsg, own: readonly Own[], wanted: string): { readonly name: string; readonly now?: Own } {
  for (const name of spellings(wanted)) {
    const now = own.find(({ rule }) => sameName(rule.name, name));
    if (now !== undefined) return { name: now.rule.name, now };
    if (!nsg.rules.some((rule) => sameName(rule.name, name))) return { name };
  }
  throw new Error("unreachable: there is always another spelling");
}

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.toSorted().join(" ") === b.toSorted().join(" ");

const sameContent = (rule: NsgRule, content: Content): boolean =>
  rule.access === content.access &&
  rule.direction === "inbound" &&
  rule.protocol === content.protocol &&
  sameTexts(rule.sourcePorts, ["*"]) &&
  sameTexts(rule.destinationPorts, content.destinationPorts) &&
  sameTexts(rule.sources, content.sources) &&
  sameTexts(rule.destinations, content.destinations) &&
  rule.sourceGroups.length + rule.destinationGroups.length === 0;

/** Does the rule say this already, and is it in force? One whose last write did not succeed is written again (P37). */
export const says = ({ rule, mark }: Own, claim: Claim, content: Content): boolean =>
  rule.inDoubt !== true && sameClaim(mark.claim, claim) && sameContent(rule, content);

/** Is what Azure holds what we wrote? */
export const saysTheSame = (held: NsgRule, written: NsgRule): boolean =>
  held.priority === written.priority && held.description === written.description && sameContent(held, written);

/** Writes a rule of ours, marked for its place. */
export function putRule(
  nsg: ObjectId,
  name: string,
  priority: number,
  claim: Claim,
  content: Content,
  seal: Seal,
): Change<NsgRule> {
  const mark = seal.sign(claim, { object: nsg, rule: name });
  const rule: NsgRule = {
    ...content,
    name,
    priority,
    description: markText(mark),
    direction: "inbound",
    sourcePorts: ["*"],
    sourceGroups: [],
    destinationGroups: [],
  };
  return { object: nsg, verb: "put", rule, mark };
}

export const deleteRule = (nsg: ObjectId, { rule, mark }: Own): Change<NsgRule> => ({
  object: nsg,
  verb: "delete",
  rule,
  mark,
});

/** The priorities that inbound rules of the NSG have, ours included. */
export const takenIn = ({ rules }: Nsg): Set<number> =>
  new Set(rules.filter(({ direction }) => direction === "inbound").map(({ priority }) => priority));
