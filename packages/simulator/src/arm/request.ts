import type { WireRequest } from "../wire.ts";

/** A wire request, read. */
export interface ArmRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Empty when missing. */
  readonly apiVersion: string;
  /** By which this server was called: what absolute links start with. */
  readonly origin: string;
  readonly authorization: string | undefined;
  readonly ifMatch: string | undefined;
  readonly agent: string;
  readonly body: string;
}

export function requestOf({ method, url, headers, body }: WireRequest): ArmRequest {
  const [path = "/", search = ""] = url.split("?", 2);
  const query = new URLSearchParams(search);
  return {
    method: method.toUpperCase(),
    url,
    path: path.replace(/\/{2,}/g, "/"),
    query,
    apiVersion: query.get("api-version") ?? "",
    origin: `https://${headers["host"] ?? "localhost"}`,
    authorization: headers["authorization"],
    ifMatch: headers["if-match"],
    agent: headers["user-agent"] ?? "",
    body,
  };
}

export const isRead = ({ method }: Pick<ArmRequest, "method">): boolean => method === "GET" || method === "HEAD";

/** The body as JSON; `undefined` when it is none, or nothing. */
export function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value ?? undefined;
  } catch {
    return undefined;
  }
}
