import { SallyportError } from "@sallyport/contracts";
import type { Instant, ScopeId, VmRef } from "@sallyport/contracts";
import type { Lease } from "@sallyport/backbone";
import type { ScannerParts } from "./deps.ts";
import { isSameJson } from "./is-same-json.ts";
import { noteGone, noteSighting } from "./note-sighting.ts";
import type { Occasion } from "./note-sighting.ts";
import type { SurveyedCloud } from "./surveyed-cloud.ts";
import { BY_SCOPE, LAST_OF_SCOPE, networks, scopeKey } from "./tables.ts";
import type { NetworkRow } from "./tables.ts";

const PAGE = 500;

/**
 * Surveys one scope, page by page, and notes what is news. Only a survey that came to its end says which VMs are gone. Returns how
 * many VMs there are; stops, by a fault, once the turn is lost.
 */
export async function surveyScope(
  parts: ScannerParts,
  cloud: SurveyedCloud,
  scope: ScopeId,
  lease: Pick<Lease, "renew">,
): Promise<number> {
  const startedAt = parts.clock.now();
  const id = `survey ${scope} ${startedAt}`;
  const seen = new Set<VmRef>();
  let pages = 0;
  for await (const { sightings, net } of cloud.survey(scope, parts.recommendation.managementPorts)) {
    if (!(await lease.renew()))
      throw new SallyportError({ code: "backbone.lease-held", detail: `lost the turn of ${scope}` });
    const network = await keepNetwork(parts, { scope, page: pages, at: startedAt, net });
    for (const sighting of sightings) {
      await noteSighting(parts, sighting, network, occasionOf(id, parts.clock.now()));
      seen.add(sighting.facts.profile.vm);
    }
    pages++;
  }
  for await (const vm of knownIn(parts, scope))
    if (!seen.has(vm)) await noteGone(parts, vm, occasionOf(id, parts.clock.now()));
  await forgetPagesFrom(parts, scope, pages);
  return seen.size;
}

const occasionOf = (id: string, now: Instant): Occasion => ({ causationId: id, correlationId: id, now });

/** Keeps the page for explanations; one that has not changed is not written again. */
async function keepNetwork({ records }: Pick<ScannerParts, "records">, row: NetworkRow): Promise<string> {
  const id = `${row.scope} ${row.page}`;
  const known = await records.get(networks, id);
  if (known === undefined || !isSameJson(known.value.net, row.net))
    await records.put(networks, id, row, known?.version ?? 0); // stale: a faster replica has a fresher one
  return id;
}

async function forgetPagesFrom({ records }: Pick<ScannerParts, "records">, scope: ScopeId, pages: number) {
  const first = scopeKey(scope, `${pages}`.padStart(8, "0"));
  for (const { id, version } of await records.find(networks, BY_SCOPE, first, scopeKey(scope, LAST_OF_SCOPE), PAGE))
    await records.remove(networks, id, version);
}

/** The VMs that were there so far, page by page. */
async function* knownIn({ ledger }: Pick<ScannerParts, "ledger">, scope: ScopeId): AsyncIterable<VmRef> {
  for (let from = scopeKey(scope, ""); ;) {
    const entries = await ledger.find(BY_SCOPE, from, scopeKey(scope, LAST_OF_SCOPE), PAGE);
    const known = entries.flatMap(({ value }) => (value?.state === "Seen" ? [value.facts.profile.vm] : []));
    yield* known;
    const last = known.at(-1);
    if (entries.length < PAGE || last === undefined) return;
    from = `${scopeKey(scope, last)} `;
  }
}
