import { createHttpHeaders } from "@azure/core-rest-pipeline";
import type { HttpClient } from "@azure/core-rest-pipeline";

export interface PlainRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PlainResponse {
  /** 0: the connection died before any answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Hands the SDKs' requests to a function instead of a socket: they stay as everybody has them, and nothing listens. */
export const createFunctionTransport = (answer: (request: PlainRequest) => Promise<PlainResponse>): HttpClient => ({
  sendRequest: async (request) => {
    const { pathname, search, host } = new URL(request.url);
    const headers = { ...request.headers.toJSON({ preserveCase: false }), host };
    const body = typeof request.body === "string" ? request.body : "";
    const response = await answer({ method: request.method, url: pathname + search, headers, body });
    if (response.status === 0)
      throw Object.assign(new Error("the connection died before an answer came"), { code: "ECONNRESET" });
    return {
      request,
      status: response.status,
      headers: createHttpHeaders(response.headers),
      bodyAsText: response.body,
    };
  },
});
