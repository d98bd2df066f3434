import type { JWTPayload } from "jose";

/**
 * Whether a verified token is a program's own, got without a person (client credentials, a managed identity). What cannot be told
 * to be a person's is a program's: it loses approving, and nothing else.
 *
 * Entra says `idtyp` only where the application asks for it. Otherwise a person's token has `scp`, or a `sub` that is made for the
 * application and is not the `oid`; an app-only one has neither. Elsewhere a program's `sub` is the client itself (RFC 9068 §2.2).
 */
export function isOfService(payload: JWTPayload, claims: "entra" | "oidc"): boolean {
  const { sub } = payload;
  if (payload["idtyp"] === "app") return true;
  if (claims === "oidc") {
    const clients = ["azp", "client_id", "cid"].map((name) => payload[name]).filter((id) => typeof id === "string");
    return payload["gty"] === "client-credentials" || clients.some((id) => sub === id || sub === `${id}@clients`);
  }
  if (payload["idtyp"] === "user") return false;
  const hasScopes = typeof payload["scp"] === "string" && payload["scp"] !== "";
  return !hasScopes && (sub === undefined || sub === payload["oid"]);
}
