import type { Change } from "../model.ts";
import { sameName } from "./names.ts";
import type { AzureNet, Nsg, NsgRule } from "./net.ts";

/** What Azure will hold once the changes are written. Untouched rules stay the very same values. An NSG that is gone stays gone. */
export function applyChanges(net: AzureNet, changes: readonly Change<NsgRule>[]): AzureNet {
  if (changes.length === 0) return net;
  const nsgs = new Map(net.nsgs.map((nsg) => [nsg.id, nsg]));
  for (const change of changes) {
    const nsg = nsgs.get(change.object);
    if (nsg !== undefined) nsgs.set(nsg.id, { ...nsg, rules: rulesAfter(nsg, change) });
  }
  return { ...net, nsgs: [...nsgs.values()] };
}

function rulesAfter({ rules }: Nsg, { verb, rule }: Change<NsgRule>): readonly NsgRule[] {
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
