import type { ScannerParts } from "./deps.ts";
import { judgeAgain } from "./note-sighting.ts";
import type { SurveyedCloud } from "./surveyed-cloud.ts";
import { BY_SCOPE } from "./tables.ts";

const PAGE = 500;

/**
 * A VM of a scope that is not enrolled any more is not evaluated: what was said of it before must not stand (S30). Of the clouds that
 * this scanner surveys only; others may have a scanner of their own.
 */
export async function withdrawUnenrolled(parts: ScannerParts, clouds: readonly SurveyedCloud[]): Promise<void> {
  const surveyed = new Set(clouds.map(({ cloud }) => cloud));
  const now = parts.clock.now();
  const id = `enrolment ${now}`;
  for (let from = ""; ;) {
    const entries = await parts.ledger.find(BY_SCOPE, from, "~", PAGE);
    let last = from;
    for (const { value } of entries) {
      if (value?.state !== "Seen") continue;
      const { vm, scope, cloud } = value.facts.profile;
      last = `${scope} ${vm} `;
      if (surveyed.has(cloud) && !parts.recommendation.connected.has(scope))
        await judgeAgain(parts, vm, { causationId: id, correlationId: id, now });
    }
    if (entries.length < PAGE || last === from) return;
    from = last;
  }
}
