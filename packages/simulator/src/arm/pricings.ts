import { z } from "zod";
import { ok, refuse } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import { wordOf } from "./draft.ts";
import { jsonOf } from "./request.ts";
import type { ArmRequest } from "./request.ts";

/** The plans of Defender for Cloud whose tier is told; those without a price of their own are left out. */
const PLANS = ["VirtualMachines", "AppServices", "SqlServers", "StorageAccounts", "KeyVaults", "Arm", "Containers"];

const Body = z.looseObject({ properties: z.looseObject({ pricingTier: z.string(), subPlan: z.string().optional() }) });

/** `Microsoft.Security/pricings` of a subscription, over its tiers by plan: `Free`, `Standard`, or `Standard/P1`. Servers without a sub-plan have P2, as in Azure. */
export function respondPricings(
  { method, body }: ArmRequest,
  subscriptionId: string,
  name: string | undefined,
  tiers: Map<string, string>,
): Answer | Refusal {
  const partsOf = (plan: string) => {
    const [pricingTier = "Free", subPlan] = (tiers.get(plan) ?? "Free").split("/");
    return {
      pricingTier,
      ...(pricingTier === "Standard" && plan === "VirtualMachines" && { subPlan: subPlan ?? "P2" }),
    };
  };
  const shown = (plan: string) => ({
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.Security/pricings/${plan}`,
    name: plan,
    type: "Microsoft.Security/pricings",
    properties: { ...partsOf(plan), freeTrialRemainingTime: "PT0S" },
  });
  if (name === undefined)
    return method === "GET" ? ok({ value: PLANS.map(shown) }) : refuse(405, "MethodNotAllowed", "Pricings are listed.");
  const plan = wordOf(name, PLANS);
  if (!PLANS.includes(plan)) return refuse(404, "ResourceNotFound", `There is no plan ${name}.`);
  if (method === "GET") return ok(shown(plan));
  const given = Body.safeParse(jsonOf(body));
  const tier = wordOf(given.data?.properties.pricingTier ?? "", ["Free", "Standard"]);
  if (method !== "PUT" || !/^(?:Free|Standard)$/.test(tier))
    return refuse(400, "InvalidInput", "A pricing is written with PUT and a pricingTier of Free or Standard.");
  const subPlan = given.data?.properties.subPlan;
  tiers.set(plan, tier === "Standard" && subPlan !== undefined ? `${tier}/${subPlan}` : tier);
  return ok(shown(plan));
}
