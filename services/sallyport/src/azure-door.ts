import type { TrustedIssuer } from "@sallyport/request-api";
import type { ServeOptions, SimulatorReady } from "@sallyport/simulator";
import { z } from "zod";

type Elsewhere = NonNullable<ServeOptions["elsewhere"]>;

/** What Azure's own clients ask of Defender for Cloud, at the origin where they signed in. */
const OURS =
  /^\/+subscriptions\/[^?]*\/providers\/+microsoft\.security\/+(?:locations\/[^/?]+\/+)?(?:jitnetworkaccesspolicies|assessments)(?:[/?]|$)/i;
const Keys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });
const PASSED_ON = new Set(["accept", "authorization", "content-type", "x-ms-client-request-id"]);

/**
 * The way in for Azure's own clients: they sign in with the simulated Resource Manager, and what they ask it of JIT and of its
 * recommendation is passed on to request-api, whose address is known once it listens.
 */
export function createAzureDoor(): { readonly elsewhere: Elsewhere; readonly leadTo: (url: string) => void } {
  let target: string | undefined;
  return {
    leadTo: (url) => {
      target = url;
    },
    elsewhere: async ({ method, url, headers, body }) => {
      if (!OURS.test(url)) return undefined;
      if (target === undefined) return AWAY;
      const answer = await fetch(`${target}${url}`, {
        method,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => PASSED_ON.has(name))),
        ...(body === "" ? {} : { body }),
      }).catch(() => undefined);
      if (answer === undefined) return AWAY;
      return { status: answer.status, headers: passedBack(answer.headers), body: await answer.text() };
    },
  };
}

/** All but what belongs to the one connection. */
const passedBack = (headers: Headers): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...headers].filter(([name]) => !/^(?:connection|content-length|keep-alive|transfer-encoding)$/.test(name)),
  );

/** What Resource Manager says of a call that it could not pass on. */
const AWAY = {
  status: 503,
  headers: { "content-type": "application/json; charset=utf-8", "retry-after": "1" },
  body: JSON.stringify({ error: { code: "ServiceUnavailable", message: "request-api does not answer just now." } }),
};

/** Where the token authority publishes its keys. */
export const tokenKeysUri = ({ url, tenantId }: SimulatorReady["arm"]): string =>
  `${url}/${tenantId}/discovery/v2.0/keys`;

/** Keys as the authority publishes them. */
export const readTokenKeys = (json: string): TrustedIssuer["keys"] => ({ jwks: Keys.parse(JSON.parse(json)) });

/**
 * The simulated token authority, by its own name and by those that this machine has for itself: for a system that is reached on
 * loopback alone.
 */
export function simulatedAuthority(arm: SimulatorReady["arm"], keys: TrustedIssuer["keys"]): readonly TrustedIssuer[] {
  const { hostname, port } = new URL(arm.url);
  const origins = [...new Set([hostname, "127.0.0.1", "localhost"])].map((host) => `https://${host}:${port}`);
  const resources = ["https://management.core.windows.net", "https://management.azure.com", ...origins];
  const audience = resources.flatMap((one) => [one, `${one}/`]);
  return origins.map((origin) => ({
    issuer: `${origin}/${arm.tenantId}/v2.0`,
    audience,
    claims: "entra",
    keys,
  }));
}
