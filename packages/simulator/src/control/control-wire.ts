import { z } from "zod";
import type { WireRequest, WireResponse } from "../wire.ts";
import { Fault } from "../world/faults.ts";
import { OutsiderOrder } from "../world/outsiders.ts";
import type { Control } from "./control.ts";

const PREFIX = "/_control/";

const Question = z.strictObject({
  vm: z.string().min(1),
  port: z.coerce.number(),
  protocol: z
    .string()
    .toLowerCase()
    .pipe(z.enum(["tcp", "udp"]))
    .default("tcp"),
  source: z.string().min(1),
});
const FlowOrder = Question.extend({ port: z.number() });
/** One fault, a list, or `{ faults: […] }` as GET answers it; told apart first, so that what is wrong in it is named. */
const Script = z.preprocess((given) => {
  if (Array.isArray(given)) return given;
  return typeof given === "object" && given !== null && "faults" in given ? given.faults : [given];
}, z.array(Fault));
const Time = z.strictObject({ ms: z.number().nonnegative().max(1e12) });

export const isControl = ({ url }: WireRequest): boolean => url.startsWith(PREFIX);

/** The control over HTTP, JSON both ways (settled.md §5). Whoever serves it lets only loopback in. */
export function createControlWire(control: Control): (request: WireRequest) => Promise<WireResponse> {
  const routes: Readonly<
    Record<string, (request: WireRequest, query: object) => Promise<WireResponse> | WireResponse>
  > = {
    "GET reachable": (_request, query) =>
      ask(Question, query, (question) => {
        control.exposeIntervals(question);
        return answer(control.reachable(question));
      }),
    "POST flows": (request) =>
      ask(FlowOrder, jsonOf(request), (question) => {
        const opened = control.openFlow(question);
        if ("refused" in opened)
          return reply(409, {
            error: { code: "NotReachable", message: "the connection is refused" },
            ...opened.refused,
          });
        return "flow" in opened ? reply(201, opened.flow) : answer(opened);
      }),
    "GET faults": () => reply(200, { faults: control.pendingFaults() }),
    "POST faults": (request) =>
      ask(Script, jsonOf(request), (script) =>
        answer(control.setFaults(script) ?? { faults: control.pendingFaults() }),
      ),
    "DELETE faults": () => {
      control.clearFaults();
      return reply(204);
    },
    "POST outsider": (request) =>
      ask(OutsiderOrder, jsonOf(request), async (order) => {
        const done = await control.outsider(order);
        if (done === "planned") return reply(202, { planned: true });
        return answer(done);
      }),
    "GET history": (_request, query) => {
      if (Object.keys(query).length > 0)
        return ask(Question, query, (question) => {
          const intervals = control.exposeIntervals(question);
          return "misunderstood" in intervals ? answer(intervals) : reply(200, { intervals });
        });
      return reply(200, { writes: control.history(), exposure: control.watched() });
    },
    "POST clock": (request) =>
      ask(Time, jsonOf(request), async ({ ms }) => {
        if (control.passTime === undefined)
          return reply(409, {
            error: { code: "NotVirtual", message: "time goes by by itself; start in virtual-time mode to pass it" },
          });
        await control.passTime(ms);
        return reply(200, { passedMs: ms });
      }),
  };
  return async (request) => {
    const [path = "", search = ""] = request.url.slice(PREFIX.length).split("?", 2);
    const flowId = /^flows\/([^/]+)$/.exec(path)?.[1];
    if (flowId !== undefined && request.method === "GET") {
      const flow = control.flow(flowId);
      return flow === undefined ? reply(404, notFound(`there is no flow ${flowId}`)) : reply(200, flow);
    }
    const route = routes[`${request.method} ${path}`];
    if (route !== undefined) return route(request, Object.fromEntries(new URLSearchParams(search)));
    const known = Object.keys(routes).map((one) => one.replace(" ", ` ${PREFIX}`));
    return reply(404, notFound(`there is ${known.join(", ")}, GET ${PREFIX}flows/{id}`));
  };
}

async function ask<T>(
  schema: z.ZodType<T>,
  input: unknown,
  then: (value: T) => WireResponse | Promise<WireResponse>,
): Promise<WireResponse> {
  const read = schema.safeParse(input);
  if (read.success) return then(read.data);
  return answer({ misunderstood: z.prettifyError(read.error) });
}

const answer = (result: object): WireResponse =>
  "misunderstood" in result
    ? reply(400, { error: { code: "BadRequest", message: result.misunderstood } })
    : reply(200, result);

const notFound = (message: string) => ({ error: { code: "NotFound", message } });

const reply = (status: number, body?: unknown): WireResponse => ({
  status,
  headers: body === undefined ? {} : { "content-type": "application/json; charset=utf-8" },
  body: body === undefined ? "" : JSON.stringify(body),
});

/** `undefined` when it is none, which no schema takes. */
function jsonOf({ body }: WireRequest): unknown {
  try {
    const value: unknown = JSON.parse(body);
    return value;
  } catch {
    return undefined;
  }
}
