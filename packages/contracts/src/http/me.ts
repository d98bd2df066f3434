import { z } from "zod";
import { ApiKeyScope, OnBehalfOf } from "../values/api-key.ts";
import { Instant } from "../values/instant.ts";
import { Principal } from "../values/principal.ts";
import { IsoDurationText } from "./iso-duration.ts";

/** Who the caller is, and what the deployment allows whatever a policy says. */
export const Me = z.object({
  principal: Principal,
  key: z
    .object({ scopes: z.array(ApiKeyScope), onBehalfOf: OnBehalfOf.optional(), expiresAt: Instant })
    .optional()
    .describe("what the API key may be used for, where the caller is one"),
  limits: z.object({ shortest: IsoDurationText, longest: IsoDurationText }),
});
