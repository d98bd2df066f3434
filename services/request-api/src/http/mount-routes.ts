import { errorKinds, fieldProblems, refusal, routes, SallyportError } from "@sallyport/contracts";
import type { Principal, Refusal, RequestId, Route, RouteId, Routes } from "@sallyport/contracts";
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from "express";
import type { z } from "zod";
import type { HandlerDeps } from "../deps.ts";
import type { Handlers } from "../routes/handlers.ts";
import { refuse } from "./answer.ts";
import type { Answer, Refused } from "./answer.ts";
import { authenticate } from "./authenticate.ts";
import type { Call, Handler } from "./call.ts";
import { checkKeyScope } from "./check-key-scope.ts";
import { takeTurn } from "./idempotency.ts";
import { notFound } from "./not-found.ts";
import { waitOf } from "./prefer.ts";
import { problemOf } from "./problem-of.ts";
import { readBody } from "./read-body.ts";

type Deps = Pick<HandlerDeps, "records" | "clock" | "newId" | "verifyToken" | "verifyApiKey" | "log" | "metrics">;

const ids = Object.keys(routes) as RouteId[];

/** Mounts a handler for every route of the table, and says 405 or 404 to everything else. */
export function mountRoutes(app: Express, handlers: Handlers, deps: Deps): void {
  for (const id of ids) mount(app, id, handlers[id], deps);
  for (const path of new Set(ids.map((id) => routes[id].path))) {
    const allowed = ids.filter((id) => routes[id].path === path).map((id) => routes[id].method.toUpperCase());
    app.all(expressPath(path), (request, response) =>
      respond(deps, path, request, response, async () => ({
        ...refuse(refusal("request.method-not-allowed", `This resource knows ${allowed.join(", ")}.`)),
        headers: { Allow: allowed.join(", ") },
      })),
    );
  }
  const nothing: RequestHandler = (request, response) =>
    respond(deps, "unknown", request, response, async () => notFound());
  app.use(nothing);
  // What reaches this is the router's own: a path that does not decode. It names nothing. Express knows the handler by its four parameters.
  const undecodable: ErrorRequestHandler = (_error, request, response, next) => nothing(request, response, next);
  app.use(undecodable);
}

const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

function mount<Id extends RouteId>(app: Express, id: Id, handler: Handler<Routes[Id]>, deps: Deps): void {
  const route: Route = routes[id];
  app[route.method](expressPath(route.path), (request, response) =>
    respond(deps, route.path, request, response, (callId, note) =>
      serve(deps, route, request, response, callId, note, (call) =>
        // `serve` has parsed the parts of the call by the schemas of this very route; TypeScript cannot see that they belong together.
        handler(call as Call<Routes[Id]>),
      ),
    ),
  );
}

/** The call with its parts as they come out of the schemas. */
type AnyCall = Omit<Call<Route>, "principal" | "body"> & {
  readonly principal: Principal | undefined;
  readonly body: unknown;
};

async function serve(
  deps: Deps,
  route: Route,
  request: Request,
  response: Response,
  callId: RequestId,
  note: (principal: Principal) => void,
  handle: (call: AnyCall) => Promise<Answer | Refused>,
): Promise<Answer | Refused> {
  const authenticated = route.public ? undefined : await authenticate(deps, request.get("authorization"));
  if (authenticated !== undefined && "code" in authenticated) return refuse(authenticated);
  const caller = authenticated?.principal;
  if (caller !== undefined) note(caller);
  const unscoped = authenticated?.key && checkKeyScope(authenticated.key, route);
  if (unscoped !== undefined) return refuse(unscoped);
  const params = route.params.safeParse({ ...request.params });
  if (!params.success) return notFound();
  const query = route.query.safeParse({ ...request.query });
  if (!query.success) return invalid(query.error, (field) => field.slice(1));
  const sent = await readBody(request, response, route);
  if (sent.kind === "refused") return refuse(sent.refusal);
  const body = route.body?.safeParse(sent.json);
  if (body?.success === false) return invalid(body.error);
  const call: AnyCall = {
    id: callId,
    at: deps.clock.now(),
    principal: caller,
    key: authenticated?.key,
    params: params.data,
    query: query.data,
    body: body?.data,
    header: (name) => request.get(name),
    url: request.originalUrl,
    waitMs: route.waits ? waitOf(request.get("prefer")) * 1000 : 0,
  };
  if (!route.idempotent || caller === undefined) return handle(call);
  const turn = await takeTurn(deps, {
    principal: caller,
    route: `${route.method} ${route.path}`,
    key: request.get("idempotency-key"),
    payload: [request.path, ...(Object.keys(request.query).length > 0 ? [query.data] : []), sent.json],
    waitMs: call.waitMs,
  });
  switch (turn.kind) {
    case "refused":
      return refuse(turn.refusal);
    case "replay":
      return turn.answer;
    case "run":
      try {
        const result = await handle({ ...call, id: turn.callId, at: turn.at });
        const said = result.kind === "answer" ? result : problemOf(result, { instance: request.path, id: turn.callId });
        await (said.status < 500 ? turn.done(said) : turn.failed());
        return said;
      } catch (error) {
        await turn.failed();
        throw error;
      }
  }
}

/** Every wrong field, named, with what would be accepted; the first one is the detail. */
function invalid(error: z.ZodError, nameOf = (field: string) => field): Refused {
  const [first, ...others] = fieldProblems(error).map(({ field, expected }): Refusal => {
    const name = nameOf(field);
    return refusal("request.invalid", `${name === "" ? "The body" : name}: expected ${expected}.`, {
      field: name,
      expected: expected.slice(0, 500),
    });
  });
  return refuse(first ?? refusal("request.invalid", errorKinds["request.invalid"].title), ...others);
}

/** Writes what a call is answered with, logs refusals and faults, and counts. */
async function respond(
  { newId, log, metrics, clock }: Deps,
  path: string,
  request: Request,
  response: Response,
  run: (callId: RequestId, note: (principal: Principal) => void) => Promise<Answer | Refused>,
): Promise<void> {
  const callId = newId();
  const startedAt = clock.elapsed();
  let principal: Principal | undefined;
  const about = () => ({ request_id: callId, method: request.method, path: request.path, principal: principal?.id });
  const result = await run(callId, (caller) => (principal = caller)).catch((error: unknown): Refused => {
    if (error instanceof SallyportError && error.retryable) {
      log.warn("a call could not be served for the moment", { ...about(), code: error.code, detail: error.message });
      return refuse(refusal(error.code, errorKinds[error.code].title));
    }
    log.error("a call failed", { ...about(), error });
    return refuse(refusal("internal.bug", errorKinds["internal.bug"].title));
  });
  const said = result.kind === "answer" ? result : problemOf(result, { instance: request.path, id: callId });
  if (said.refusals !== undefined) {
    log.info("a call was refused", {
      ...about(),
      codes: said.refusals.map(({ code }) => code),
      fields: said.refusals.flatMap(({ field }) => field ?? []),
    });
  }
  metrics.count("sallyport_http_requests_total", { method: request.method, path, status: String(said.status) });
  metrics.observe("sallyport_http_request_seconds", (clock.elapsed() - startedAt) / 1000, {
    method: request.method,
    path,
  });
  write(request, response, callId, said);
}

function write(request: Request, response: Response, callId: RequestId, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const trace = request.get("traceparent");
  response.set("X-Request-Id", callId);
  if (trace !== undefined && /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(trace))
    response.set("traceparent", trace);
  response.status(status);
  if (body === undefined) {
    response.set(headers ?? {}).end();
    return;
  }
  response.set({ "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
}
