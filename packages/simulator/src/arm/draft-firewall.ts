import type { z } from "zod";
import { keyOf } from "../world/azure/estate.ts";
import { Firewall } from "../world/azure/resources.ts";
import type { AzureResource, FirewallIpConfiguration } from "../world/azure/resources.ts";
import { refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { complete } from "./complete.ts";
import { badBody, frameOf, missingReference, refusedReference } from "./draft.ts";
import type { DraftContext } from "./draft.ts";
import { freeAddress, refusedPublicIp, subnetPrefixOf, takenAddresses } from "./addresses.ts";

const FirewallBody = Firewall.shape.properties;
type FirewallBody = z.infer<typeof FirewallBody>;

const SUBNET = "azurefirewallsubnet";
const RULES = ["network", "nat", "application"] as const;

/**
 * An Azure Firewall, always whole (azure.md §9): what the body leaves out is gone, its IP configurations included, and without these
 * it is deallocated. Classic rules and a policy exclude each other. The codes of these refusals are not proved by any recording.
 */
export function draftFirewall(context: DraftContext): AzureResource | Refusal {
  const parsed = FirewallBody.safeParse(context.body.properties ?? {});
  if (!parsed.success) return badBody(parsed.error);
  const body = parsed.data;
  const frame = frameOf(context);
  const refused = refusedRules(frame.id, body) ?? refusedReferences(context, frame.id, body);
  if (refused !== undefined) return refused;
  const ipConfigurations = withAddress(context, frame.id, body.ipConfigurations);
  if ("refused" in ipConfigurations) return ipConfigurations;
  const doc = Firewall.parse({
    ...frame,
    properties: {
      ...body,
      provisioningState: "Succeeded",
      ipConfigurations,
      networkRuleCollections: body.networkRuleCollections.map((one) => collectionOf(one, NETWORK_RULE)),
      natRuleCollections: body.natRuleCollections.map((one) => collectionOf(one, NAT_RULE)),
      applicationRuleCollections: body.applicationRuleCollections.map((one) => collectionOf(one, APPLICATION_RULE)),
    },
  });
  return complete({ kind: "firewall", doc }, context.newId);
}

/** What the service adds to rules that leave it out (recorded). */
const NETWORK_RULE = {
  sourceAddresses: [],
  destinationAddresses: [],
  sourceIpGroups: [],
  destinationIpGroups: [],
  destinationFqdns: [],
};
const NAT_RULE = { sourceAddresses: [], sourceIpGroups: [] };
const APPLICATION_RULE = {
  priority: 0,
  direction: "Inbound",
  fqdnTags: [],
  targetFqdns: [],
  actions: [],
  sourceAddresses: [],
  sourceIpGroups: [],
};

function collectionOf(
  collection: { readonly name: string; readonly properties: { readonly rules: readonly object[] } },
  usual: object,
) {
  const { provisioningState: _old, ...properties } = { provisioningState: undefined, ...collection.properties };
  const rules = properties.rules.map((rule) => ({
    ...usual,
    ...Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null)),
  }));
  return { ...collection, properties: { ...properties, rules } };
}

function refusedRules(id: string, body: FirewallBody): Refusal | undefined {
  const given = RULES.flatMap((name) => body[`${name}RuleCollections`].map((one) => ({ ...one, kind: name })));
  const isManaged = body.firewallPolicy || body.virtualHub || body.sku?.name?.toLowerCase() === "azfw_hub";
  if (isManaged && given.length > 0)
    return refuse(
      400,
      "AzureFirewallRuleCollectionsNotAllowedWithFirewallPolicy",
      `Azure Firewall ${id} is managed by a firewall policy or a virtual hub and cannot have rule collections of its own.`,
    );
  for (const name of RULES) {
    const priorities = new Set<number>();
    const names = new Set<string>();
    for (const { name: collection, properties } of body[`${name}RuleCollections`]) {
      const { priority } = properties;
      if (!Number.isInteger(priority) || priority < 100 || priority > 65_000)
        return refuse(
          400,
          "AzureFirewallRuleCollectionInvalidPriority",
          `Rule collection ${collection} of ${id} has the priority ${priority}. Allowed range 100-65000.`,
        );
      if (!/^[a-z0-9](?:[\w.-]{0,78}\w)?$/i.test(collection))
        return refuse(400, "InvalidResourceName", `Resource name ${collection} is invalid.`);
      if (priorities.has(priority) || names.has(collection.toLowerCase()))
        return refuse(
          400,
          "AzureFirewallRuleCollectionConflict",
          `Rule collection ${collection} of ${id} has the name or the priority ${priority} of another of its kind.`,
        );
      priorities.add(priority);
      names.add(collection.toLowerCase());
    }
  }
  return undefined;
}

function refusedReferences({ estate }: DraftContext, id: string, body: FirewallBody): Refusal | undefined {
  const withSubnet = body.ipConfigurations.filter(({ properties }) => properties.subnet);
  if (body.ipConfigurations.length > 0 && withSubnet.length !== 1)
    return refuse(
      400,
      "AzureFirewallIpConfigurationSubnetRequired",
      `Exactly one IP configuration of ${id} refers to a subnet, not ${withSubnet.length}.`,
    );
  for (const { properties } of body.ipConfigurations) {
    const { subnet, publicIPAddress } = properties;
    if (subnet && subnetPrefixOf(estate, subnet.id) === undefined) return missingReference(id, subnet.id);
    if (subnet && keyOf(subnet.id).split("/").at(-1) !== SUBNET)
      return refuse(
        400,
        "AzureFirewallInvalidSubnetName",
        `Subnet ${subnet.id} is not named AzureFirewallSubnet, as that of ${id} must be.`,
      );
    const refused = publicIPAddress ? refusedPublicIp(estate, id, publicIPAddress.id) : undefined;
    if (refused !== undefined) return refused;
  }
  const policy = body.firewallPolicy;
  return policy ? refusedReference(estate, id, policy.id) : undefined;
}

/** The one private address of all its public ones, on the configuration that names the subnet. */
function withAddress(
  { estate, previous }: DraftContext,
  id: string,
  given: readonly FirewallIpConfiguration[],
): readonly FirewallIpConfiguration[] | Refusal {
  const before = previous?.kind === "firewall" ? previous.doc.properties.ipConfigurations : [];
  const held = before.find(({ properties }) => properties.privateIPAddress)?.properties;
  const configurations: FirewallIpConfiguration[] = [];
  for (const one of given) {
    const { subnet, privateIPAddress: _asked, ...rest } = one.properties;
    if (!subnet) {
      configurations.push({ ...one, properties: { privateIPAllocationMethod: "Dynamic", ...rest } });
      continue;
    }
    const network = subnetPrefixOf(estate, subnet.id);
    const keeps = keyOf(held?.subnet?.id ?? "") === keyOf(subnet.id) ? held?.privateIPAddress : undefined;
    const address = keeps ?? (network && freeAddress(network, takenAddresses(estate, id)));
    if (address === undefined)
      return refuse(400, "SubnetIsFull", `Subnet ${subnet.id} does not have enough capacity for 1 IP addresses.`);
    configurations.push({
      ...one,
      properties: { privateIPAddress: address, privateIPAllocationMethod: "Dynamic", ...rest, subnet },
    });
  }
  return configurations;
}
