import type { JWTPayload } from "jose";

/** How a person's token of an issuer other than Entra is known: by all of what is given, and by nothing where nothing is. */
export interface PeopleAre {
  /** A claim that only people's tokens have: with any value but `false`, `null` and what is empty. */
  readonly claim?: string | undefined;
  /** The clients by which people sign in; one of `azp`, `client_id` and `cid` has to name one of them, and none another. */
  readonly clients?: readonly string[] | undefined;
}

/**
 * Whether a verified token is a program's own, got without a person (client credentials, a managed identity). What cannot be told
 * to be a person's is a program's: it loses approving, and nothing else.
 *
 * Entra says `idtyp` only where the application asks for it. Otherwise a person's token has `scp`, or a `sub` that is made for the
 * application and is not the `oid`; an app-only one has neither. Elsewhere a program's `sub` is the client itself (RFC 9068 §2.2), where
 * the issuer keeps to that; so a person is who the operator says is one, and nobody is where nothing is said.
 */
export function isOfService(
  payload: JWTPayload,
  { claims, people }: { readonly claims: "entra" | "oidc"; readonly people?: PeopleAre | undefined },
): boolean {
  const { sub } = payload;
  if (payload["idtyp"] === "app") return true;
  if (claims === "oidc") {
    const clients = ["azp", "client_id", "cid"].map((name) => payload[name]).filter((id) => typeof id === "string");
    if (payload["gty"] === "client-credentials" || clients.some((id) => sub === id || sub === `${id}@clients`))
      return true;
    return people === undefined || !isOfPerson(payload, clients, people);
  }
  if (payload["idtyp"] === "user") return false;
  const hasScopes = typeof payload["scp"] === "string" && payload["scp"] !== "";
  return !hasScopes && (sub === undefined || sub === payload["oid"]);
}

function isOfPerson(payload: JWTPayload, named: readonly string[], { claim, clients }: PeopleAre): boolean {
  if (claim === undefined && clients === undefined) return false;
  if (claim !== undefined && !isSaid(Object.hasOwn(payload, claim) ? payload[claim] : undefined)) return false;
  return clients === undefined || (named.length > 0 && named.every((id) => clients.includes(id)));
}

const isSaid = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  value !== "" &&
  !(Array.isArray(value) && value.length === 0);
