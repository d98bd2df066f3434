import { isoDurationOf } from "@sallyport/contracts";
import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";

export const getMe =
  ({ limits }: Pick<HandlerDeps, "limits">): Handler<Routes["getMe"]> =>
  async ({ principal, key }) =>
    answer(200, {
      principal,
      ...(key === undefined
        ? {}
        : { key: { scopes: key.scopes, onBehalfOf: key.onBehalfOf, expiresAt: key.expiresAt } }),
      limits: { shortest: isoDurationOf(limits.shortest), longest: isoDurationOf(limits.longest) },
    });
