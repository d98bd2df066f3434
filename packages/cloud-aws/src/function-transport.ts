import type { PlainRequest, PlainResponse } from "@sallyport/cloud";
import { HttpResponse } from "@smithy/protocol-http";
import type { HttpHandler, HttpRequest } from "@smithy/protocol-http";
import type { RequestHandler } from "./clients.ts";

/** Hands the SDK's requests to a function instead of a socket: the SDK stays as everybody has it, and nothing listens. */
export function createFunctionTransport(answer: (request: PlainRequest) => Promise<PlainResponse>): RequestHandler {
  const handler: HttpHandler = {
    handle: async (request: HttpRequest) => {
      const { status, headers, body } = await answer({
        method: request.method,
        url: request.path,
        headers: lowerCased(request.headers),
        body: textOf(request.body),
      });
      if (status === 0)
        throw Object.assign(new Error("the connection died before an answer came"), {
          name: "ECONNRESET",
          code: "ECONNRESET",
        });
      return {
        response: new HttpResponse({
          statusCode: status,
          headers: { ...headers },
          body: new TextEncoder().encode(body),
        }),
      };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
  return handler;
}

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  if (body === undefined || body === null) return "";
  throw new Error("a streamed body is not expected of EC2's requests");
}
