import { renderOpenApi } from "@sallyport/contracts";
import type { Routes } from "@sallyport/contracts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";

export function getOpenApi(): Handler<Routes["getOpenApi"]> {
  let document: ReturnType<typeof renderOpenApi> | undefined;
  return async () => answer(200, (document ??= renderOpenApi()));
}
