import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Handler } from "../http/call.ts";
import { apiKeyRows, showApiKey } from "../views/api-keys.ts";
import { mayNotManageKeys } from "./may-manage-keys.ts";
import { page } from "./page.ts";

export const listApiKeys =
  (deps: HandlerDeps): Handler<Routes["listApiKeys"]> =>
  async ({ principal, query, url }) =>
    (await mayNotManageKeys(deps, principal)) ??
    page({
      deps,
      table: apiKeyRows,
      index: "newest",
      prefix: "",
      limit: query.limit,
      cursor: query.cursor,
      url,
      itemOf: async ({ value }) => showApiKey(value),
    });
