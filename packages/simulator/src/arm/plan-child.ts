import { z } from "zod";
import { keyOf } from "../world/azure/estate.ts";
import { Subnet } from "../world/azure/resources.ts";
import type { AzureResource, Nsg, Vnet } from "../world/azure/resources.ts";
import { gatewayRefusal, isRefusal, refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { badBody, refusedReference } from "./draft.ts";
import { refusedSubnetRemoval } from "./draft-vnet.ts";
import { about, baseOf, idOf, refusedNow } from "./plan.ts";
import type { PlanContext, Planned } from "./plan.ts";
import { RuleBody, ruleOf } from "./security-rule.ts";
import { etagOf, stamp } from "./stamp.ts";
import type { Target } from "./target.ts";

type ChildTarget = Extract<Target, { kind: "child" }>;

const parentMissing = ({ name }: ChildTarget): Refusal =>
  gatewayRefusal(
    404,
    "ParentResourceNotFound",
    `Can not perform requested operation on nested resource. Parent resource '${name}' not found.`,
  );

const isNamed = (name: string) => (item: { readonly name: string }) => item.name.toLowerCase() === name.toLowerCase();

export function planPutChild(target: ChildTarget, json: unknown, context: PlanContext): Planned {
  const entry = context.estate.entry(idOf(target));
  const there = baseOf(entry, context);
  if (there === undefined) return parentMissing(target);
  const refused = refusedNow(entry, context);
  if (refused !== undefined) return refused;
  if (there.kind === "nsg" && keyOf(target.childType) === "securityrules")
    return planPutRule(there.doc, target, json, context);
  if (there.kind === "vnet" && keyOf(target.childType) === "subnets")
    return planPutSubnet(there.doc, target, json, context);
  return refuse(
    404,
    "InvalidResourceType",
    `The resource type could not be found: ${target.type}/${target.childType}.`,
  );
}

function planPutRule(nsg: Nsg, target: ChildTarget, json: unknown, context: PlanContext): Planned {
  const body = RuleBody.safeParse(json);
  if (!body.success) return badBody(body.error);
  const before = nsg.properties.securityRules;
  const index = before.findIndex(isNamed(target.childName));
  const others = before.filter((_, i) => i !== index);
  const rule = ruleOf(nsg.id, before[index]?.name ?? target.childName, body.data, others);
  if (isRefusal(rule)) return rule;
  const securityRules = index === -1 ? [...before, rule] : before.with(index, rule);
  const after: AzureResource = { kind: "nsg", doc: { ...nsg, properties: { ...nsg.properties, securityRules } } };
  return {
    status: index === -1 ? 201 : 200,
    answersBody: true,
    child: { collection: "securityRules", name: rule.name },
    operation: childOperation("PutSecurityRuleOperation", after, context.timing.ruleMs, {
      during: stamp(after, { etag: etagOf(context.newId()), state: "Updating", child: rule.name }),
    }),
  };
}

function planPutSubnet(vnet: Vnet, target: ChildTarget, json: unknown, context: PlanContext): Planned {
  const body = z.looseObject({ properties: Subnet.shape.properties }).safeParse(json);
  if (!body.success) return badBody(body.error);
  const before = vnet.properties.subnets;
  const index = before.findIndex(isNamed(target.childName));
  const name = before[index]?.name ?? target.childName;
  const nsg = body.data.properties.networkSecurityGroup;
  const refused = nsg ? refusedReference(context.estate, `${vnet.id}/subnets/${name}`, nsg.id) : undefined;
  if (refused !== undefined) return refused;
  const subnet: Subnet = {
    name,
    id: `${vnet.id}/subnets/${name}`,
    type: "Microsoft.Network/virtualNetworks/subnets",
    properties: {
      delegations: [],
      privateEndpointNetworkPolicies: "Enabled",
      privateLinkServiceNetworkPolicies: "Enabled",
      ...body.data.properties,
    },
  };
  const subnets = index === -1 ? [...before, subnet] : before.with(index, subnet);
  const after: AzureResource = { kind: "vnet", doc: { ...vnet, properties: { ...vnet.properties, subnets } } };
  return {
    status: index === -1 ? 201 : 200,
    answersBody: true,
    child: { collection: "subnets", name },
    operation: childOperation("PutSubnetOperation", after, context.timing.otherMs, {
      during: stamp(after, { etag: etagOf(context.newId()), state: "Updating", child: name }),
    }),
  };
}

const childOperation = (
  name: string,
  after: AzureResource,
  ms: number,
  { during }: { readonly during: AzureResource },
) => ({
  name,
  namespace: "Microsoft.Network",
  ...about(after),
  during,
  after,
  tookMs: ms,
});

export function planDeleteChild(target: ChildTarget, context: PlanContext): Planned {
  const entry = context.estate.entry(idOf(target));
  const there = baseOf(entry, context);
  if (there === undefined) return parentMissing(target);
  const refused = refusedNow(entry, context);
  const isGiven = isNamed(target.childName);
  const etag = etagOf(context.newId());
  if (there.kind === "nsg" && keyOf(target.childType) === "securityrules") {
    const { securityRules } = there.doc.properties;
    const rule = securityRules.find(isGiven);
    if (rule === undefined) return "nothing-there";
    if (refused !== undefined) return refused;
    const rest = securityRules.filter((one) => one !== rule);
    const after: AzureResource = {
      kind: "nsg",
      doc: { ...there.doc, properties: { ...there.doc.properties, securityRules: rest } },
    };
    const during = stamp(there, { etag, state: "Deleting", child: rule.name });
    const operation = childOperation("DeleteSecurityRuleOperation", after, context.timing.ruleMs, { during });
    return { status: 202, answersBody: false, operation };
  }
  if (there.kind === "vnet" && keyOf(target.childType) === "subnets") {
    const { subnets } = there.doc.properties;
    const subnet = subnets.find(isGiven);
    if (subnet === undefined) return "nothing-there";
    const inUse = refused ?? refusedSubnetRemoval(context, `${there.doc.id}/subnets/${subnet.name}`, subnet.name);
    if (inUse !== undefined) return inUse;
    const rest = subnets.filter((one) => one !== subnet);
    const after: AzureResource = {
      kind: "vnet",
      doc: { ...there.doc, properties: { ...there.doc.properties, subnets: rest } },
    };
    const during = stamp(there, { etag, state: "Deleting", child: subnet.name });
    const operation = childOperation("DeleteSubnetOperation", after, context.timing.otherMs, { during });
    return { status: 202, answersBody: false, operation };
  }
  return refuse(
    404,
    "InvalidResourceType",
    `The resource type could not be found: ${target.type}/${target.childType}.`,
  );
}
