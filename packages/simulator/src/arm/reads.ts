import { msOf } from "@sallyport/contracts";
import type { Clock } from "@sallyport/backbone";
import { keyOf } from "../world/azure/estate.ts";
import type { Entry, Estate } from "../world/azure/estate.ts";
import { parseAddress } from "../world/azure/address.ts";
import type { AzureResource, Vnet } from "../world/azure/resources.ts";
import { availabilityOf, takenAddresses } from "./addresses.ts";
import { gatewayRefusal, ok, refuse } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import { isGroup } from "./groups.ts";
import { idOf } from "./plan.ts";
import type { Render } from "./render.ts";
import { resourcesFilter } from "./resources-filter.ts";
import type { Target } from "./target.ts";
import { knownType } from "./types.ts";

export interface ReadContext {
  readonly estate: Estate;
  readonly render: Render;
  readonly clock: Pick<Clock, "now">;
  readonly query: URLSearchParams;
  /** Of this server, with the path of the request: what a `nextLink` starts with. */
  readonly here: string;
  readonly pageSize: number;
  /** A script wants the answer of before the last write; with a number, only this long after it. */
  readonly stale: false | { readonly forMs?: number | undefined };
}

type OneOf<K extends Target["kind"]> = Extract<Target, { kind: K }>;

/** What a GET shows of an entry. */
function shownOf(entry: Entry, { stale, clock }: ReadContext): AzureResource | undefined {
  if (stale === false || entry.before === undefined) return entry.shown;
  const isOver = stale.forMs !== undefined && msOf(clock.now()) - entry.before.untilMs > stale.forMs;
  return isOver ? entry.shown : entry.before.shown;
}

