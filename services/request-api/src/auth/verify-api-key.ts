import type { Clock, Records } from "@sallyport/backbone";
import { isBefore, msBetween, principalOfKey } from "@sallyport/contracts";
import type { ApiKey, Principal } from "@sallyport/contracts";
import { apiKeyOf, apiKeyRows } from "../views/api-keys.ts";
import { isApiKeyOf, readApiKeyId } from "./api-key-secret.ts";

export type VerifiedKey =
  | { readonly kind: "accepted"; readonly principal: Principal; readonly key: ApiKey }
  | { readonly kind: "refused"; readonly detail: string };

/** Whose API key this is. */
export type VerifyApiKey = (text: string) => Promise<VerifiedKey>;

/** The last use is known to the minute: no write per call. */
const NOTED_EVERY_MS = 60_000;

/** The same words whatever is wrong with it: nobody learns from them whether a key was ever right. */
const refused: VerifiedKey = {
  kind: "refused",
  detail: "The API key is not accepted: it is unknown, has expired, or was revoked. Have a new one made.",
};

/** Looks the key up anew at each call, so that one that is revoked is refused at once, by every replica. */
export const createVerifyApiKey =
  ({ records, clock }: { readonly records: Records; readonly clock: Pick<Clock, "now"> }): VerifyApiKey =>
  async (text) => {
    const id = readApiKeyId(text);
    const row = id === undefined ? undefined : await records.get(apiKeyRows, id);
    if (row === undefined) return refused;
    const { value: key, owes } = row.value;
    const now = clock.now();
    const isRight = isApiKeyOf(key.hash, text);
    if (!isRight || key.revoked !== undefined || !isBefore(now, key.expiresAt)) return refused;
    if (key.lastUsedAt === undefined || msBetween(key.lastUsedAt, now) >= NOTED_EVERY_MS)
      // Stale: another call has just noted it, or somebody revokes it; either way there is nothing to repeat.
      await records.put(apiKeyRows, row.id, { value: { ...key, lastUsedAt: now }, owes }, row.version);
    return { kind: "accepted", principal: principalOfKey(key), key: apiKeyOf(key) };
  };
