import { z } from "zod";
import { ArmDocument } from "../world/documents.ts";

/** One resource as `az … list` prints it: what the API shows under `properties` stands beside the name (or, from `az rest`, still under it). */
const Printed = z.looseObject({
  id: z.string().startsWith("/subscriptions/"),
  name: z.string().min(1).optional(),
  type: z.string().min(1).optional(),
  location: z.string().optional(),
  properties: z.looseObject({}).optional(),
});

/** What stands beside `properties` in a body, too. */
const FRAME = new Set([
  "id",
  "name",
  "type",
  "location",
  "tags",
  "etag",
  "sku",
  "zones",
  "identity",
  "plan",
  "kind",
  "managedBy",
  "extendedLocation",
  "resources",
]);

/** Lists of parts that have properties of their own. */
const PARTS = new Set([
  "securityRules",
  "defaultSecurityRules",
  "subnets",
  "ipConfigurations",
  "virtualNetworkPeerings",
  "routes",
  "networkRuleCollections",
  "natRuleCollections",
  "applicationRuleCollections",
  "delegations",
]);

/** What the command line adds. */
const ADDED = new Set(["resourceGroup", "fqdns", "macAddresses", "privateIps", "publicIps", "powerState"]);

const Machine = z.looseObject({
  powerState: z.string().nullish(),
  networkProfile: z
    .looseObject({
      networkInterfaces: z.array(z.looseObject({ id: z.string(), primary: z.boolean().nullish() })).default([]),
    })
    .nullish(),
});

/**
 * Resources exported with `az network nsg list`, `az vm list -d`, `az network nic list`, `az network vnet list`,
 * `az network public-ip list` and their like, as bodies. Throws zod's error when it is something else.
 */
export const readExport = (json: unknown): readonly ArmDocument[] => z.array(Printed).parse(json).map(bodyOf);

function bodyOf(printed: z.infer<typeof Printed>): ArmDocument {
  const segments = printed.id.split("/");
  const frame = {
    ...pick(printed, (key) => FRAME.has(key)),
    name: printed.name ?? segments.at(-1),
    type: printed.type ?? `${segments[6] ?? ""}/${segments[7] ?? ""}`,
  };
  if (printed.properties !== undefined) return ArmDocument.parse({ ...frame, properties: printed.properties });
  const properties = inner(pick(printed, (key) => !FRAME.has(key)));
  const machine = frame.type.toLowerCase() === "microsoft.compute/virtualmachines" ? machineOf(printed) : {};
  return ArmDocument.parse({ ...frame, properties: { ...properties, ...machine } });
}

const pick = (from: object, isWanted: (key: string) => boolean) =>
  Object.fromEntries(Object.entries(from).filter(([key, value]) => isWanted(key) && !ADDED.has(key) && value !== null));

/** Everything below, with the properties of parts put where they belong. */
function inner(from: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(from).map(([key, value]): readonly [string, unknown] => {
      if (Array.isArray(value))
        return [key, value.map((item: unknown) => (PARTS.has(key) && isPart(item) ? partOf(item) : plain(item)))];
      return [key, plain(value)];
    }),
  );
}

const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  return isObject(value) ? inner(pick(value, () => true)) : value;
};

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A reference to a part has an id and no name. */
const isPart = (value: unknown): value is object => isObject(value) && "name" in value && !("properties" in value);

const OF_PART = new Set(["id", "name", "type", "etag"]);

const partOf = (part: object) => ({
  ...pick(part, (key) => OF_PART.has(key)),
  properties: inner(pick(part, (key) => !OF_PART.has(key))),
});

/** With its power, which `-d` prints as a word, and with each interface's rank where the API has it. */
function machineOf(printed: object) {
  const { powerState, networkProfile } = Machine.parse(printed);
  const code = `PowerState/${(powerState ?? "").replace(/^VM /i, "")}`;
  return {
    ...(powerState && { instanceView: { statuses: [{ code, level: "Info", displayStatus: powerState }] } }),
    ...(networkProfile && {
      networkProfile: {
        networkInterfaces: networkProfile.networkInterfaces.map(({ id, primary }) => ({
          id,
          ...(typeof primary === "boolean" && { properties: { primary } }),
        })),
      },
    }),
  };
}
