import { msOf } from "@sallyport/contracts";
import type { Estate } from "../world/azure/estate.ts";
import type { AzureDocuments } from "../world/documents.ts";
import type { Call } from "../world/faults.ts";
import type { Ground } from "../world/ground.ts";
import type { Caller } from "../world/history.ts";
import { gatewayRefusal, isRefusal, ok, refuse } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import type { Authorization } from "./authorization.ts";
import { createGroups } from "./groups.ts";
import { createGroupWrites, noGroup } from "./group-writes.ts";
import type { Operation, Operations } from "./operations.ts";
import { idOf, planDelete, planPatch, planPut } from "./plan.ts";
import type { ArmTiming, Plan, PlanContext, Planned } from "./plan.ts";
import { planDeleteChild, planPutChild } from "./plan-child.ts";
import { planPower } from "./plan-power.ts";
import { isReport, planReport } from "./plan-report.ts";
import { respondPricings } from "./pricings.ts";
import { locationsOf, providerBodies, providerBody } from "./directory-of-types.ts";
import { answerResult, answerStatus, resultUrl, secondsOf, statusUrl } from "./polls.ts";
import { partsOf, readAllResources, readChild, readChildren, readList, readResourceAt } from "./reads.ts";
import { isEffectiveList, readEffectiveList } from "./read-effective-list.ts";
import { createRender } from "./render.ts";
import { isRead, jsonOf } from "./request.ts";
import type { ArmRequest } from "./request.ts";
import { targetOf } from "./target.ts";
import type { Target } from "./target.ts";
import { operationNameOf } from "./types.ts";

/** Resource Manager behind its front door: the caller is known, and within budget. */
export type Manager = (request: ArmRequest, caller: Caller) => Promise<Answer | Refusal>;

export interface ManagerDeps {
  readonly ground: Ground;
  readonly documents: AzureDocuments;
  readonly estate: Estate;
  readonly operations: Operations;
  readonly authorization: Authorization;
  /** Tiers by plan. */
  readonly pricingsOf: (subscriptionId: string) => Map<string, string>;
  readonly timing: ArmTiming;
  readonly pageSize: number;
}

const SOON_MS = 1000;

/** A neighbour with rights of its own: its writes take effect at once, wait for nobody and meet no script. */
export const OUTSIDER: Caller = { id: "outsider", agent: "outsider" };

