import { keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";
import type { Ground } from "../world/ground.ts";
import type { Caller } from "../world/history.ts";
import { gatewayRefusal, ok, refuse } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import { Body, isSameLocation } from "./draft.ts";
import type { Groups } from "./groups.ts";
import type { Operations } from "./operations.ts";
import type { ArmTiming } from "./plan.ts";
import { resultUrl, secondsOf } from "./polls.ts";
import { jsonOf } from "./request.ts";
import type { ArmRequest } from "./request.ts";
import type { Target } from "./target.ts";

type GroupTarget = Extract<Target, { kind: "group" }>;

export const noGroup = (name: string): Refusal =>
  gatewayRefusal(404, "ResourceGroupNotFound", `Resource group '${name}' could not be found.`);

export interface GroupWritesDeps {
  readonly groups: Groups;
  readonly ground: Ground;
  readonly estate: Estate;
  readonly operations: Operations;
  readonly timing: ArmTiming;
}

/** Making, changing and deleting resource groups. */
export function createGroupWrites({ groups, ground, estate, operations, timing }: GroupWritesDeps) {
  const { clock } = ground;

  /** A group with its tags; where it is cannot be changed. */
  const put = ({ method, body }: ArmRequest, { subscriptionId, group }: GroupTarget): Answer | Refusal => {
    const known = groups.find(subscriptionId, group);
    const { data } = Body.safeParse(jsonOf(body));
    if (method === "PATCH" && known === undefined) return noGroup(group);
    const location = known?.location ?? data?.location;
    if (location === undefined)
      return refuse(400, "LocationRequired", "The location property is required for this definition.");
    if (data?.location !== undefined && !isSameLocation(data.location, location))
      return refuse(
        409,
        "InvalidResourceGroupLocation",
        `Invalid resource group location '${data.location}'. The Resource group already exists in location '${location}'.`,
      );
    const tags = data?.tags ?? (method === "PATCH" ? known?.tags : undefined);
    const answer = ok(groups.put(subscriptionId, known?.name ?? group, { location, tags }));
    return known === undefined ? { ...answer, status: 201 } : answer;
  };

  /** With everything in it, at once; others that refer to what was in it are not asked. */
  const remove = (request: ArmRequest, target: GroupTarget, caller: Caller): Answer => {
    const known = groups.find(target.subscriptionId, target.group);
    if (known === undefined) return { status: 204 };
    const inside = [...estate.entries()].flatMap(([key]) =>
      key === keyOf(known.id) || key.startsWith(`${keyOf(known.id)}/`) ? [key] : [],
    );
    for (const key of inside) estate.remove(key);
    const { origin, apiVersion, method: verb } = request;
    const result = { status: 202 };
    const write = ground.record({ at: clock.now(), caller, cloud: "azure", object: known.id, verb, result });
    ground.changed(clock.now(), write);
    const operation = operations.startIdle({
      name: "DeleteResourceGroupOperation",
      namespace: "Microsoft.Resources",
      subscriptionId: target.subscriptionId,
      location: known.location,
      tookMs: timing.otherMs,
    });
    const headers = { location: resultUrl(operation, origin, apiVersion), "retry-after": secondsOf(timing.otherMs) };
    return { status: 202, headers };
  };

  return { put, remove };
}
