import { z } from "zod";
import { ApiKey } from "../values/api-key.ts";
import { exampleAccess } from "../values/examples.ts";
import { defineEvent } from "./define-event.ts";

const topic = "sallyport.key";

const exampleApiKey = {
  id: "0193a5e47c0070008000000000000b07",
  name: "ticket bot",
  scopes: ["requests:on-behalf" as const, "requests:read" as const],
  onBehalfOf: [exampleAccess.principal.id],
  createdBy: { id: "0ad0e000-0000-4000-8000-000000000ada@9d1e0000-0000-4000-8000-0000000000f1" },
  createdAt: "2026-01-30T12:00:00.000Z",
  expiresAt: "2026-04-30T12:00:00.000Z",
};

export const ApiKeyCreated = defineEvent({
  name: "ApiKeyCreated",
  type: "sallyport.key.created.v1",
  topic,
  summary: "A key for a machine was made; everything about it but its secret.",
  data: z.object({ apiKey: ApiKey }),
  example: { apiKey: exampleApiKey },
});

export const ApiKeyRevoked = defineEvent({
  name: "ApiKeyRevoked",
  type: "sallyport.key.revoked.v1",
  topic,
  summary: "A key for a machine is not accepted any more.",
  data: z.object({ apiKey: ApiKey }),
  example: { apiKey: { ...exampleApiKey, revoked: { by: exampleApiKey.createdBy, at: "2026-02-01T12:00:00.000Z" } } },
});
