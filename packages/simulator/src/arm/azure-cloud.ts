import { wait } from "@sallyport/backbone";
import { msOf } from "@sallyport/contracts";
import { LOST_REPLY } from "../wire.ts";
import type { WireResponse } from "../wire.ts";
import { createAzureReachability } from "../world/azure/azure-reachability.ts";
import type { CloudOptions, SimulatedCloud } from "../world/cloud-world.ts";
import type { AzureDocuments } from "../world/documents.ts";
import type { Ground } from "../world/ground.ts";
import type { Keep } from "../world/keep.ts";
import type { OutsiderEdit } from "../world/outsiders.ts";
import { answerOf, gatewayRefusal, isRefusal, refuse } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import { createAuthorization } from "./authorization.ts";
import { isGraph, respondGraph } from "./graph.ts";
import { GENEROUS_ARM_LIMITS, createLimiter } from "./limits.ts";
import type { ArmLimits } from "./limits.ts";
import { OUTSIDER, callOf, createManager } from "./manager.ts";
import { createOperations } from "./operations.ts";
import type { ArmTiming } from "./plan.ts";
import { isRead, requestOf } from "./request.ts";
import type { ArmRequest } from "./request.ts";
import { scripted } from "./scripted.ts";
import { loadState, saveState } from "./state.ts";
import { targetOf } from "./target.ts";
import { claimedCaller, createTokenAuthority } from "./token-authority.ts";

export interface AzureCloudOptions extends CloudOptions<AzureDocuments> {
  readonly keep: Keep;
  readonly timing: ArmTiming;
  readonly limits?: ArmLimits;
  /** Items on one page of a list. */
  readonly pageSize?: number;
}

type AzureEdit = Extract<OutsiderEdit, { cloud: "azure" }>;

/** The api-version of a neighbour's edit, which names none. */
const API_VERSION = "2025-05-01";

