import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { scanRows, scansIn } from "../views/scans.ts";
import { lookingBy } from "./looking.ts";
import { page } from "./page.ts";
import { maySeeScansOf } from "./scan-of.ts";
import { showUnjudged } from "./show-unjudged.ts";

export const listScans =
  (deps: HandlerDeps): Handler<Routes["listScans"]> =>
  async ({ principal, query: { scope, limit, cursor }, url }) => {
    const now = deps.clock.now();
    if (scope !== undefined) {
      const row = (await deps.records.get(scanRows, scope))?.value.value;
      const looking = lookingBy(deps.may);
      const isSeen = row !== undefined && (await maySeeScansOf({ ...deps, may: looking.may }, principal, row.scope));
      const items = isSeen ? scansIn(row, now).slice(0, limit) : [];
      return answer(200, { items, ...showUnjudged(!isSeen && looking.failure() !== undefined ? 1 : 0) });
    }
    return page({
      deps,
      table: scanRows,
      index: "scope",
      prefix: "",
      limit,
      cursor,
      url,
      itemOf: async ({ value: row }, may) =>
        (await maySeeScansOf({ ...deps, may }, principal, row.scope)) ? scansIn(row, now)[0] : undefined,
    });
  };
