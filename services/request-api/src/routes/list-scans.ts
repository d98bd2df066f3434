import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { scanRows, scansIn } from "../views/scans.ts";
import { page } from "./page.ts";
import { maySeeScansOf } from "./scan-of.ts";

export const listScans =
  (deps: HandlerDeps): Handler<Routes["listScans"]> =>
  async ({ principal, query: { scope, limit, cursor }, url }) => {
    const now = deps.clock.now();
    if (scope !== undefined) {
      const row = (await deps.records.get(scanRows, scope))?.value.value;
      const isSeen = row !== undefined && (await maySeeScansOf(deps, principal, row.scope));
      return answer(200, { items: isSeen ? scansIn(row, now).slice(0, limit) : [] });
    }
    return page({
      records: deps.records,
      table: scanRows,
      index: "scope",
      prefix: "",
      limit,
      cursor,
      url,
      itemOf: async ({ value: row }) =>
        (await maySeeScansOf(deps, principal, row.scope)) ? scansIn(row, now)[0] : undefined,
    });
  };
