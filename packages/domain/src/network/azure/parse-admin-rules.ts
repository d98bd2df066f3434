import type { ObjectId } from "@sallyport/contracts";
import { foldId, lastPart, listIn, objectIn, ownId, propertiesOf, textIn, textsIn } from "./json.ts";
import type { AdminRule, AdminRules } from "./net.ts";
import { protocolIn } from "./parse-nsg.ts";

/** The security admin rules in force in one network, as ARM lists them; or why they could not be read. */
export type AdminRulesBody =
  | { readonly vnet: string; readonly rules: readonly unknown[] }
  | { readonly vnet: string; readonly unread: string; readonly mayPass?: true };

/** One rule that is not understood makes all of them unread: it might come before the others (P31). */
export function parseAdminRules(body: AdminRulesBody): AdminRules {
  const vnet = foldId(body.vnet);
  if ("unread" in body)
    return { vnet, rules: [], unread: body.unread, ...(body.mayPass === true && { mayPass: true }) };
  const rules: AdminRule[] = [];
  for (const one of body.rules) {
    const rule = parseAdminRule(one);
    if (rule === undefined)
      return { vnet, rules: [], unread: `${textIn(objectIn(one)["id"]) ?? "a rule"} says nothing that is understood` };
    rules.push(rule);
  }
  return { vnet, rules };
}

const ACCESS: Readonly<Record<string, AdminRule["access"]>> = {
  allow: "allow",
  deny: "deny",
  alwaysallow: "always-allow",
};

function parseAdminRule(body: unknown): AdminRule | undefined {
  const is = propertiesOf(body);
  const id = ownId(body, "security admin rule");
  const access = ACCESS[textIn(is["access"])?.toLowerCase() ?? ""];
  const direction = textIn(is["direction"])?.toLowerCase();
  const { priority } = is;
  if (access === undefined || typeof priority !== "number") return undefined;
  if (direction !== "inbound" && direction !== "outbound") return undefined;
  return {
    id,
    name: lastPart(textIn(objectIn(body)["id"]) ?? id),
    manager: managerOf(id),
    access,
    direction,
    priority,
    protocol: protocolIn(is["protocol"]),
    sourcePorts: orAny(textsIn(is["sourcePortRanges"])),
    destinationPorts: orAny(textsIn(is["destinationPortRanges"])),
    sources: orAny(prefixesIn(is["sources"])),
    destinations: orAny(prefixesIn(is["destinations"])),
    sourceGroups: [],
    destinationGroups: [],
  };
}

const managerOf = (id: ObjectId): ObjectId => {
  const [manager] = /^.*?\/networkmanagers\/[^/]+/.exec(id) ?? [];
  return (manager ?? id) as ObjectId;
};

const prefixesIn = (items: unknown): readonly string[] =>
  listIn(items).flatMap((item) => textIn(objectIn(item)["addressPrefix"]) ?? []);

/** What a rule leaves out does not narrow it. */
const orAny = (texts: readonly string[]): readonly string[] => (texts.length > 0 ? texts : ["*"]);
