import { refusal } from "@sallyport/contracts";
import type { PathView, Routes } from "@sallyport/contracts";
import { explain } from "@sallyport/domain";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { networksTable, sightingsTable, surveysTable } from "../views/surveyed-networks.ts";
import { isRefused, visibleVm } from "./visible.ts";

/** From what the scanner saw last: request-api has no credentials of any cloud (house.md §6). */
export const getPath =
  (deps: HandlerDeps): Handler<Routes["getPath"]> =>
  async ({ principal, params: { vmKey: vm }, query: { port, protocol, source } }) => {
    const row = await visibleVm(deps, principal, vm);
    if (isRefused(row)) return row;
    const page = (await deps.records.get(sightingsTable, vm))?.value.value.network;
    const network = page === undefined ? undefined : (await deps.records.get(networksTable, page))?.value;
    const ways = network && explain(network.net, { vm, port, protocol, source });
    if (network === undefined || ways === undefined)
      return refuse(
        refusal("request.not-found", "The network of this VM has not been kept yet: ask again after the next survey."),
      );
    const survey = (await deps.records.get(surveysTable, network.scope))?.value.value.scan;
    const view: PathView = {
      asOf: survey?.asOf ?? network.at,
      port,
      protocol,
      source,
      ways: ways.map(({ hops, ...way }) => ({ ...way, hops: [...hops] })),
    };
    return answer(200, view);
  };
