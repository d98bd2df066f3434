import type { Change, FirewallCollection, FirewallRule } from "@sallyport/domain";

/** A firewall's body as Azure gave it; most of it is none of our business, and must not be lost (P28). */
export type FirewallDocument = Readonly<Record<string, unknown>>;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const objectIn = (value: unknown): Json => (isObject(value) ? value : {});
const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const COLLECTIONS = { nat: "natRuleCollections", network: "networkRuleCollections" } as const;

/** What governs the firewall instead of classic rules; `undefined` where nothing does (S24–S26). */
export function governedBy(document: FirewallDocument): string | undefined {
  const { firewallPolicy, virtualHub, sku } = objectIn(document["properties"]);
  for (const reference of [firewallPolicy, virtualHub]) {
    const { id } = objectIn(reference);
    if (typeof id === "string" && id !== "") return id;
  }
  const { name } = objectIn(sku);
  return typeof name === "string" && name.toLowerCase() === "azfw_hub" ? "a hub" : undefined;
}

/** The document with the changes, all else as it is. The very same value where nothing changes. */
export function changed(document: FirewallDocument, changes: readonly Change<FirewallCollection>[]): FirewallDocument {
  return changes.reduce((before, { verb, rule }) => {
    const properties = objectIn(before["properties"]);
    const list = COLLECTIONS[rule.kind];
    const was = listIn(properties[list]);
    const is = verb === "delete" ? was.filter((one) => !isNamed(one, rule.name)) : withCollection(was, rule);
    const isSame = was.length === is.length && was.every((one, at) => sameJson(one, is[at]));
    return isSame ? before : { ...before, properties: { ...properties, [list]: is } };
  }, document);
}

/** Whether a collection that is to be put would stand at the number of another of its kind: somebody took it meanwhile. */
export function clashIn(
  document: FirewallDocument,
  changes: readonly Change<FirewallCollection>[],
): string | undefined {
  const properties = objectIn(document["properties"]);
  for (const { verb, rule } of changes) {
    const other = listIn(properties[COLLECTIONS[rule.kind]]).find(
      (one) => !isNamed(one, rule.name) && objectIn(objectIn(one)["properties"])["priority"] === rule.priority,
    );
    if (verb === "put" && other !== undefined) return `${rule.priority} of ${String(objectIn(other)["name"])}`;
  }
  return undefined;
}

function withCollection(was: readonly unknown[], rule: FirewallCollection): readonly unknown[] {
  const at = was.findIndex((one) => isNamed(one, rule.name));
  const next = collectionOf(rule, at < 0 ? undefined : was[at]);
  return at < 0 ? [...was, next] : was.with(at, next);
}

const isNamed = (body: unknown, name: string): boolean => sameText(objectIn(body)["name"], name);
const sameText = (a: unknown, b: string): boolean => typeof a === "string" && a.toLowerCase() === b.toLowerCase();

/** A rule of somebody else's in one of our collections is kept as Azure gave it. */
function collectionOf({ kind, name, priority, action, rules }: FirewallCollection, was: unknown): unknown {
  const before = objectIn(was);
  const properties = objectIn(before["properties"]);
  const held = listIn(properties["rules"]);
  const next = rules.map((rule) => {
    const same = held.find((one) => isNamed(one, rule.name));
    const body = { ...objectIn(same), ...ruleBody(kind, rule) };
    return same !== undefined && objectIn(same)["description"] === rule.description && covers(same, body) ? same : body;
  });
  return {
    ...before,
    name,
    properties: { ...properties, priority, action: { type: ACTIONS[action] }, rules: next },
  };
}

const ACTIONS = { allow: "Allow", deny: "Deny", dnat: "Dnat" } as const;
const PROTOCOLS: Readonly<Record<string, string>> = { tcp: "TCP", udp: "UDP", any: "Any", icmp: "ICMP" };

const ruleBody = (kind: FirewallCollection["kind"], rule: FirewallRule): Json => ({
  name: rule.name,
  description: rule.description,
  protocols: rule.protocols.map((protocol) => PROTOCOLS[protocol] ?? protocol),
  sourceAddresses: rule.sources,
  destinationAddresses: rule.destinations,
  destinationPorts: rule.destinationPorts,
  ...(kind === "nat" && {
    ...(rule.translated?.address !== undefined && { translatedAddress: rule.translated.address }),
    ...(rule.translated?.name !== undefined && { translatedFqdn: rule.translated.name }),
    ...(rule.translated?.port !== undefined && { translatedPort: rule.translated.port }),
  }),
});

/** Says the held one all that the other says, whatever it says besides, and in whatever order? */
const covers = (held: unknown, wanted: Json): boolean =>
  Object.entries(wanted).every(([key, value]) => sameJson(folded(objectIn(held)[key]), folded(value)));

const folded = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((one) => String(one).toLowerCase()).toSorted() : value;

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What the specification calls read-only: Azure sets it, and a request does not say it. */
const READ_ONLY: Readonly<Record<string, readonly string[]>> = {
  "": ["etag", "name", "type"],
  properties: ["provisioningState", "ipGroups"],
  place: ["etag", "type"],
  placeProperties: ["privateIPAddress", "privateIPAllocationMethod", "provisioningState"],
  collection: ["etag", "type"],
  collectionProperties: ["provisioningState"],
};

const without = (body: Json, level: string): Json =>
  Object.fromEntries(Object.entries(body).filter(([key]) => READ_ONLY[level]?.includes(key) !== true));

const withProperties = (one: unknown, level: string): unknown => {
  if (!isObject(one)) return one;
  const properties = one["properties"];
  return {
    ...without(one, level),
    ...(isObject(properties) && { properties: without(properties, `${level}Properties`) }),
  };
};

/** The body of a PUT: the whole live document but for what is read-only. Nothing else may be left out: what is, Azure takes away (P14). */
export function bodyOf(document: FirewallDocument): unknown {
  const properties = without(objectIn(document["properties"]), "properties");
  const parts = Object.entries(properties).map(([key, value]): [string, unknown] => {
    if (key === "ipConfigurations") return [key, listIn(value).map((one) => withProperties(one, "place"))];
    if (key === "managementIpConfiguration") return [key, withProperties(value, "place")];
    if (key.endsWith("RuleCollections")) return [key, listIn(value).map((one) => withProperties(one, "collection"))];
    return [key, value];
  });
  return { ...without(document, ""), properties: Object.fromEntries(parts) };
}
