import { refusal } from "@sallyport/contracts";
import type { ApiKey, Principal, Refusal } from "@sallyport/contracts";
import { API_KEY_PREFIX } from "../auth/api-key-secret.ts";
import type { VerifyToken } from "../auth/token-verifier.ts";
import type { VerifyApiKey } from "../auth/verify-api-key.ts";

/** Who calls; with the key, where it is a machine. */
export interface Caller {
  readonly principal: Principal;
  readonly key?: ApiKey;
}

/** Who calls, by a bearer token or an API key; or why that is not known. */
export async function authenticate(
  { verifyToken, verifyApiKey }: { readonly verifyToken: VerifyToken; readonly verifyApiKey: VerifyApiKey },
  authorization: string | undefined,
): Promise<Caller | Refusal> {
  const field = { field: "Authorization", expected: "Bearer and a token of an issuer that is accepted here" };
  if (authorization === undefined)
    return refusal("auth.missing", "Send a header Authorization: Bearer and a token.", field);
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) return refusal("auth.invalid", "The header is not Bearer and a token.", field);
  const verified = await (token.startsWith(API_KEY_PREFIX) ? verifyApiKey(token) : verifyToken(token));
  return verified.kind === "accepted" ? verified : refusal("auth.invalid", verified.detail, field);
}
