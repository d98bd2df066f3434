import { defineTable, owingTable } from "@sallyport/backbone";
import { ApiKey, Instant, msBetween, principalOfKey, seconds } from "@sallyport/contracts";
import type { ApiKeyView } from "@sallyport/contracts";
import { z } from "zod";
import { newestFirst } from "./newest-first.ts";
import { KEPT } from "./requests.ts";

/** An API key, of which this service is the only writer. */
export const ApiKeyRow = ApiKey.extend({
  /** SHA-256 of the whole key. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  lastUsedAt: Instant.optional(),
});
export type ApiKeyRow = z.infer<typeof ApiKeyRow>;

export const apiKeysTable = defineTable<ApiKeyRow>({
  name: "request-api.api-keys",
  schema: ApiKeyRow,
  indexes: { newest: ({ createdAt, id }) => `${newestFirst(createdAt)}\n${id}` },
  // A row that is gone is refused like any unknown key; it stays for who looks what a key was for.
  expiresAfter: ({ createdAt, expiresAt }) => seconds(Math.ceil(msBetween(createdAt, expiresAt) / 1000) + KEPT),
});

export const apiKeyRows = owingTable(apiKeysTable);

/** What others may know of a key. */
export const apiKeyOf = ({ hash: _hash, lastUsedAt: _used, ...key }: ApiKeyRow): ApiKey => key;

/** A key as it is answered. */
export const showApiKey = (row: ApiKeyRow): ApiKeyView => ({
  ...apiKeyOf(row),
  principal: principalOfKey(row).id,
  ...(row.lastUsedAt === undefined ? {} : { lastUsedAt: row.lastUsedAt }),
});
