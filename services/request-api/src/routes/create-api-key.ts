import { ApiKeyId, LONGEST_API_KEY_DAYS, isApiKey, isBefore, plusSeconds, refusal } from "@sallyport/contracts";
import type { Instant, NewApiKey, Refusal, Routes } from "@sallyport/contracts";
import { hashOfApiKey, writeApiKey } from "../auth/api-key-secret.ts";
import { canonicalPrincipalId } from "../auth/canonical-principal-id.ts";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { apiKeyOf, showApiKey } from "../views/api-keys.ts";
import type { ApiKeyRow } from "../views/api-keys.ts";
import { mayNotManageKeys } from "./may-manage-keys.ts";

/**
 * Makes a key and tells its secret, this once: only its hash is kept, also of the answer that a repetition of the call gets. Whoever
 * lost the first answer revokes the key and makes another.
 */
export const createApiKey =
  (deps: HandlerDeps): Handler<Routes["createApiKey"]> =>
  async ({ id: callId, at, principal, body }) => {
    const refused = await mayNotManageKeys(deps, principal);
    if (refused !== undefined) return refused;
    const [wrong, ...more] = wrongIn(body, at);
    if (wrong !== undefined) return refuse(wrong, ...more);
    const id = ApiKeyId.parse(callId.replaceAll("-", ""));
    const entry = await deps.apiKeys.load(id);
    // There already: an earlier run of this very call got that far and could not say so. Its secret is nobody's.
    if (entry.value !== undefined) return made(entry.value);
    const secret = writeApiKey(id, deps.newSecret());
    const { name, scopes, expiresAt, onBehalfOf } = body;
    const row: ApiKeyRow = {
      id,
      name,
      scopes,
      ...(onBehalfOf === undefined
        ? {}
        : { onBehalfOf: onBehalfOf === "*" ? onBehalfOf : onBehalfOf.map(canonicalPrincipalId) }),
      createdBy: principal,
      createdAt: at,
      expiresAt,
      hash: hashOfApiKey(secret),
    };
    const committed = await deps.apiKeys.commit(entry, row, {
      jobs: [],
      facts: [
        {
          fact: { type: "sallyport.key.created.v1", data: { apiKey: apiKeyOf(row) } },
          step: "api key created",
          causationId: callId,
          correlationId: callId,
          time: at,
        },
      ],
    });
    if (committed.kind === "stale") return made(row);
    deps.log.info("an API key was made", { apiKey: id, name, scopes, expiresAt, by: principal.id });
    const told = made(row);
    return { ...told, body: { ...showApiKey(row), secret }, kept: told.body };
  };

const made = (row: ApiKeyRow): Answer => answer(201, showApiKey(row), { Location: `/v1/api-keys/${row.id}` });

function wrongIn({ expiresAt, onBehalfOf }: NewApiKey, now: Instant): readonly Refusal[] {
  const latest = plusSeconds(now, LONGEST_API_KEY_DAYS * 86_400);
  const invalid = (detail: string, field: string, expected: string) =>
    refusal("request.invalid", detail, { field, expected });
  return [
    ...(isBefore(now, expiresAt) && !isBefore(latest, expiresAt)
      ? []
      : [invalid("A key ends, and not too late.", "/expiresAt", `an instant after ${now}, until ${latest}`)]),
    ...(Array.isArray(onBehalfOf) && onBehalfOf.some((id) => isApiKey({ id }))
      ? [invalid("A key asks for people, not for other keys.", "/onBehalfOf", "ids of people")]
      : []),
  ];
}
