import type { WireHandler, WireResponse } from "./wire.ts";

export interface JsonAnswer {
  readonly status: number;
  readonly headers: WireResponse["headers"];
  /** The body, parsed; `undefined` when it is empty. */
  readonly json: unknown;
}

/** One JSON call without a socket: for tests and tools that have no SDK at hand. */
export async function callJson(
  handler: WireHandler,
  method: string,
  url: string,
  { body, headers = {} }: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<JsonAnswer> {
  const response = await handler({
    method,
    url,
    headers: { host: "127.0.0.1", ...headers },
    body: body === undefined ? "" : JSON.stringify(body),
  });
  const json: unknown = response.body === "" ? undefined : JSON.parse(response.body);
  return { status: response.status, headers: response.headers, json };
}