const notFound = ({ namespace, type, name, group }: OneOf<"resource" | "children" | "child">): Refusal =>
  gatewayRefusal(
    404,
    "ResourceNotFound",
    `The Resource '${namespace}/${type}/${name}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );

const wantsInstanceView = (query: URLSearchParams): boolean =>
  (query.get("$expand") ?? "").toLowerCase().split(",").includes("instanceview") || query.get("statusOnly") === "true";

export function readResourceAt(target: OneOf<"resource">, context: ReadContext): Answer | Refusal {
  const entry = context.estate.entry(idOf(target));
  const shown = entry && shownOf(entry, context);
  if (shown === undefined) return notFound(target);
  const json = context.render.text(shown, { instanceView: wantsInstanceView(context.query) });
  return { status: 200, json, headers: etagHeader(shown.doc.etag) };
}

const etagHeader = (etag: unknown): Readonly<Record<string, string>> => (typeof etag === "string" ? { etag } : {});

const COLLECTIONS: Readonly<Record<string, string>> = {
  securityrules: "securityRules",
  defaultsecurityrules: "defaultSecurityRules",
  subnets: "subnets",
  ipconfigurations: "ipConfigurations",
  virtualnetworkpeerings: "virtualNetworkPeerings",
  routes: "routes",
  azurefirewallipconfigurations: "ipConfigurations",
  networkrulecollections: "networkRuleCollections",
  natrulecollections: "natRuleCollections",
  applicationrulecollections: "applicationRuleCollections",
};

export interface Part {
  readonly name: string;
  readonly etag?: unknown;
}

/** The parts of a body, as they are shown inside it. */
export function partsOf(body: object, childType: string): readonly Part[] | undefined {
  const name = COLLECTIONS[keyOf(childType)];
  const properties = "properties" in body ? body.properties : undefined;
  if (name === undefined || typeof properties !== "object" || properties === null) return undefined;
  const list: unknown = Object.entries(properties).find(([key]) => key === name)?.[1];
  return Array.isArray(list) ? list.filter(isPart) : undefined;
}

const isPart = (value: unknown): value is Part =>
  typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";

export function readChildren(target: OneOf<"children">, context: ReadContext): Answer | Refusal {
  const entry = context.estate.entry(idOf(target));
  const shown = entry && shownOf(entry, context);
  if (shown === undefined) return notFound(target);
  if (shown.kind === "vm" && keyOf(target.childType) === "instanceview")
    return ok(shown.doc.properties.instanceView ?? {});
  if (shown.kind === "vnet" && keyOf(target.childType) === "checkipaddressavailability")
    return checkAddress(shown.doc, context);
  const parts = partsOf(context.render.body(shown), target.childType);
  return parts === undefined
    ? unknownType(`${target.type}/${target.childType}`, target.namespace)
    : ok({ value: parts });
}

function checkAddress({ id, properties }: Vnet, { estate, query }: ReadContext): Answer | Refusal {
  const text = query.get("ipAddress") ?? "";
  const address = parseAddress(text);
  if (address === undefined) return refuse(400, "InvalidIPAddressFormat", `IP address ${text} is invalid.`);
  const subnets = properties.subnets.map((subnet) => ({
    id: keyOf(`${id}/subnets/${subnet.name}`),
    prefixes: subnet.properties.addressPrefix
      ? [subnet.properties.addressPrefix]
      : (subnet.properties.addressPrefixes ?? []),
  }));
  return ok(availabilityOf(address, subnets, takenAddresses(estate, "")));
}

export function readChild(target: OneOf<"child">, context: ReadContext): Answer | Refusal {
  const entry = context.estate.entry(idOf(target));
  const shown = entry && shownOf(entry, context);
  if (shown === undefined) return notFound(target);
  const parts = partsOf(context.render.body(shown), target.childType);
  if (parts === undefined) return unknownType(`${target.type}/${target.childType}`, target.namespace);
  const part = parts.find(({ name }) => keyOf(name) === keyOf(target.childName));
  if (part !== undefined) return ok(part, etagHeader(part.etag));
  return refuse(404, "NotFound", `Resource ${shown.doc.id}/${target.childType}/${target.childName} not found.`);
}

const unknownType = (type: string, namespace: string): Refusal =>
  gatewayRefusal(
    404,
    "InvalidResourceType",
    `The resource type '${type}' could not be found in the namespace '${namespace}'.`,
  );

export function readList(target: OneOf<"list">, context: ReadContext): Answer | Refusal {
  if (knownType(target.namespace, target.type) === undefined) return unknownType(target.type, target.namespace);
  const infix = keyOf(`/providers/${target.namespace}/${target.type}/`);
  const start =
    keyOf(`/subscriptions/${target.subscriptionId}/resourceGroups/${target.group ?? ""}`) +
    (target.group === undefined ? "" : "/");
  const keys = [...context.estate.entries()].flatMap(([key]) =>
    key.startsWith(start) && key.includes(infix) && !key.slice(key.indexOf(infix) + infix.length).includes("/")
      ? [key]
      : [],
  );
  const withView = wantsInstanceView(context.query);
  return page(keys, context, (key) => {
    const entry = context.estate.entry(key);
    const shown = entry && shownOf(entry, context);
    return shown && context.render.text(shown, { instanceView: withView });
  });
}

/** One page of a list, and an opaque link to the next. Sorted by id, so that what comes or goes meanwhile shifts nothing. */
function page(
  keys: string[],
  { query, here, pageSize }: ReadContext,
  textOf: (key: string) => string | undefined,
): Answer {
  const after = Buffer.from(query.get("$skiptoken") ?? "", "base64url").toString("utf8");
  const rest = keys.toSorted().filter((key) => key > after);
  const now = rest.slice(0, pageSize);
  const last = now.at(-1);
  const items = now.flatMap((key) => textOf(key) ?? []);
  const query2 = new URLSearchParams(query);
  if (last !== undefined) query2.set("$skiptoken", Buffer.from(last).toString("base64url"));
  const nextLink = rest.length > now.length ? `,"nextLink":${JSON.stringify(`${here}?${query2.toString()}`)}` : "";
  return { status: 200, json: `{"value":[${items.join(",")}]${nextLink}}` };
}

export function readAllResources(target: OneOf<"all-resources">, context: ReadContext): Answer | Refusal {
  const text = context.query.get("$filter") ?? "";
  const isWanted = resourcesFilter(text);
  if (isWanted === undefined)
    return gatewayRefusal(
      400,
      "InvalidFilterInQueryString",
      `Invalid $filter '${text}' specified in the query string.`,
    );
  const start =
    keyOf(`/subscriptions/${target.subscriptionId}/resourceGroups/${target.group ?? ""}`) +
    (target.group === undefined ? "" : "/");
  const value = [...context.estate.entries()].flatMap(([key, { shown }]) => {
    if (shown === undefined || !key.startsWith(start) || isGroup(shown) || !isWanted(shown.doc)) return [];
    const { id, name, type, location, tags } = shown.doc;
    return [{ id, name, type, location, ...(tags && { tags }) }];
  });
  return ok({ value });
}