/** Azure: the token authority and Resource Manager on one origin, over one estate. */
export function createAzureCloud(
  options: AzureCloudOptions,
  ground: Ground,
): SimulatedCloud<AzureDocuments, AzureEdit> {
  const { documents, auth, keep, timing } = options;
  const { tenantId, clients } = documents;
  const { clock, newId, faults } = ground;
  const { estate, operations: resumed } = loadState(documents, newId);
  const operations = createOperations({ estate, ground }, resumed);
  const pageSize = options.pageSize ?? 100;
  const authorization = createAuthorization({
    documents: documents.authorization,
    directory: documents.directory,
    now: clock.now,
  });
  const pricings = new Map(
    documents.subscriptions.map((one) => [
      one.subscriptionId.toLowerCase(),
      new Map(Object.entries(one.pricings ?? {})),
    ]),
  );
  const pricingsOf = (id: string) => pricings.get(id.toLowerCase()) ?? new Map<string, string>();
  const deps = { ground, documents, estate, operations, authorization, pricingsOf, timing, pageSize };
  const manage = createManager(deps);
  const authority = createTokenAuthority({ tenantId, clients, clock, newId, keep });
  const limiter = createLimiter(options.limits ?? GENEROUS_ARM_LIMITS, clock);

  /** Resource Manager's front door: who is it, is there budget left, does a script stand in the way. */
  const enter = async (request: ArmRequest, script: Refusal | undefined): Promise<Answer> => {
    const who = auth
      ? await authority.callerOf(request.authorization, request.origin)
      : { appId: claimedCaller(request.authorization) };
    if (typeof who === "string") return answerOf(unauthenticated(who, request.origin, tenantId));
    const caller = { id: who.appId, agent: request.agent };
    const budget = budgetOf(request);
    const subscription = /^\/subscriptions\/([^/]+)/i.exec(request.path)?.[1] ?? "";
    const taken = limiter.take(subscription, who.appId, budget);
    const refusal = script ?? ("retryAfterSeconds" in taken ? throttled(budget, taken.retryAfterSeconds) : undefined);
    if (refusal !== undefined && !isRead(request)) {
      const result = { status: refusal.status, code: refusal.code };
      ground.record({ at: clock.now(), caller, cloud: "azure", object: request.path, verb: request.method, result });
    }
    const answer =
      refusal ??
      (isGraph(request.path)
        ? respondGraph(request, documents, authorization.roleHolders())
        : await manage(request, caller));
    if (!isRead(request)) await ground.save();
    const { headers, ...plain } = isRefusal(answer) ? answerOf(answer) : answer;
    const remaining =
      "remaining" in taken ? { [`x-ms-ratelimit-remaining-subscription-${budget}`]: String(taken.remaining) } : {};
    return { ...plain, headers: { ...remaining, ...headers } };
  };

  const dress = ({ status, headers, json }: Answer): WireResponse => {
    const id = newId();
    return {
      status,
      headers: {
        "cache-control": "no-cache",
        pragma: "no-cache",
        date: new Date(msOf(clock.now())).toUTCString(),
        "x-content-type-options": "nosniff",
        "x-ms-request-id": id,
        "x-ms-correlation-request-id": id,
        ...(json !== undefined && { "content-type": "application/json; charset=utf-8" }),
        ...headers,
      },
      body: json ?? "",
    };
  };

  return {
    wire: async (raw) => {
      const request = requestOf(raw);
      const effects = faults.take(callOf(request), ["delay", "status", "lose-reply"]);
      for (const effect of effects) if (effect.kind === "delay") await wait(clock, effect.ms);
      operations.settle();
      const status = effects.find((effect) => effect.kind === "status");
      const script = status && scripted(status);
      const isManagers = targetOf(request.path).kind !== "unknown";
      const { method, path, body, origin } = request;
      const answer =
        (await authority.identity(request, raw.headers["metadata"])) ??
        (isManagers ? undefined : await authority.respond(method, path, body, origin, script)) ??
        (await enter(request, script));
      const loss = effects.find((effect) => effect.kind === "lose-reply");
      if (loss === undefined) return dress(answer);
      return loss.as === "reset" ? LOST_REPLY : dress(answerOf(GATEWAY_TIMEOUT));
    },
    reachability: createAzureReachability(estate),
    outsider: async ({ method, path, body }) => {
      operations.settle();
      const text = body === undefined ? "" : JSON.stringify(body);
      const request = requestOf({ method, url: path, headers: {}, body: text });
      const answer = await manage({ ...request, apiVersion: API_VERSION }, OUTSIDER);
      await ground.save();
      return dress(isRefusal(answer) ? answerOf(answer) : answer);
    },
    settle: operations.settle,
    documents: () => {
      const saved = saveState(documents, estate, operations.unfinished());
      const subscriptions = saved.subscriptions.map((one) => {
        const tiers = Object.fromEntries(pricingsOf(one.subscriptionId));
        return { ...one, ...(Object.keys(tiers).length > 0 && { pricings: tiers }) };
      });
      const { roleAssignments, roleDefinitions, denyAssignments } = authorization.documents();
      const isSaid = roleAssignments.length + roleDefinitions.length + denyAssignments.length > 0;
      return { ...saved, subscriptions, ...(isSaid && { authorization: authorization.documents() }) };
    },
  };
}

const GATEWAY_TIMEOUT = gatewayRefusal(
  504,
  "GatewayTimeout",
  "The gateway did not receive a response from the resource provider within the specified time period.",
);

const budgetOf = (request: ArmRequest): keyof ArmLimits =>
  isRead(request) ? "reads" : request.method === "DELETE" ? "deletes" : "writes";

const throttled = (budget: string, seconds: number): Refusal =>
  refuse(
    429,
    "SubscriptionRequestsThrottled",
    `Number of '${budget}' requests for the subscription exceeded the limit. Please try again after '${seconds}' seconds.`,
    { headers: { "retry-after": String(seconds) } },
  );

/** With the challenge that tells a client where to get a token (wire-clients.md §5). */
function unauthenticated(why: "missing" | "invalid", origin: string, tenantId: string): Refusal {
  const [code, message] =
    why === "missing"
      ? ["AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."]
      : ["InvalidAuthenticationToken", "The access token is invalid."];
  const challenge = `Bearer authorization_uri="${origin}/${tenantId}", error="invalid_token", error_description="${message}"`;
  return refuse(401, code, message, { headers: { "www-authenticate": challenge } });
}
