import { nothingOwed } from "@sallyport/backbone";
import type { Entry, Promises } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { Fact, Instant, VmRef } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import { isEnrolled } from "./is-enrolled.ts";
import { isSameJson } from "./is-same-json.ts";
import { judge } from "./judge.ts";
import { noteNothingLeft, noteSeenDoors } from "./note-exposure.ts";
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

/** Where a sighting comes from: a page of a survey that began then, or a look at this VM alone. */
export type Look =
  | { readonly startedAt: Instant; readonly network: string }
  | { readonly startedAt: Instant; readonly lookedAt: Instant };

/** Stores what was seen of a VM, and says so if it is news: then `true`. A survey that began before the last look at this VM knows no better. */
export const noteSighting = (parts: Parts, sighting: Sighting, look: Look, occasion: Occasion): Promise<boolean> =>
  untilCommitted(async () => {
    const { vm, scope } = sighting.facts.profile;
    const [entry, standing, enrolled] = await Promise.all([
      parts.ledger.load(vm),
      parts.records.get(standings, vm),
      isEnrolled(parts, scope),
    ]);
    const known = entry.value?.state === "Seen" ? entry.value : undefined;
    if (known?.lookedAt !== undefined && known.lookedAt > look.startedAt) return "same";
    const network = "network" in look ? look.network : known?.network;
    if (network === undefined) return "same";
    const next: SeenRow = {
      state: "Seen",
      facts: mutable(sighting.facts),
      exposure: sighting.exposure.map(storedExposure),
      network,
      surveyedAt: occasion.now,
      ...("lookedAt" in look && { lookedAt: look.lookedAt }),
      finding: judge(sighting, standing?.value, { ...parts.recommendation, isEnrolled: enrolled }),
    };
    const outcome = await commitIfNews(parts, entry, next, occasion);
    if (outcome !== "stale") await noteSeenDoors(parts, vm, occasion.now, sighting.doors);
    return outcome;
  });

/** Looks again at a VM as it was last seen, because what is heard of it, or the deployment's settings, have changed. */
export const judgeAgain = (parts: Parts, vm: VmRef, occasion: Occasion): Promise<boolean> =>
  untilCommitted(async () => {
    const [entry, standing] = await Promise.all([parts.ledger.load(vm), parts.records.get(standings, vm)]);
    const row = entry.value;
    if (row?.state !== "Seen") return "same";
    // What was seen before a lockdown says nothing against it: the next look will.
    const isLocked = standing?.value.policy !== undefined && standing.value.lockdown?.outcome.kind === "locked";
    const seen = { facts: row.facts, exposure: isLocked ? [] : row.exposure.map(readExposure) };
    const enrolled = await isEnrolled(parts, row.facts.profile.scope);
    const finding = judge(seen, standing?.value, { ...parts.recommendation, isEnrolled: enrolled });
    return commitIfNews(parts, entry, { ...row, finding }, occasion);
  });

/** The VM was not in a complete survey of its scope. */
export const noteGone = (parts: Parts, vm: VmRef, occasion: Occasion): Promise<boolean> =>
  untilCommitted(async () => {
    const entry = await parts.ledger.load(vm);
    if (entry.value?.state !== "Seen") return "same";
    const at = occasion.now;
    const fact: Fact = { type: "sallyport.posture.gone.v1", data: { vm, at } };
    const committed = await parts.ledger.commit(entry, { state: "Gone", vm, at }, promised(fact, entry, occasion));
    if (committed.kind === "stale") return "stale";
    await noteNothingLeft(parts, vm, at);
    return "news";
  });

/** That a VM was seen again, as it was, is no news and writes nothing. */
async function commitIfNews(
  { ledger }: Parts,
  entry: Entry<VmRow>,
  next: SeenRow,
  occasion: Occasion,
): Promise<Outcome> {
  const known = entry.value?.state === "Seen" ? entry.value : undefined;
  const isSame = (part: (row: SeenRow) => unknown) => known !== undefined && isSameJson(part(known), part(next));
  if (isSame((row) => ({ ...row, surveyedAt: undefined, lookedAt: undefined }))) return "same";
  const isOldNews = isSame(({ facts: { profile }, finding }) => ({ profile, finding }));
  const { profile } = next.facts;
  const fact: Fact = {
    type: "sallyport.posture.classified.v1",
    data: { vm: profile.vm, profile: { ...profile, surveyedAt: next.surveyedAt }, finding: next.finding },
  };
  const committed = await ledger.commit(entry, next, isOldNews ? nothingOwed : promised(fact, entry, occasion));
  return committed.kind === "stale" ? "stale" : isOldNews ? "same" : "news";
}

/** The row's version tells apart what two looks of one instant say; a promise that is kept twice is one event all the same. */
const promised = (
  fact: Fact,
  { id, version }: Pick<Entry<VmRow>, "id" | "version">,
  { causationId, correlationId, now }: Occasion,
): Promises => ({
  jobs: [],
  facts: [{ fact, step: `${fact.type} ${id} ${version}`, causationId, correlationId, time: now }],
});

/** `same`: nothing was said about it. `stale`: another writer was faster. */
type Outcome = "news" | "same" | "stale";

async function untilCommitted(step: () => Promise<Outcome>): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    const outcome = await step();
    if (outcome !== "stale") return outcome === "news";
  }
  throw new SallyportError({ code: "backbone.stale", detail: "another writer was faster, again and again" });
}

/** Rows are what their schema reads back, and that has plain arrays. */
const mutable = ({ adminRules, ...facts }: Sighting["facts"]): SeenRow["facts"] => ({
  ...facts,
  ...(adminRules && { adminRules: adminRules.map((one) => ({ ...one, deciders: [...one.deciders] })) }),
  guards: [...facts.guards],
  exposedBy: [...facts.exposedBy],
});
