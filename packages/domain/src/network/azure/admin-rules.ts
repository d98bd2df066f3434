import type { ObjectId, VmRef } from "@sallyport/contracts";
import { andBy, decider, difference, eitherWay, everySource, firstMatch, intersect, override } from "../address-set.ts";
import type { AddressSet, Ruling } from "../address-set.ts";
import type { VmFacts } from "../../recommendation/vm-facts.ts";
import { extentOf } from "./extent.ts";
import type { AdminRule, AdminRules, AzureNet } from "./net.ts";
import { coversPort, coversSpot, matching } from "./nsg.ts";
import type { Arrival } from "./nsg.ts";
import { indexOf } from "./spot.ts";
import type { Spot } from "./spot.ts";

/** What the security admin rules of a network do with every source, before any NSG is asked (azure.md §7, P31). */
export interface AtAdmin {
  /** The network. */
  readonly object: ObjectId;
  /** Denied: finally, by a Deny. Allowed: handed on to the NSGs, by an Allow or for want of a rule (`by` is empty, then), or let in. */
  readonly passes: AddressSet;
  /** Allowed: let in past every NSG, by an AlwaysAllow. Denied: not so. */
  readonly bypasses: AddressSet;
  /** The id of the rule that `by` names. */
  readonly idOf: (by: string) => ObjectId | undefined;
  /** The rules are not known for the moment only. */
  readonly mayPass?: true;
}

/** The security admin rules before an address; `undefined` where there are none about such packets. */
export function adminAt(net: AzureNet, arrival: Arrival): AtAdmin | undefined {
  const { spot, port, protocol } = arrival;
  const at = rulesAt(net, spot);
  if (at === undefined) return undefined;
  const { vnet: object, rules, unread, mayPass } = at;
  if (unread !== undefined) {
    const all = everySource(spot.family, "unknown", decider(object, UNREAD), reasonOf(unread));
    return { object, passes: all, bypasses: all, idOf: () => undefined, ...(mayPass === true && { mayPass }) };
  }
  const about = rules.filter(
    (rule) => rule.direction === "inbound" && coversPort(rule, port, protocol) && coversSpot(rule, spot),
  );
  if (about.length === 0) return undefined;
  return {
    object,
    passes: inAnyOrder(about, arrival, PASSES),
    // A denial of the bypass is no denial: the NSGs go on to be asked, and are who decides.
    bypasses: nameless(inAnyOrder(about, arrival, BYPASSES), "denied"),
    idOf: (by) => about.find(({ manager, name }) => decider(manager, name) === by)?.id,
  };
}

const UNREAD = "security admin rules";
const reasonOf = (unread: string): string => `the security admin rules of the network could not be read: ${unread}`;

/** Those of the network that an address is in. */
export const rulesAt = (net: AzureNet, { vnet }: Pick<Spot, "vnet">): AdminRules | undefined =>
  vnet === undefined ? undefined : indexOf(net).adminRules(vnet.id);

/** What becomes of sources in the end: denied by a Deny, let in by an AlwaysAllow, and for all others as the NSGs say. */
export const decideBefore = ({ passes, bypasses }: AtAdmin, levels: AddressSet): AddressSet =>
  // Who only passes is let in by the NSGs: they alone are named.
  intersect(nameless(passes, "allowed"), eitherWay(bypasses, levels));

/** The same without whom it is by, where the verdict is this one. */
const nameless = ({ family, parts }: AddressSet, verdict: Ruling["verdict"]): AddressSet => ({
  family,
  parts: parts.map((part) => (part.verdict === verdict ? { ...part, by: "" } : part)),
});

type Outcome = Readonly<Record<AdminRule["access"], Ruling["verdict"]>>;
const PASSES: Outcome = { deny: "denied", allow: "allowed", "always-allow": "allowed" };
const BYPASSES: Outcome = { deny: "denied", allow: "denied", "always-allow": "allowed" };

/**
 * The first rule that matches decides. Between rules of equal priority, and between two network managers, the order is not to be seen
 * from the network: where it matters, nobody here knows. Whichever rule of some priority might be the first, one of these orders puts
 * a rule that does the same before it.
 */
function inAnyOrder(rules: readonly AdminRule[], arrival: Arrival, outcome: Outcome): AddressSet {
  const managers = [...new Set(rules.map(({ manager }) => manager))];
  const kinds = [...new Set(rules.map(({ access }) => access))];
  const [first, ...others] = managers.flatMap((ahead) =>
    kinds.map((kind) => {
      const managerRank = ({ manager }: AdminRule) => (manager === ahead ? 0 : 1);
      const kindRank = ({ access }: AdminRule) => (access === kind ? 0 : 1);
      return inOrder(
        rules.toSorted(
          (a, b) => managerRank(a) - managerRank(b) || a.priority - b.priority || kindRank(a) - kindRank(b),
        ),
        arrival,
        outcome,
      );
    }),
  );
  if (first === undefined) throw new Error("there are rules to put in order");
  return others.reduce(agreed, first);
}

function inOrder(rules: readonly AdminRule[], arrival: Arrival, outcome: Outcome): AddressSet {
  const matches = rules.map((rule) => ({
    ruling: { verdict: outcome[rule.access], by: decider(rule.manager, rule.name) },
    ...matching(rule, arrival),
  }));
  return firstMatch(arrival.spot.family, matches, { verdict: outcome.allow, by: "" });
}

function agreed(one: AddressSet, other: AddressSet): AddressSet {
  return difference(one, other).reduce((set, { first, last, before, after }) => {
    const by = andBy(before.by, after.by);
    return override(set, [{ first, last }], {
      verdict: "unknown",
      by,
      reason: `which of the security admin rules ${by} comes first is not known`,
    });
  }, one);
}

/** The ports at which what security admin rules do with packets for the VM may change. */
export const adminBoundaries = (net: AzureNet, vm: VmRef): readonly number[] =>
  indexOf(net)
    .spots(vm)
    .flatMap((spot) =>
      (rulesAt(net, spot)?.rules ?? [])
        .filter((rule) => rule.direction === "inbound" && coversSpot(rule, spot))
        .flatMap((rule) => extentOf(rule).ports.flatMap(([first, last]) => [first, last + 1])),
    );

/** The networks of the VM whose security admin rules decide something, or could not be read, with how `Part.by` names what decides. */
export function adminFacts(net: AzureNet, vm: VmRef): NonNullable<VmFacts["adminRules"]> {
  const found = new Map<ObjectId, NonNullable<VmFacts["adminRules"]>[number]>();
  for (const spot of indexOf(net).spots(vm)) {
    const at = rulesAt(net, spot);
    if (at === undefined) continue;
    const { vnet: network, rules, unread } = at;
    if (unread !== undefined) found.set(network, { network, deciders: [decider(network, UNREAD)], unread });
    else if (rules.length > 0)
      found.set(network, { network, deciders: rules.map(({ manager, name }) => decider(manager, name)) });
  }
  return [...found.values()];
}
