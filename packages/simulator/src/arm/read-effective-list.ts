import { z } from "zod";
import { keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";
import { gatewayRefusal, ok, refuse } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import { idOf } from "./plan.ts";
import { jsonOf } from "./request.ts";
import type { ArmRequest } from "./request.ts";
import type { Target } from "./target.ts";

type ChildrenTarget = Extract<Target, { kind: "children" }>;

const LISTS: ReadonlySet<string> = new Set([
  "listnetworkmanagereffectivesecurityadminrules",
  "listnetworkmanagereffectiveconnectivityconfigurations",
]);

/** A POST that only lists, and is answered at once. */
export const isEffectiveList = ({ method }: ArmRequest, target: Target): target is ChildrenTarget =>
  method === "POST" &&
  target.kind === "children" &&
  keyOf(target.type) === "virtualnetworks" &&
  LISTS.has(keyOf(target.childType));

const Query = z.looseObject({ skipToken: z.string().nullish() });

/** What a Virtual Network Manager has put in force in a network, page by page: the token of the next one goes into the next body. */
export function readEffectiveList(
  request: ArmRequest,
  target: ChildrenTarget,
  { estate, pageSize }: { readonly estate: Estate; readonly pageSize: number },
): Answer | Refusal {
  const vnet = estate.vnet(idOf(target));
  if (vnet === undefined)
    return gatewayRefusal(
      404,
      "ResourceNotFound",
      `The Resource '${target.namespace}/${target.type}/${target.name}' under resource group '${target.group}' was not found.`,
    );
  const query = Query.safeParse(jsonOf(request.body) ?? {});
  const start = query.success ? startOf(query.data.skipToken) : undefined;
  if (start === undefined) return refuse(400, "InvalidRequestFormat", "Cannot parse the request.");
  const isOfRules = keyOf(target.childType).endsWith("securityadminrules");
  // No connectivity configuration is part of a world.
  const all = isOfRules ? estate.adminRules(vnet.id) : [];
  const size = Math.min(pageSize, Number(request.query.get("$top") ?? pageSize) || pageSize);
  const rest = all.length > start + size;
  return ok({
    value: all.slice(start, start + size).map(({ properties, ...rule }) => ({
      ...rule,
      properties: { ...properties, provisioningState: "Succeeded" },
    })),
    ...(rest && { skipToken: tokenOf(start + size) }),
  });
}

const tokenOf = (start: number): string => Buffer.from(`from ${start}`).toString("base64");

function startOf(token: string | null | undefined): number | undefined {
  if (token === undefined || token === null || token === "") return 0;
  const [, start] = /^from (\d+)$/.exec(Buffer.from(token, "base64").toString()) ?? [];
  return start === undefined ? undefined : Number(start);
}
