import type { ObjectId } from "@sallyport/contracts";
import type { Change } from "../model.ts";
import { sameName } from "./names.ts";
import { isCollection } from "./net.ts";
import type { AzureNet, AzureRule, Firewall, FirewallCollection, Nsg, NsgRule } from "./net.ts";

/** What Azure will hold once the changes are written. Untouched rules stay the very same values. An object that is gone stays gone. */
export function applyChanges(net: AzureNet, changes: readonly Change<AzureRule>[]): AzureNet {
  if (changes.length === 0) return net;
  const nsgs = new Map(net.nsgs.map((nsg) => [nsg.id, nsg]));
  const firewalls = new Map(net.firewalls.map((firewall) => [firewall.id, firewall]));
  for (const { object, verb, rule } of changes)
    if (isCollection(rule)) change(firewalls, object, (was) => firewallAfter(was, verb, rule));
    else change(nsgs, object, (was) => ({ ...was, rules: rulesAfter(was, verb, rule) }));
  return {
    ...net,
    nsgs: changes.every(({ rule }) => isCollection(rule)) ? net.nsgs : [...nsgs.values()],
    firewalls: changes.some(({ rule }) => isCollection(rule)) ? [...firewalls.values()] : net.firewalls,
  };
}

function change<T>(all: Map<ObjectId, T>, id: ObjectId, to: (was: T) => T): void {
  const was = all.get(id);
  if (was !== undefined) all.set(id, to(was));
}

type Verb = Change<AzureRule>["verb"];

function rulesAfter({ rules }: Nsg, verb: Verb, rule: NsgRule): readonly NsgRule[] {
  switch (verb) {
    case "put":
      return rules.some(({ name }) => sameName(name, rule.name))
        ? rules.map((old) => (sameName(old.name, rule.name) ? rule : old))
        : [...rules, rule];
    case "delete":
      return rules.filter(({ name }) => !sameName(name, rule.name));
    case "attach":
    case "detach":
      throw new Error(`an NSG rule is put or deleted, never ${verb}ed`);
  }
}

/** A firewall is written as a whole, so whatever is written leaves all of it in force. */
function firewallAfter(was: Firewall, verb: Verb, rule: FirewallCollection): Firewall {
  const isIt = (one: FirewallCollection) => one.kind === rule.kind && sameName(one.name, rule.name);
  switch (verb) {
    case "put":
      return {
        ...was,
        isSettled: true,
        collections: was.collections.some(isIt)
          ? was.collections.map((one) => (isIt(one) ? rule : one))
          : [...was.collections, rule],
      };
    case "delete":
      return { ...was, isSettled: true, collections: was.collections.filter((one) => !isIt(one)) };
    case "attach":
    case "detach":
      throw new Error(`a collection of a firewall is put or deleted, never ${verb}ed`);
  }
}
