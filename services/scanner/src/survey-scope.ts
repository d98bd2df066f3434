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

/** How many VMs of a page are noted at once. */
const AT_ONCE = 16;

/** How far a survey has come. */
export interface Progress {
  readonly pages: number;
  readonly vms: number;
  readonly changed: number;
  readonly gone: number;
}

export interface SurveyOptions {
  readonly id: string;
  readonly startedAt: Instant;
  readonly lease: Pick<Lease, "renew">;
  /** After each page. */
  readonly onPage: (progress: Progress) => Promise<void>;
}

/**
 * Surveys one scope, page by page, and notes what is news. Only a survey that came to its end says which VMs are gone. Stops, by a
 * fault, once the turn is lost.
 */
export async function surveyScope(
  parts: ScannerParts,
  cloud: SurveyedCloud,
  scope: ScopeId,
  { id, startedAt, lease, onPage }: SurveyOptions,
): Promise<Progress> {
  const seen = new Set<VmRef>();
  let pages = 0;
  let changed = 0;
  let gone = 0;
  for await (const { sightings, net } of cloud.survey(scope, parts.recommendation.managementPorts)) {
    if (!(await lease.renew()))
      throw new SallyportError({ code: "backbone.lease-held", detail: `lost the turn of ${scope}` });
    const network = await keepNetwork(parts, { scope, page: pages, at: startedAt, net });
    for (let from = 0; from < sightings.length; from += AT_ONCE) {
      const news = await Promise.all(
        sightings
          .slice(from, from + AT_ONCE)
          .map((sighting) => noteSighting(parts, sighting, { startedAt, network }, occasionOf(id, parts.clock.now()))),
      );
      changed += news.filter(Boolean).length;
    }
    for (const sighting of sightings) seen.add(sighting.facts.profile.vm);
    pages++;
    await onPage({ pages, vms: seen.size, changed, gone });
  }
  for await (const vm of knownIn(parts, scope))
    if (!seen.has(vm) && (await noteGone(parts, vm, occasionOf(id, parts.clock.now())))) gone++;
  await forgetPagesFrom(parts, scope, pages);
  return { pages, vms: seen.size, changed, gone };
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
