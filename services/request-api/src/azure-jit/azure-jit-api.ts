import { SallyportError, errorKinds, refusal } from "@sallyport/contracts";
import type { Principal, RequestId } from "@sallyport/contracts";
import type { Request, RequestHandler, Response } from "express";
import type { HandlerDeps } from "../deps.ts";
import { authenticate } from "../http/authenticate.ts";
import { checkKeyScope } from "../http/check-key-scope.ts";
import { lookingBy } from "../routes/looking.ts";
import { wrongVersion } from "./api-version.ts";
import { answerOf, armError, isArmError, methodNotAllowed } from "./arm-error.ts";
import type { ArmError } from "./arm-error.ts";
import { armRefusal } from "./arm-refusal.ts";
import { getAssessment, listAssessments } from "./assessments.ts";
import type { ArmAnswer, ArmCall } from "./call.ts";
import { deleteAzurePolicy } from "./delete-azure-policy.ts";
import { getAzurePolicy } from "./get-azure-policy.ts";
import { initiateAzurePolicy } from "./initiate-azure-policy.ts";
import { keyScopesFor } from "./key-scopes.ts";
import { listAzurePolicies } from "./list-azure-policies.ts";
import { putAzurePolicy } from "./put-azure-policy.ts";
import { readArmBody } from "./read-arm-body.ts";
import { targetOf } from "./target.ts";
import type { Target } from "./target.ts";

/**
 * Azure's own JIT API (defender-jit.md §1) and the assessments of its recommendation, at their own paths: a translation, over the
 * use cases of our own API. What is not at these paths is left to others.
 */
export function createAzureJitApi(deps: HandlerDeps): RequestHandler {
  return (request, response, next) => {
    const target = targetOf(request.path);
    if (target === undefined) next();
    else void respond(deps, target, request, response);
  };
}

async function respond(deps: HandlerDeps, target: Target, request: Request, response: Response): Promise<void> {
  const id = deps.newId();
  const startedAt = deps.clock.elapsed();
  let principal: Principal | undefined;
  const about = () => ({ request_id: id, method: request.method, path: request.path, principal: principal?.id });
  const result = await serve(deps, target, request, response, id, (caller) => (principal = caller)).catch(
    (error: unknown): ArmError => {
      const isFault = error instanceof SallyportError && error.retryable;
      if (isFault) deps.log.warn("a call could not be served for the moment", { ...about(), code: error.code });
      else deps.log.error("a call failed", { ...about(), error });
      const code = isFault ? error.code : "internal.bug";
      return armRefusal([refusal(code, errorKinds[code].title)], {
        principal: principal ?? { id: NOBODY },
        invalid: "InvalidRequestContent",
      });
    },
  );
  const said = isArmError(result) ? answerOf(result) : result;
  if (isArmError(result))
    deps.log.info("a call was refused", { ...about(), code: result.code, detail: result.message });
  const labels = { method: request.method, path: `azure ${target.kind}` };
  deps.metrics.count("sallyport_http_requests_total", { ...labels, status: String(said.status) });
  deps.metrics.observe("sallyport_http_request_seconds", (deps.clock.elapsed() - startedAt) / 1000, labels);
  if (response.headersSent || response.destroyed) return;
  response.set({ "x-ms-request-id": id, "x-ms-correlation-request-id": id, ...said.headers }).status(said.status);
  if (said.body === undefined) response.end();
  else response.set("Content-Type", "application/json; charset=utf-8").end(JSON.stringify(said.body));
}

const NOBODY = "nobody" as Principal["id"];

async function serve(
  deps: HandlerDeps,
  target: Target,
  request: Request,
  response: Response,
  id: RequestId,
  note: (principal: Principal) => void,
): Promise<ArmAnswer> {
  const caller = await authenticate(deps, request.get("authorization"));
  if ("code" in caller) return unauthenticated(caller.code === "auth.missing", caller.detail);
  const { principal } = caller;
  note(principal);
  const unscoped = caller.key && checkKeyScope(caller.key, keyScopesFor(target, request.method));
  if (unscoped !== undefined) return armRefusal([unscoped], { principal, invalid: "InvalidRequestContent" });
  const query = new URLSearchParams(request.originalUrl.split("?")[1] ?? "");
  const refused = wrongVersion(target, query.get("api-version"));
  if (refused !== undefined) return refused;
  const takesBody = request.method === "PUT" || request.method === "POST";
  const body = takesBody ? await readArmBody(request, response) : { json: undefined };
  if ("kind" in body) return body;
  const clientRequestId = request.get("x-ms-client-request-id");
  const looking = lookingBy(deps.may);
  const answer = await dispatch({ ...deps, may: looking.may }, target, request.method, {
    id,
    at: deps.clock.now(),
    principal,
    query,
    here: `${deps.publicUrl ?? `${request.protocol}://${request.get("host") ?? ""}`}${request.path}`,
    body: body.json,
    // Behind a proxy, which the public URL tells of, the connection is the proxy's.
    remoteAddress: deps.publicUrl === undefined ? request.socket.remoteAddress : undefined,
    clientRequestId: /^[\x21-\x7e]{1,128}$/.test(clientRequestId ?? "") ? clientRequestId : undefined,
  });
  // Azure's lists have no words for "and perhaps more".
  const unknown = request.method === "GET" ? looking.failure() : undefined;
  return unknown === undefined ? answer : armRefusal(unknown.refusals, { principal, invalid: "InvalidRequestContent" });
}

async function dispatch(deps: HandlerDeps, target: Target, method: string, call: ArmCall): Promise<ArmAnswer> {
  switch (target.kind) {
    case "policies":
      return method === "GET" ? listAzurePolicies(deps, call, target.scope) : methodNotAllowed(method);
    case "policy":
      if (method === "GET") return getAzurePolicy(deps, call, target.place);
      if (method === "PUT") return putAzurePolicy(deps, call, target.place);
      return method === "DELETE" ? deleteAzurePolicy(deps, call, target.place) : methodNotAllowed(method);
    case "initiate":
      return method === "POST" ? initiateAzurePolicy(deps, call, target) : methodNotAllowed(method);
    case "assessments":
      return method === "GET" ? listAssessments(deps, call, target.scope) : methodNotAllowed(method);
    case "assessment":
      return method === "GET" ? getAssessment(deps, call, target) : methodNotAllowed(method);
  }
}

/** As Resource Manager says it (wire-clients.md §5). */
const unauthenticated = (isMissing: boolean, detail: string): ArmError =>
  isMissing
    ? armError(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", {
        headers: { "WWW-Authenticate": "Bearer" },
      })
    : armError(401, "InvalidAuthenticationToken", `The access token is invalid. ${detail}`, {
        headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
      });
