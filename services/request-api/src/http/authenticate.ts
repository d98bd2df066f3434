import { refusal } from "@sallyport/contracts";
import type { Principal, Refusal } from "@sallyport/contracts";
import type { VerifyToken } from "../auth/token-verifier.ts";

/** Who calls, by the bearer token; or why that is not known. */
export async function authenticate(
  verify: VerifyToken,
  authorization: string | undefined,
): Promise<Principal | Refusal> {
  const field = { field: "Authorization", expected: "Bearer and a token of an issuer that is accepted here" };
  if (authorization === undefined)
    return refusal("auth.missing", "Send a header Authorization: Bearer and a token.", field);
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) return refusal("auth.invalid", "The header is not Bearer and a token.", field);
  const verified = await verify(token);
  return verified.kind === "accepted" ? verified.principal : refusal("auth.invalid", verified.detail, field);
}
