import { ComputeManagementClient } from "@azure/arm-compute";
import { NetworkManagementClient } from "@azure/arm-network";
import { createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline";
import type { HttpClient, PipelinePolicy } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { SallyportError } from "@sallyport/contracts";
import type { Clock } from "@sallyport/backbone";
import { createSharedLooks, noteCall } from "@sallyport/cloud";
import type { SharedLooks } from "@sallyport/cloud";
import { jsonOf } from "./arm-error.ts";
import { createBounded } from "./bounded.ts";
import { createPace } from "./pace.ts";
import type { HeaderLookup } from "./retry-after.ts";
import { NO_RETRIES } from "./settings.ts";
import { translate } from "./translate.ts";

/** The api-version that `@azure/arm-network` 36 speaks; our own calls must not differ from the SDK's. */
export const NETWORK_API_VERSION = "2025-05-01";
const REQUEST_TIMEOUT_MS = 60_000;
/** Reads of one subscription at once. */
const PARALLEL_READS = 16;

/** What an SDK operation hands to `onResponse`. */
interface RawResponse {
  readonly bodyAsText?: string | null | undefined;
}
interface SeesResponse {
  readonly onResponse: (response: RawResponse) => void;
}

export interface ArmAnswer {
  readonly status: number;
  readonly headers: HeaderLookup;
  readonly json: unknown;
  readonly body: string | null | undefined;
}

/** What a write carries. */
export interface Carried {
  readonly body: unknown;
  /** The etag of a fresh read: refused, when somebody wrote meanwhile. Never on polls (P6, P7). */
  readonly ifMatch?: string;
}

/** One subscription, through the SDKs. Bodies are ARM's own JSON: the SDK's models would drop what they do not know (P28). */
export interface Arm {
  readonly network: NetworkManagementClient;
  readonly compute: ComputeManagementClient;
  /** For looks that others may be taking, too. */
  readonly shared: SharedLooks;
  /** One resource's body; `undefined` when it does not exist. */
  readonly get: (what: string, call: (options: SeesResponse) => Promise<unknown>) => Promise<unknown>;
  /** Every body of a paged list; links are followed as they come (P57). */
  readonly list: (
    what: string,
    call: (options: SeesResponse) => { readonly byPage: () => AsyncIterable<unknown> },
  ) => Promise<readonly unknown[]>;
  /** One call as it is, for writes: never retried, whatever it answers. Throws when nothing is answered. */
  readonly send: (what: string, method: "GET" | "PUT" | "DELETE", url: string, carries?: Carried) => Promise<ArmAnswer>;
  readonly urlOf: (id: string) => string;
}

/** The client of an enrolled subscription; anything else is a fault. */
export type ArmOf = (subscription: string) => Arm;

export interface ArmDeps {
  readonly credential: TokenCredential;
  readonly subscriptionId: string;
  readonly clock: Clock;
  readonly endpoint?: string;
  readonly caPem?: string;
  readonly httpClient?: HttpClient;
}

/** What an accepted write is asked by, wherever ARM has put it. */
const OPERATION = /\/(operations?|operationStatuses|operationResults)\//i;

/** A POST that changes nothing. */
const LIST = /\/list[A-Z][^/?]*(?:\?|$)/;

/** Puts each request on the bill of whom it is made for. */
const counted: PipelinePolicy = {
  name: "sallyportBill",
  sendRequest: (request, next) => {
    noteCall(
      request.method !== "GET" && !LIST.test(request.url) ? "write" : OPERATION.test(request.url) ? "poll" : "read",
    );
    return next(request);
  },
};

export function createArm({ credential, subscriptionId, clock, endpoint, caPem, httpClient }: ArmDeps): Arm {
  const origin = (endpoint ?? "https://management.azure.com").replace(/\/$/, "");
  const options = {
    endpoint: origin,
    retryOptions: NO_RETRIES,
    ...(caPem !== undefined && { tlsOptions: { ca: caPem } }),
    ...(httpClient !== undefined && { httpClient }),
  };
  const network = new NetworkManagementClient(credential, subscriptionId, options);
  const compute = new ComputeManagementClient(credential, subscriptionId, options);
  // ARM counts both clients' calls against one budget.
  const pace = createPace(clock);
  for (const { pipeline } of [network, compute]) {
    pipeline.addPolicy(pace);
    pipeline.addPolicy(counted);
  }
  const bounded = createBounded(PARALLEL_READS);

  return {
    network,
    compute,
    shared: createSharedLooks(clock),
    get: (what, call) =>
      bounded(async () => {
        let body: string | null | undefined;
        try {
          await call({ onResponse: ({ bodyAsText }) => (body = bodyAsText) });
        } catch (error) {
          const fault = translate(`reading ${what}`, error, clock.now());
          if (fault.code === "azure.not-found") return undefined;
          throw fault;
        }
        return readable(what, body);
      }),
    list: (what, call) =>
      bounded(async () => {
        const found: unknown[] = [];
        let body: string | null | undefined;
        try {
          const pages = call({ onResponse: ({ bodyAsText }) => (body = bodyAsText) }).byPage();
          for await (const _page of pages) found.push(...valuesIn(readable(what, body)));
        } catch (error) {
          throw translate(`listing ${what}`, error, clock.now());
        }
        return found;
      }),
    send: async (what, method, url, carries) => {
      const request = createPipelineRequest({
        url,
        method,
        timeout: REQUEST_TIMEOUT_MS,
        headers: createHttpHeaders({ accept: "application/json" }),
        ...(carries !== undefined && { body: JSON.stringify(carries.body) }),
      });
      if (carries !== undefined) request.headers.set("content-type", "application/json");
      if (carries?.ifMatch !== undefined) request.headers.set("if-match", carries.ifMatch);
      try {
        const { status, headers, bodyAsText } = await network.sendRequest(request);
        return { status, headers, json: jsonOf(bodyAsText), body: bodyAsText };
      } catch (error) {
        throw translate(what, error, clock.now());
      }
    },
    urlOf: (id) => `${origin}${id}?api-version=${NETWORK_API_VERSION}`,
  };
}

function readable(what: string, body: string | null | undefined): unknown {
  const json = jsonOf(body);
  if (json === undefined)
    throw new SallyportError({ code: "cloud.unreadable", detail: `reading ${what}: the answer is no JSON` });
  return json;
}

const valuesIn = (page: unknown): readonly unknown[] =>
  typeof page === "object" && page !== null && "value" in page && Array.isArray(page.value) ? page.value : [];
