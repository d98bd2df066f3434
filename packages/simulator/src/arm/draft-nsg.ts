import { z } from "zod";
import type { AzureResource, SecurityRule } from "../world/azure/resources.ts";
import { isRefusal } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { complete } from "./complete.ts";
import { badBody, frameOf } from "./draft.ts";
import type { DraftContext } from "./draft.ts";
import { RuleBody, ruleOf } from "./security-rule.ts";

const NsgBody = z.looseObject({
  securityRules: z.array(RuleBody.extend({ name: z.string() })).nullish(),
  flushConnection: z.boolean().optional(),
});

/** A PUT replaces the rules wholesale (azure.md §4); the default rules and the guid stay. */
export function draftNsg(context: DraftContext): AzureResource | Refusal {
  const body = NsgBody.safeParse(context.body.properties ?? {});
  if (!body.success) return badBody(body.error);
  const frame = frameOf(context);
  const rules: SecurityRule[] = [];
  for (const given of body.data.securityRules ?? []) {
    const rule = ruleOf(frame.id, given.name, given, rules);
    if (isRefusal(rule)) return rule;
    rules.push(rule);
  }
  const { flushConnection } = body.data;
  const guid = context.previous?.doc.properties["resourceGuid"] ?? context.newId();
  const properties = {
    resourceGuid: guid,
    ...(flushConnection !== undefined && { flushConnection }),
    securityRules: rules,
    defaultSecurityRules: [],
  };
  return complete({ kind: "nsg", doc: { ...frame, properties } }, context.newId);
}
