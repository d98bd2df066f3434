import type { ScopeId } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import { judgeAgain } from "./note-sighting.ts";
import type { Occasion } from "./note-sighting.ts";
import { BY_SCOPE, LAST_OF_SCOPE, scopeKey } from "./tables.ts";

const PAGE = 500;

/** Judges every VM of a scope again, as it was last seen. */
export async function judgeScope(parts: ScannerParts, scope: ScopeId, occasion: Occasion): Promise<void> {
  for (let from = scopeKey(scope, ""); ;) {
    const entries = await parts.ledger.find(BY_SCOPE, from, scopeKey(scope, LAST_OF_SCOPE), PAGE);
    let last: string | undefined;
    for (const { value } of entries) {
      if (value?.state !== "Seen") continue;
      last = value.facts.profile.vm;
      await judgeAgain(parts, value.facts.profile.vm, occasion);
    }
    if (entries.length < PAGE || last === undefined) return;
    from = `${scopeKey(scope, last)} `;
  }
}
