import type { PlainRequest, PlainResponse } from "@sallyport/cloud";
import { createHttpHeaders } from "@azure/core-rest-pipeline";
import type { HttpClient } from "@azure/core-rest-pipeline";

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
