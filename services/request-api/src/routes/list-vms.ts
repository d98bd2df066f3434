import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Handler } from "../http/call.ts";
import { showVmInList } from "../views/show-vm.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import { page } from "./page.ts";
import { policyOf } from "./policy-of.ts";

export const listVms =
  (deps: HandlerDeps): Handler<Routes["listVms"]> =>
  async ({ principal, query: { status, cloud, name, limit, cursor }, url }) =>
    page({
      records: deps.records,
      table: vmsTable,
      index: status === undefined ? "vm" : "status",
      prefix: status === undefined ? "" : `${status}\n`,
      limit,
      cursor,
      url,
      itemOf: async (row) => {
        if (!isKnown(row)) return undefined;
        if (cloud !== undefined && row.profile.cloud !== cloud) return undefined;
        if (name !== undefined && !row.profile.name.toLowerCase().includes(name.toLowerCase())) return undefined;
        if (!(await deps.may(principal, "read-vm", row.profile)).allowed) return undefined;
        return showVmInList(row, await policyOf(deps, row.vm));
      },
    });
