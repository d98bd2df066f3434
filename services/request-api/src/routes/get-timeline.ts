import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Handler } from "../http/call.ts";
import { isAboutPeople, ofVmTimeline, showTimelineEntry, timelineTable } from "../views/timeline.ts";
import { page } from "./page.ts";
import { isRefused, maySeeGrantsOn, visibleVm } from "./visible.ts";

export const getTimeline =
  (deps: HandlerDeps): Handler<Routes["getTimeline"]> =>
  async ({ principal, params: { vmKey: vm }, query: { limit, cursor }, url }) => {
    const row = await visibleVm(deps, principal, vm);
    if (isRefused(row)) return row;
    const all = await maySeeGrantsOn(deps, principal, vm);
    if (typeof all === "object") return all;
    return page({
      deps,
      table: timelineTable,
      index: "vm",
      prefix: ofVmTimeline(vm),
      limit,
      cursor,
      url,
      itemOf: async (entry) => (all || !isAboutPeople(entry) ? showTimelineEntry(entry) : undefined),
    });
  };
