import { scopeOfScan } from "@sallyport/contracts";
import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { notFound } from "../http/not-found.ts";
import { scanIn, scanRows } from "../views/scans.ts";
import { maySeeScansOf } from "./scan-of.ts";

export const getScan =
  (deps: HandlerDeps): Handler<Routes["getScan"]> =>
  async ({ principal, params: { scanId } }) => {
    const scope = scopeOfScan(scanId);
    if (scope === undefined || !(await maySeeScansOf(deps, principal, scope))) return notFound();
    const row = (await deps.records.get(scanRows, scope))?.value.value;
    const scan = row && scanIn(row, scanId, deps.clock.now());
    return scan === undefined ? notFound() : answer(200, scan);
  };
