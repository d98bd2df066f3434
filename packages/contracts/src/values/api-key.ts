import { z } from "zod";
import { Instant } from "./instant.ts";
import { PrincipalId } from "./ids.ts";
import { Principal } from "./principal.ts";

/** What an API key may be used for. Rights come on top: a scope lets a key ask, Azure's roles let the one who is to get in. */
export const apiKeyScopes = {
  "vms:read": "see the fleet and its scans, and of each VM the finding, policy, path, exposure and timeline",
  "requests:read": "see the requests and grants that it asked for",
  "requests:write": "ask for access under its own name, give back and extend what it holds",
  "requests:on-behalf": "ask for access for the people that the key names, and give that back",
} as const;
export type ApiKeyScope = keyof typeof apiKeyScopes;
export const ApiKeyScope = z.enum(Object.keys(apiKeyScopes) as [ApiKeyScope, ...ApiKeyScope[]]);

/** Names a key, in its secret and as a principal (`key:<id>`). */
export const ApiKeyId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, "expected 32 hexadecimal digits")
  .brand<"ApiKeyId">();
export type ApiKeyId = z.infer<typeof ApiKeyId>;

/** Whom a key may ask for: named people, or anybody (`*`), each within their own rights. */
export const OnBehalfOf = z.union([z.literal("*"), z.array(PrincipalId).min(1).max(100)]);
export type OnBehalfOf = z.infer<typeof OnBehalfOf>;

/** An API key as anybody may know it: neither its secret nor what its secret is checked by. */
export const ApiKey = z.object({
  id: ApiKeyId,
  /** For people. */
  name: z.string().min(1).max(128),
  scopes: z.array(ApiKeyScope).min(1).max(16),
  onBehalfOf: OnBehalfOf.optional(),
  createdBy: Principal,
  createdAt: Instant,
  expiresAt: Instant,
  revoked: z.object({ by: Principal, at: Instant }).optional(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** The principal that a key is (settled.md §1). */
export const principalOfKey = ({ id, name }: Pick<ApiKey, "id" | "name">): Principal => ({
  id: PrincipalId.parse(`key:${id}`),
  displayName: name,
});
