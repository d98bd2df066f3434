import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import type { Clock } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import { jsonOf } from "../arm-error.ts";
import { NO_RETRIES } from "../settings.ts";
import { faultOfAnswer, translate } from "../translate.ts";

/** Somebody waits for the answer: a lookup that takes longer is a refusal. */
const TIMEOUT_MS = 20_000;

/** What Azure tells of who may do what: bodies as they come. Throws when it does not tell. */
export interface AuthorizationApi {
  /** Of the principal and its groups: at the subscription, above it, and on everything below. */
  readonly roleAssignments: (subscription: string, oid: string) => Promise<readonly unknown[]>;
  /** Of everybody: at the subscription, above it, and on everything below. */
  readonly denyAssignments: (subscription: string) => Promise<readonly unknown[]>;
  /** By its whole id; `undefined` when there is no such role. */
  readonly roleDefinition: (id: string) => Promise<unknown>;
  /** Ids of the groups that the principal is in, through groups, too. Asked of Microsoft Graph. */
  readonly groupsOf: (oid: string) => Promise<readonly string[]>;
}

export interface AuthorizationApiDeps {
  readonly credential: TokenCredential;
  readonly clock: Pick<Clock, "now" | "elapsed">;
  readonly endpoint?: string | undefined;
  readonly graphEndpoint?: string | undefined;
  readonly caPem?: string | undefined;
  readonly httpClient?: HttpClient | undefined;
}

interface Options {
  readonly requestOptions: { readonly timeout: number };
  readonly onResponse: (response: { readonly bodyAsText?: string | null | undefined }) => void;
}

/** Over the unmodified SDK, api-version 2022-04-01, the first that shows conditions. A throttled caller is not asked again meanwhile. */
export function createAuthorizationApi(deps: AuthorizationApiDeps): AuthorizationApi {
  const { credential, clock, caPem, httpClient } = deps;
  const graph = (deps.graphEndpoint ?? "https://graph.microsoft.com").replace(/\/$/, "");
  // One client for all: the scope is an argument of each call.
  const client = new AuthorizationManagementClient(credential, "00000000-0000-0000-0000-000000000000", {
    endpoint: (deps.endpoint ?? "https://management.azure.com").replace(/\/$/, ""),
    retryOptions: NO_RETRIES,
    ...(caPem !== undefined && { tlsOptions: { ca: caPem } }),
    ...(httpClient !== undefined && { httpClient }),
  });
  let resting: { readonly until: number; readonly fault: SallyportError } | undefined;

  /** Waiting would keep people waiting: while Azure asks to slow down, what cannot be known is refused at once. */
  async function tell<Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer> {
    if (resting !== undefined && clock.elapsed() < resting.until) throw resting.fault;
    try {
      return await ask();
    } catch (error) {
      const fault = error instanceof SallyportError ? error : translate(what, error, clock.now());
      if (fault.code === "azure.throttled" && fault.retryAfterMs !== undefined)
        resting = { until: clock.elapsed() + Math.min(fault.retryAfterMs, 60_000), fault };
      throw fault;
    }
  }

  const list = (what: string, call: (options: Options) => { readonly byPage: () => AsyncIterable<unknown> }) =>
    tell(`listing ${what}`, async () => {
      const found: unknown[] = [];
      let body: string | null | undefined;
      const options: Options = {
        requestOptions: { timeout: TIMEOUT_MS },
        onResponse: ({ bodyAsText }) => (body = bodyAsText),
      };
      for await (const _page of call(options).byPage()) found.push(...valuesIn(`listing ${what}`, body));
      return found;
    });

  return {
    roleAssignments: (subscription, oid) =>
      list(`role assignments of ${oid}`, (options) =>
        client.roleAssignments.listForScope(`subscriptions/${subscription}`, {
          ...options,
          filter: encodeURIComponent(`assignedTo('${oid}')`),
        }),
      ),
    denyAssignments: async (subscription) => {
      // Without a filter: what is at and below the subscription; with it: what is at and above. Nothing else names both.
      const lists = await Promise.all(
        [{}, { filter: "atScope()" }].map((filter) =>
          list("deny assignments", (options) =>
            client.denyAssignments.listForScope(`subscriptions/${subscription}`, { ...options, ...filter }),
          ),
        ),
      );
      return lists.flat();
    },
    roleDefinition: (id) =>
      tell(`reading the role ${id}`, async () => {
        let body: string | null | undefined;
        try {
          await client.roleDefinitions.getById(id.replace(/^\//, ""), {
            requestOptions: { timeout: TIMEOUT_MS },
            onResponse: ({ bodyAsText }: { readonly bodyAsText?: string | null | undefined }) => (body = bodyAsText),
          });
        } catch (error) {
          const fault = translate(`reading the role ${id}`, error, clock.now());
          if (fault.code === "azure.not-found") return undefined;
          throw fault;
        }
        return jsonOf(body) ?? unreadable(`reading the role ${id}`);
      }),
    groupsOf: (oid) =>
      tell(`looking up the groups of ${oid}`, async () => {
        const token = await credential.getToken(`${graph}/.default`);
        const request = createPipelineRequest({
          url: `${graph}/v1.0/directoryObjects/${oid}/getMemberGroups`,
          method: "POST",
          timeout: TIMEOUT_MS,
          headers: createHttpHeaders({
            accept: "application/json",
            "content-type": "application/json",
            authorization: `Bearer ${token?.token ?? ""}`,
          }),
          body: JSON.stringify({ securityEnabledOnly: false }),
        });
        const answer = await client.sendRequest(request);
        if (answer.status !== 200)
          throw faultOfAnswer("asking Microsoft Graph", { ...answer, body: answer.bodyAsText }, clock.now());
        return valuesIn("asking Microsoft Graph", answer.bodyAsText).map((id) =>
          typeof id === "string" ? id.toLowerCase() : unreadable("asking Microsoft Graph"),
        );
      }),
  };
}

function valuesIn(what: string, body: string | null | undefined): readonly unknown[] {
  const json = jsonOf(body);
  return typeof json === "object" && json !== null && "value" in json && Array.isArray(json.value)
    ? json.value
    : unreadable(what);
}

function unreadable(what: string): never {
  throw new SallyportError({ code: "cloud.unreadable", detail: `${what}: the answer is none that is known` });
}
