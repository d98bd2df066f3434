import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Handler } from "../http/call.ts";
import { freshnessOf } from "../views/scans.ts";
import { showVmInList } from "../views/show-vm.ts";
import { isAskedAbout, tabOfVm } from "../views/vm-filter.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import { page } from "./page.ts";
import { policyOf } from "./policy-of.ts";
import { createScansOf } from "./scan-of.ts";

export const listVms =
  (deps: HandlerDeps): Handler<Routes["listVms"]> =>
  async ({ principal, query: { limit, cursor, ...query }, url }) => {
    const { status, tab } = query;
    const scansOf = createScansOf(deps);
    const now = deps.clock.now();
    return page({
      deps,
      table: vmsTable,
      index: status === undefined ? "vm" : "status",
      prefix: status === undefined ? "" : `${status}\n`,
      limit,
      cursor,
      url,
      itemOf: async (row, may) => {
        if (!isKnown(row) || !isAskedAbout(row, query)) return undefined;
        if (!(await may(principal, "read-vm", row.profile)).allowed) return undefined;
        const policy = await policyOf(deps, row.vm);
        if (tab !== undefined && tabOfVm(row, policy) !== tab) return undefined;
        return showVmInList(row, policy, freshnessOf(await scansOf(row.profile.scope), row.profile, now));
      },
    });
  };
