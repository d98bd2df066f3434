import { json } from "express";
import type { Request, Response } from "express";
import { armError } from "./arm-error.ts";
import type { ArmError } from "./arm-error.ts";

/** As much as Resource Manager takes. */
const LIMIT_BYTES = 4 * 1024 * 1024;
const parse = json({ limit: LIMIT_BYTES, type: () => true, strict: false });

/** A body as JSON, whatever it says that it is; or why it is none. Its content is never quoted. */
export async function readArmBody(
  request: Request,
  response: Response,
): Promise<{ readonly json: unknown } | ArmError> {
  const failure = await new Promise<unknown>((resolve) => {
    parse(request, response, resolve);
  });
  if (failure === undefined) return { json: request.body as unknown };
  const type = typeof failure === "object" && failure !== null && "type" in failure ? failure.type : "";
  return type === "entity.too.large"
    ? armError(413, "RequestContentTooLarge", "The request content size exceeds the maximum size of 4 MB.")
    : armError(
        400,
        "InvalidRequestContent",
        "The request content was invalid and could not be deserialized: it is no JSON document in UTF-8.",
      );
}
