import { z } from "zod";
import { parseAddress, parsePrefix } from "../world/azure/address.ts";
import { isDefaultRuleName } from "../world/azure/default-rules.ts";
import type { RuleProperties, SecurityRule } from "../world/azure/resources.ts";
import { refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";

const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const refs = z.array(z.looseObject({ id: z.string() })).nullish();

/** A rule as clients send it: read-only members are ignored. */
export const RuleBody = z.looseObject({
  name: z.string().optional(),
  properties: z.object({
    description: text,
    protocol: z.string(),
    sourcePortRange: text,
    sourcePortRanges: texts,
    destinationPortRange: text,
    destinationPortRanges: texts,
    sourceAddressPrefix: text,
    sourceAddressPrefixes: texts,
    sourceApplicationSecurityGroups: refs,
    destinationAddressPrefix: text,
    destinationAddressPrefixes: texts,
    destinationApplicationSecurityGroups: refs,
    access: z.string(),
    priority: z.number(),
    direction: z.string(),
  }),
});
export type RuleBody = z.infer<typeof RuleBody>;

const RULES_AT_MOST = 1000;

/**
 * What the network provider refuses about a rule of the NSG `nsgId`, given the other rules that will be there. The limits, and the
 * codes for a clash, mixed families and unsupported list members, are those of azure.md §7; the other codes and their texts are not
 * proved by any recording: clients should go by the status.
 */
export function ruleOf(
  nsgId: string,
  name: string,
  body: RuleBody,
  others: readonly SecurityRule[],
): SecurityRule | Refusal {
  const id = `${nsgId}/securityRules/${name}`;
  const given = body.properties;
  const protocol = oneOf(given.protocol, ["*", "Tcp", "Udp", "Icmp", "Esp", "Ah"]);
  const access = oneOf(given.access, ["Allow", "Deny"]);
  const direction = oneOf(given.direction, ["Inbound", "Outbound"]);
  if (protocol === undefined) return invalid("SecurityRuleInvalidProtocol", "Protocol", given.protocol);
  if (access === undefined) return invalid("SecurityRuleInvalidAccess", "Access", given.access);
  if (direction === undefined) return invalid("SecurityRuleInvalidDirection", "Direction", given.direction);
  const properties: RuleProperties = {
    provisioningState: "Updating",
    ...(given.description != null && { description: given.description }),
    protocol,
    ...single("sourcePortRange", given.sourcePortRange),
    ...single("destinationPortRange", given.destinationPortRange),
    ...single("sourceAddressPrefix", given.sourceAddressPrefix),
    ...single("destinationAddressPrefix", given.destinationAddressPrefix),
    access,
    priority: given.priority,
    direction,
    sourcePortRanges: given.sourcePortRanges ?? [],
    destinationPortRanges: given.destinationPortRanges ?? [],
    sourceAddressPrefixes: given.sourceAddressPrefixes ?? [],
    destinationAddressPrefixes: given.destinationAddressPrefixes ?? [],
    ...(given.sourceApplicationSecurityGroups?.length && {
      sourceApplicationSecurityGroups: given.sourceApplicationSecurityGroups,
    }),
    ...(given.destinationApplicationSecurityGroups?.length && {
      destinationApplicationSecurityGroups: given.destinationApplicationSecurityGroups,
    }),
  };
  return (
    refusedName(name) ??
    refusedNumbers(properties) ??
    refusedPorts(properties) ??
    refusedAddresses(id, properties) ??
    refusedBesides(name, properties, others) ?? {
      name,
      id,
      type: "Microsoft.Network/networkSecurityGroups/securityRules",
      properties,
    }
  );
}

const oneOf = (given: string, known: readonly string[]): string | undefined =>
  known.find((word) => word.toLowerCase() === given.toLowerCase());

const single = (key: string, value: string | null | undefined) => (value == null ? {} : { [key]: value });

const invalid = (code: string, what: string, value: unknown): Refusal =>
  refuse(400, code, `Security rule has invalid ${what}. Value provided: ${String(value)}.`);

export function refusedName(name: string): Refusal | undefined {
  if (/^\w(?:[\w.-]{0,78}\w)?$/.test(name)) return undefined;
  return refuse(
    400,
    "InvalidResourceName",
    `Resource name ${name} is invalid. The name can be up to 80 characters long. It must begin with a word character, and it must end with a word character or with '_'. The name may contain word characters or '.', '-', '_'.`,
  );
}

function refusedNumbers({ priority, description }: RuleProperties): Refusal | undefined {
  if (!Number.isInteger(priority) || priority < 100 || priority > 4096)
    return refuse(
      400,
      "SecurityRuleInvalidPriority",
      `Security rule has invalid Priority. Value provided: ${priority} Allowed range 100-4096.`,
    );
  if ((description ?? "").length > 140)
    return refuse(
      400,
      "SecurityRuleDescriptionTooLong",
      "The description of a security rule has at most 140 characters.",
    );
  return undefined;
}

function refusedPorts(rule: RuleProperties): Refusal | undefined {
  for (const [one, many] of [
    [rule.sourcePortRange, rule.sourcePortRanges],
    [rule.destinationPortRange, rule.destinationPortRanges],
  ] as const) {
    const given = [...(one ? [one] : []), ...(many ?? [])];
    const bad = given.length === 0 ? "" : given.find((range) => !isPortRange(range, given.length === 1));
    if (bad === undefined) continue;
    return refuse(
      400,
      "SecurityRuleInvalidPortRange",
      `Security rule has invalid Port range. Value provided: ${bad}. Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535.`,
    );
  }
  return undefined;
}

const isPortRange = (written: string, alone: boolean): boolean => {
  if (written === "*") return alone;
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(written);
  if (match === null) return false;
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  return from <= to && to <= 65535;
};

function refusedAddresses(id: string, rule: RuleProperties): Refusal | undefined {
  const families = new Set<number>();
  const sides = [
    ["Source", rule.sourceAddressPrefix, rule.sourceAddressPrefixes, rule.sourceApplicationSecurityGroups],
    [
      "Destination",
      rule.destinationAddressPrefix,
      rule.destinationAddressPrefixes,
      rule.destinationApplicationSecurityGroups,
    ],
  ] as const;
  for (const [side, one, many, groups] of sides) {
    const listed = many ?? [];
    if (!one && listed.length === 0 && (groups ?? []).length === 0)
      return invalid("SecurityRuleInvalidAddressPrefix", "Address prefix", "");
    const unsupported = listed.find((prefix) => prefix === "*" || /^[a-z][a-z0-9.]*$/i.test(prefix));
    if (unsupported !== undefined && parseAddress(unsupported) === undefined)
      return refuse(
        400,
        "SecurityRuleParameterContainsUnsupportedValue",
        `Security rule parameter ${side}AddressPrefixes for rule with Id ${id} contains an unsupported value ${unsupported}.`,
      );
    for (const written of [...(one ? [one] : []), ...listed]) {
      const prefix = parsePrefix(written);
      if (prefix === undefined ? !isTolerated(written) : prefix.hasHostBits)
        return invalid("SecurityRuleInvalidAddressPrefix", "Address prefix", written);
      if (prefix !== undefined) families.add(prefix.family);
    }
  }
  if (families.size < 2) return undefined;
  return refuse(
    400,
    "ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies",
    `Resource ${id} cannot contain address prefixes from different address families.`,
  );
}

/** `*`, a service tag, or a bare number: "789" was recorded as accepted (azure.md §6). */
const isTolerated = (written: string): boolean =>
  written === "*" || /^[a-z][a-z0-9.]*$/i.test(written) || /^\d{1,10}$/.test(written);

function refusedBesides(name: string, rule: RuleProperties, others: readonly SecurityRule[]): Refusal | undefined {
  const learnMore = "To learn more, see aka.ms/nsgrules.";
  if (isDefaultRuleName(name))
    return refuse(
      400,
      "SecurityRuleConflict",
      `Security rule ${name} conflicts with rule ${name}. Rules cannot have the name of a default rule. ${learnMore}`,
    );
  const clash = others.find(
    ({ properties }) =>
      properties.priority === rule.priority && properties.direction.toLowerCase() === rule.direction.toLowerCase(),
  );
  if (clash !== undefined)
    return refuse(
      400,
      "SecurityRuleConflict",
      `Security rule ${name} conflicts with rule ${clash.name}. Rules cannot have the same Priority and Direction. ${learnMore}`,
    );
  if (others.length >= RULES_AT_MOST)
    return refuse(400, "SecurityRuleLimitReached", `An NSG has at most ${RULES_AT_MOST} rules.`);
  return undefined;
}
