import { z } from "zod";
import { ApiKey, ApiKeyScope, OnBehalfOf } from "../values/api-key.ts";
import { Instant } from "../values/instant.ts";
import { EndTime } from "./end-time.ts";

/** A key is for a year at most: whoever needs it longer makes the next one in time. */
export const LONGEST_API_KEY_DAYS = 366;

/** A key that is to be made. */
export const NewApiKey = z
  .strictObject({
    name: z.string().trim().min(1).max(128).describe("for people: which machine it is for"),
    scopes: z
      .array(ApiKeyScope)
      .min(1)
      .max(16)
      .refine((scopes) => new Set(scopes).size === scopes.length, { message: "expected each scope once" }),
    expiresAt: EndTime.describe(`at most ${LONGEST_API_KEY_DAYS} days from now`),
    onBehalfOf: OnBehalfOf.optional().describe(
      'with scope requests:on-behalf: the ids of the people it may ask for, or "*" for anybody; their own rights count',
    ),
  })
  .refine(({ scopes, onBehalfOf }) => scopes.includes("requests:on-behalf") === (onBehalfOf !== undefined), {
    path: ["onBehalfOf"],
    message: "expected with scope requests:on-behalf, and only with it",
  });
export type NewApiKey = z.infer<typeof NewApiKey>;

/** A key as it is listed: never its secret, nor what the secret is checked by. */
export const ApiKeyView = ApiKey.extend({
  principal: z.string().describe("who it is in role assignments, events and logs"),
  lastUsedAt: Instant.optional().describe("to the minute"),
});
export type ApiKeyView = z.input<typeof ApiKeyView>;

/** The answer to who has made a key. */
export const CreatedApiKey = ApiKeyView.extend({
  secret: z
    .string()
    .optional()
    .describe("what to send as bearer token; told this once, and not again when the call is repeated"),
});
export type CreatedApiKey = z.input<typeof CreatedApiKey>;
