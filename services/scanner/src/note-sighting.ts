import { nothingOwed } from "@sallyport/backbone";
import type { Entry, Promises } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { Fact, Instant, VmRef } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import { isSameJson } from "./is-same-json.ts";
import { judge } from "./judge.ts";
import { readExposure, storedExposure } from "./stored-exposure.ts";
import type { Sighting } from "./surveyed-cloud.ts";
import { standings } from "./tables.ts";
import type { SeenRow, VmRow } from "./tables.ts";

/** Why a VM is looked at now: a survey, or a message. */
export interface Occasion {
  readonly causationId: string;
  readonly correlationId: string;
  readonly now: Instant;
}

type Parts = Pick<ScannerParts, "ledger" | "records" | "recommendation">;

/** How often a step begins again when another writer was faster, before the fault is passed on. */
const TRIES = 5;

/** Stores what a survey saw of a VM, and says so if it is news. */
export const noteSighting = (parts: Parts, sighting: Sighting, network: string, occasion: Occasion): Promise<void> =>
  untilCommitted(async () => {
    const { vm } = sighting.facts.profile;
    const [entry, standing] = await Promise.all([parts.ledger.load(vm), parts.records.get(standings, vm)]);
    const next: SeenRow = {
      state: "Seen",
      facts: mutable(sighting.facts),
      exposure: sighting.exposure.map(storedExposure),
      network,
      surveyedAt: occasion.now,
      finding: judge(sighting, standing?.value, parts.recommendation),
    };
    return commitIfNews(parts, entry, next, occasion);
  });

/** Looks again at a VM as it was last seen, because what is heard of it, or the deployment's settings, have changed. */
export const judgeAgain = (parts: Parts, vm: VmRef, occasion: Occasion): Promise<void> =>
  untilCommitted(async () => {
    const [entry, standing] = await Promise.all([parts.ledger.load(vm), parts.records.get(standings, vm)]);
    const row = entry.value;
    if (row?.state !== "Seen") return true;
    const seen = { facts: row.facts, exposure: row.exposure.map(readExposure) };
    const finding = judge(seen, standing?.value, parts.recommendation);
    return commitIfNews(parts, entry, { ...row, finding }, occasion);
  });

/** The VM was not in a complete survey of its scope. */
export const noteGone = (parts: Parts, vm: VmRef, occasion: Occasion): Promise<void> =>
  untilCommitted(async () => {
    const entry = await parts.ledger.load(vm);
    if (entry.value?.state !== "Seen") return true;
    const at = occasion.now;
    const fact: Fact = { type: "sallyport.posture.gone.v1", data: { vm, at } };
    const committed = await parts.ledger.commit(entry, { state: "Gone", vm, at }, promised(fact, vm, occasion));
    return committed.kind === "done";
  });

/** That a VM was seen again, as it was, is no news and writes nothing. */
async function commitIfNews(
  { ledger }: Parts,
  entry: Entry<VmRow>,
  next: SeenRow,
  occasion: Occasion,
): Promise<boolean> {
  const known = entry.value?.state === "Seen" ? entry.value : undefined;
  const isSame = (part: (row: SeenRow) => unknown) => known !== undefined && isSameJson(part(known), part(next));
  if (isSame((row) => ({ ...row, surveyedAt: undefined }))) return true;
  const isOldNews = isSame(({ facts: { profile }, finding }) => ({ profile, finding }));
  const { profile } = next.facts;
  const fact: Fact = {
    type: "sallyport.posture.classified.v1",
    data: { vm: profile.vm, profile: { ...profile, surveyedAt: next.surveyedAt }, finding: next.finding },
  };
  const committed = await ledger.commit(entry, next, isOldNews ? nothingOwed : promised(fact, profile.vm, occasion));
  return committed.kind === "done";
}

const promised = (fact: Fact, vm: VmRef, { causationId, correlationId, now }: Occasion): Promises => ({
  jobs: [],
  facts: [{ fact, step: `${fact.type} ${vm}`, causationId, correlationId, time: now }],
});

async function untilCommitted(step: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) if (await step()) return;
  throw new SallyportError({ code: "backbone.stale", detail: "another writer was faster, again and again" });
}

/** Rows are what their schema reads back, and that has plain arrays. */
const mutable = (facts: Sighting["facts"]): SeenRow["facts"] => ({
  ...facts,
  guards: [...facts.guards],
  exposedBy: [...facts.exposedBy],
});
