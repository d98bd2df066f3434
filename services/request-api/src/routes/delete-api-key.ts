import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { notFound } from "../http/not-found.ts";
import { apiKeyOf } from "../views/api-keys.ts";
import type { ApiKeyRow } from "../views/api-keys.ts";
import { mayNotManageKeys } from "./may-manage-keys.ts";

/** From the moment this is answered, the key is refused. Revoked again, it says the same and publishes nothing more. */
export const deleteApiKey =
  (deps: HandlerDeps): Handler<Routes["deleteApiKey"]> =>
  async ({ id: callId, principal, params: { apiKeyId } }) => {
    const refused = await mayNotManageKeys(deps, principal);
    if (refused !== undefined) return refused;
    for (;;) {
      const entry = await deps.apiKeys.load(apiKeyId);
      if (entry.value === undefined) return notFound();
      if (entry.value.revoked !== undefined) return answer(204);
      const at = deps.clock.now();
      const row: ApiKeyRow = { ...entry.value, revoked: { by: principal, at } };
      const committed = await deps.apiKeys.commit(entry, row, {
        jobs: [],
        facts: [
          {
            fact: { type: "sallyport.key.revoked.v1", data: { apiKey: apiKeyOf(row) } },
            step: "api key revoked",
            causationId: callId,
            correlationId: callId,
            time: at,
          },
        ],
      });
      if (committed.kind === "stale") continue;
      deps.log.info("an API key was revoked", { apiKey: apiKeyId, by: principal.id });
      return answer(204);
    }
  };
