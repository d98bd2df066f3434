import type { Entry, PromisedFact } from "@sallyport/backbone";
import type { HandlerDeps } from "../deps.ts";
import { grantsTable, pointerOf } from "../views/grants.ts";
import type { RequestRow } from "../views/requests.ts";
import { upsert } from "../views/upsert.ts";

/** Writes a new request, which owes its events, and where its grants are found: from now on everybody knows of it. */
export async function askFor(
  { requests, records }: Pick<HandlerDeps, "requests" | "records">,
  entry: Entry<RequestRow>,
  request: RequestRow,
): Promise<void> {
  await Promise.all([
    requests.commit(entry, request, { jobs: [], facts: factsOf(request) }),
    ...request.grants.map((grant) =>
      upsert(records, grantsTable, grant.access.grantId, (old) => old ?? pointerOf(grant)),
    ),
  ]);
}

const factsOf = ({ id, requestedAt, grants }: RequestRow): readonly PromisedFact[] =>
  grants.map(({ access }) => ({
    fact: { type: "sallyport.access.requested.v1", data: { access } },
    step: `requested ${access.grantId}`,
    causationId: id,
    correlationId: id,
    time: requestedAt,
  }));
