import { createHttpHeaders } from "@azure/core-rest-pipeline";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { RequestHandler } from "@sallyport/cloud-aws";
import { createFunctionTransport } from "@sallyport/cloud-aws";
import type { Cloud } from "@sallyport/contracts";
import { isLost } from "@sallyport/simulator";
import type { WireHandler } from "@sallyport/simulator";

/** One call of a cloud's API, as the cloud sees it. */
export interface CloudCall {
  readonly cloud: Cloud;
  /** HTTP verb and path, or EC2 action. */
  readonly what: string;
  readonly isWrite: boolean;
}

/** Carries the Azure SDKs' requests to a function instead of a socket. */
export const azureTransport = (answer: WireHandler): HttpClient => ({
  sendRequest: async (request) => {
    const { pathname, search, host } = new URL(request.url);
    const headers = { ...request.headers.toJSON({ preserveCase: false }), host };
    const body = typeof request.body === "string" ? request.body : "";
    const response = await answer({ method: request.method, url: pathname + search, headers, body });
    if (isLost(response)) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    return {
      request,
      status: response.status,
      headers: createHttpHeaders(response.headers),
      bodyAsText: response.body,
    };
  },
});

/** The same for the AWS SDK. */
export const awsTransport = (answer: WireHandler): RequestHandler => createFunctionTransport(answer);

/** What a call of ARM, or of EC2, is about. */
export const readCall = {
  azure: (method: string, url: string): CloudCall => ({
    cloud: "azure",
    what: `${method} ${url.split("?")[0] ?? ""}`,
    isWrite: method !== "GET" && !/\/(?:list[A-Z]|getMemberGroups)\w*(?:\?|$)/.test(url),
  }),
  aws: (body: string): CloudCall => {
    const what = new URLSearchParams(body).get("Action") ?? "";
    return { cloud: "aws", what, isWrite: !/^(Describe|Get)/.test(what) };
  },
} as const;