export function createManager(deps: ManagerDeps): Manager {
  const { ground, documents, estate, operations, authorization, pricingsOf, timing, pageSize } = deps;
  const { clock, faults, newId } = ground;
  const render = createRender(estate);
  const groups = createGroups(estate);
  const groupWrites = createGroupWrites({ groups, ground, estate, operations, timing });
  const subscriptionOf = (id: string) =>
    documents.subscriptions.find(({ subscriptionId }) => subscriptionId.toLowerCase() === id.toLowerCase());

  const refusedTarget = ({ apiVersion }: ArmRequest, target: Target): Refusal | undefined => {
    if (apiVersion === "")
      return gatewayRefusal(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
      );
    if (!/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(apiVersion))
      return gatewayRefusal(400, "InvalidApiVersionParameter", `The api-version '${apiVersion}' is invalid.`);
    const id = "subscriptionId" in target ? target.subscriptionId : undefined;
    return id === undefined || subscriptionOf(id) !== undefined
      ? undefined
      : gatewayRefusal(404, "SubscriptionNotFound", `The subscription '${id}' could not be found.`);
  };

  const read = (request: ArmRequest, target: Target): Answer | Refusal => {
    const { query, origin, path, url } = request;
    const isPoll = target.kind === "operation";
    const [stale] = isPoll ? [] : faults.take(callOf(request), ["stale-read"]);
    const context = {
      estate,
      render,
      clock,
      query,
      here: `${origin}${path}`,
      pageSize,
      stale: stale ?? (false as const),
    };
    switch (target.kind) {
      case "tenants":
        return ok({
          value: [{ id: `/tenants/${documents.tenantId}`, tenantId: documents.tenantId, tenantCategory: "Home" }],
        });
      case "locations":
        return ok({ value: locationsOf(estate, target.subscriptionId) });
      case "providers":
        return ok({ value: providerBodies(target.subscriptionId) });
      case "provider":
        return ok(providerBody(target));
      case "authorization":
      case "pricings":
        throw new Error(`${target.kind} is answered elsewhere`);
      case "subscriptions":
        return ok({ value: documents.subscriptions.map((one) => subscriptionBody(one, documents.tenantId)) });
      case "subscription": {
        const subscription = subscriptionOf(target.subscriptionId);
        return subscription === undefined ? notServed(path) : ok(subscriptionBody(subscription, documents.tenantId));
      }
      case "groups":
        return ok({ value: groups.list(target.subscriptionId) });
      case "group":
        if (request.method === "HEAD") return { status: 204 };
        return ok(groups.find(target.subscriptionId, target.group));
      case "all-resources":
        return readAllResources(target, context);
      case "operation": {
        const operation = operations.find(target.id);
        if (operation === undefined) return refuse(404, "NotFound", `Operation ${target.id} was not found.`);
        return target.results || query.get("monitor") === "true"
          ? answerResult(operation, msOf(clock.now()), `${origin}${url}`)
          : answerStatus(operation, msOf(clock.now()), origin, request.apiVersion);
      }
      case "list":
        return readList(target, context);
      case "resource":
        return readResourceAt(target, context);
      case "children":
        return readChildren(target, context);
      case "child":
        return readChild(target, context);
      case "register-provider":
      case "unknown":
        return notServed(path);
    }
  };

  const plan = ({ method, body }: ArmRequest, target: Target, context: PlanContext): Planned => {
    if (method === "DELETE" && target.kind === "resource") return planDelete(target, context);
    if (method === "DELETE" && target.kind === "child") return planDeleteChild(target, context);
    if (method === "POST" && target.kind === "children") return planPower(target, context);
    if (method === "PATCH" && target.kind === "resource") return planPatch(target, jsonOf(body), context);
    if (method !== "PUT" || (target.kind !== "resource" && target.kind !== "child"))
      return refuse(405, "MethodNotAllowed", `The requested resource does not support http method '${method}'.`);
    const json = jsonOf(body);
    if (json === undefined)
      return refuse(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
    return target.kind === "resource" ? planPut(target, json, context) : planPutChild(target, json, context);
  };

  const endingOf = (request: ArmRequest): Operation["ending"] => {
    const [ending] = faults.take(callOf(request), ["supersede", "fail-operation"]);
    if (ending === undefined) return undefined;
    if (ending.kind === "supersede") return { kind: "superseded" };
    return { kind: "failure", error: { code: ending.code, message: ending.message ?? "An error occurred." } };
  };

  /** Accepted, and to fail soon because of the one that is under way. */
  const failLater = ({ operation, behind }: Plan, { origin, apiVersion }: ArmRequest): Operation => {
    const { name, namespace, subscriptionId, location } = operation;
    const uri = behind === undefined ? "" : statusUrl(behind, origin, apiVersion);
    const message = `Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: ${uri}.`;
    const error = { code: "AnotherOperationInProgress", message };
    const ending = { kind: "failure" as const, error };
    return operations.startIdle({ name, namespace, subscriptionId, location, tookMs: SOON_MS, ending });
  };

  const write = (request: ArmRequest, target: Target, caller: Caller): Answer | Refusal => {
    const isOutsider = caller === OUTSIDER;
    const { ifMatch, origin, apiVersion } = request;
    const context = {
      estate,
      operations,
      links: render.links,
      timing,
      newId,
      now: clock.now,
      ifMatch,
      takesOver: isOutsider,
    };
    if (request.method === "POST" && target.kind === "children" && isReport(target)) {
      const report = planReport(target, context);
      if (isRefusal(report)) return report;
      const operation = operations.startIdle(report);
      return {
        status: 202,
        headers: { location: resultUrl(operation, origin, apiVersion), "retry-after": secondsOf(report.tookMs) },
      };
    }
    const planned = plan(request, target, context);
    const record = (status: number, code?: string) => {
      const result = { status, ...(code !== undefined && { code }) };
      const object = objectOf(target, request.path);
      const detail = request.body === "" ? {} : { detail: jsonOf(request.body) };
      return ground.record({
        at: clock.now(),
        caller,
        cloud: "azure",
        object,
        verb: request.method,
        result,
        ...detail,
      });
    };
    if (planned === "nothing-there") {
      record(204);
      return { status: 204 };
    }
    if (isRefusal(planned)) {
      record(planned.status, planned.code);
      return planned;
    }
    const ending = isOutsider ? undefined : endingOf(request);
    const tookMs = isOutsider ? 0 : planned.operation.tookMs;
    const [slow] = isOutsider ? [] : faults.take(callOf(request), ["slow-operation"]);
    const started = {
      ...planned.operation,
      tookMs: tookMs + (slow?.ms ?? 0),
      write: record(planned.status),
      ...(ending && { ending }),
    };
    const operation = planned.behind === undefined ? operations.start(started) : failLater(planned, request);
    const shown = planned.behind === undefined ? estate.entry(operation.resource)?.shown : planned.operation.during;
    if (isOutsider) operations.settle();
    const headers = {
      ...(isNotified(target, planned.status, apiVersion) && { "azure-asyncnotification": "Enabled" }),
      "azure-asyncoperation": statusUrl(operation, origin, apiVersion),
      "retry-after": secondsOf(planned.behind === undefined ? tookMs : SOON_MS),
    };
    if (!planned.answersBody)
      return { status: planned.status, headers: { ...headers, location: resultUrl(operation, origin, apiVersion) } };
    if (shown === undefined) throw new Error(`${operation.name} shows nothing`);
    const { child } = planned;
    if (child === undefined) {
      return { status: planned.status, headers, json: render.text(shown) };
    }
    const part = partsOf(render.body(shown), child.collection)?.find(({ name }) => name === child.name);
    return { status: planned.status, headers, json: JSON.stringify(part) };
  };

  return async (request, caller) => {
    // The network provider never said that it honours this on reads; a client that leaks it there is to notice (pitfalls.md P6).
    if (isRead(request) && request.ifMatch !== undefined)
      return refuse(412, "PreconditionFailed", "If-Match is for writes only.");
    const target = targetOf(request.path);
    const refused = refusedTarget(request, target);
    if (refused !== undefined) return refused;
    if (target.kind === "unknown") return notServed(request.path);
    if (target.kind === "authorization") return authorization.respond(request, target, caller.id);
    if (target.kind === "pricings")
      return respondPricings(request, target.subscriptionId, target.name, pricingsOf(target.subscriptionId));
    if (/^(?:PUT|PATCH)$/.test(request.method) && target.kind === "group") return groupWrites.put(request, target);
    // Every namespace counts as registered.
    if (request.method === "POST" && target.kind === "register-provider") return ok(providerBody(target));
    if (request.method === "DELETE" && target.kind === "group") return groupWrites.remove(request, target, caller);
    if (
      "group" in target &&
      target.group !== undefined &&
      groups.find(target.subscriptionId, target.group) === undefined
    )
      return noGroup(target.group);
    if (isRead(request)) return read(request, target);
    if (isEffectiveList(request, target)) return readEffectiveList(request, target, { estate, pageSize });
    if (caller !== OUTSIDER) for (const edit of ground.outsiders.take(callOf(request))) await ground.outsider(edit);
    return write(request, target, caller);
  };
}

/** The call, as a script sees it. */
export function callOf({ method, path }: ArmRequest): Call {
  const operation = operationNameOf(method, targetOf(path));
  return { cloud: "azure", method, resources: [path], ...(operation !== undefined && { operation }) };
}

/** Which writes carry `azure-asyncnotification`: those of whole resources, in newer versions, but for changes of two types (recorded). */
const isNotified = (target: Target, status: number, apiVersion: string): boolean =>
  target.kind === "resource" &&
  apiVersion >= "2019" &&
  !(status === 200 && /^(?:networkInterfaces|virtualNetworks)$/i.test(target.type));

function objectOf(target: Target, path: string): string {
  if (target.kind === "child") return `${idOf(target)}/${target.childType}/${target.childName}`;
  return target.kind === "resource" || target.kind === "children" ? idOf(target) : path;
}

const notServed = (path: string): Refusal => gatewayRefusal(404, "NotFound", `Nothing is served at ${path}.`);

const subscriptionBody = (
  { subscriptionId, displayName }: AzureDocuments["subscriptions"][number],
  tenantId: string,
) => ({
  id: `/subscriptions/${subscriptionId}`,
  subscriptionId,
  tenantId,
  displayName,
  state: "Enabled",
  subscriptionPolicies: {
    locationPlacementId: "Public_2014-09-01",
    quotaId: "PayAsYouGo_2014-09-01",
    spendingLimit: "Off",
  },
  authorizationSource: "RoleBased",
  managedByTenants: [],
});
