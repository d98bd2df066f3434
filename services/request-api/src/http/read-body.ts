import { refusal } from "@sallyport/contracts";
import type { Refusal, Route } from "@sallyport/contracts";
import { json } from "express";
import type { Request, Response } from "express";

/** The largest body that is read, in bytes. */
export const BODY_LIMIT_BYTES = 64 * 1024;

export type ReadBody =
  { readonly kind: "read"; readonly json: unknown } | { readonly kind: "refused"; readonly refusal: Refusal };

const parse = json({ limit: BODY_LIMIT_BYTES, type: () => true, strict: false });

/** Reads a JSON body, or says why not. What is too large is not kept in memory, whatever it says of its length. */
export async function readBody(request: Request, response: Response, route: Route): Promise<ReadBody> {
  if (route.body === undefined) return { kind: "read", json: undefined };
  const isEmpty =
    request.headers["transfer-encoding"] === undefined && Number(request.headers["content-length"] ?? 0) === 0;
  if (isEmpty && route.bodyOptional === true) return { kind: "read", json: {} };
  const accepted = route.accepts ?? ["application/json"];
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (!accepted.includes(type)) return refused("request.unsupported-media-type", "Content-Type", accepted.join(" or "));
  const failure = await new Promise<unknown>((resolve) => {
    parse(request, response, resolve);
  });
  if (failure === undefined) {
    return request.body === undefined
      ? refused("request.malformed", "", "a JSON document")
      : { kind: "read", json: request.body as unknown };
  }
  return explain(failure);
}

/** body-parser's own words, never its message: that quotes the body. */
function explain(failure: unknown): ReadBody {
  const type = typeof failure === "object" && failure !== null && "type" in failure ? String(failure.type) : "";
  switch (type) {
    case "entity.too.large":
      return refused("request.too-large", "", `at most ${BODY_LIMIT_BYTES} bytes`);
    case "encoding.unsupported":
      return refused("request.unsupported-media-type", "Content-Encoding", "gzip, deflate or br, or none");
    case "charset.unsupported":
      return refused("request.unsupported-media-type", "Content-Type", "UTF-8");
    default:
      return refused("request.malformed", "", "a JSON document in UTF-8, as long as its Content-Length says");
  }
}

function refused(
  code: "request.malformed" | "request.too-large" | "request.unsupported-media-type",
  field: string,
  expected: string,
): ReadBody {
  return { kind: "refused", refusal: refusal(code, `Expected ${expected}.`, { field, expected }) };
}
