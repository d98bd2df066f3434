import { join } from "node:path";
import { LiveValidator } from "oav";
import type { LiveValidationResult } from "oav";

/** A call of Resource Manager and its answer, as they went over the wire. */
export interface WireExchange {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Judgement {
  /** The operation's name in the specification, e.g. `SecurityRules_Get`. */
  readonly operation: string;
  /** What is against the specification, e.g. `SecurityRules_Get response ENUM_CASE_MISMATCH properties/protocol`. */
  readonly deviations: readonly string[];
}

/** Azure's published OpenAPI. */
export interface Specification {
  /** Of the request and of the answer; `undefined` where the specification does not describe the call. */
  readonly judge: (exchange: WireExchange) => Promise<Judgement | undefined>;
}

/** The version of each provider's API that lies in `test/data/azure-openapi`: the one that a client speaks is rewritten to it. */
export const PUBLISHED: Readonly<Record<string, string>> = {
  "microsoft.network": "2024-01-01",
  "microsoft.compute": "2024-07-01",
  "microsoft.authorization": "2022-04-01",
  "microsoft.security": "2020-01-01",
};

const FILES = [
  "network/resource-manager/Microsoft.Network/stable/2024-01-01/{networkSecurityGroup,applicationSecurityGroup,azureFirewall,networkInterface,publicIpAddress,virtualNetwork,routeTable,networkManagerEffectiveConfiguration}.json",
  "compute/resource-manager/Microsoft.Compute/ComputeRP/stable/2024-07-01/virtualMachine.json",
  "authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/authorization-*.json",
  "security/resource-manager/Microsoft.Security/stable/2020-01-01/jitNetworkAccessPolicies.json",
];

/** Throws when a file of it cannot be read. */
export async function readSpecification(): Promise<Specification> {
  const unreadable: string[] = [];
  const validator = new LiveValidator(
    {
      directory: join(__dirname, "../data/azure-openapi"),
      swaggerPathsPattern: FILES,
      git: { shouldClone: false },
      // Each operation is made ready when it is first asked about.
      loadValidatorInInitialize: false,
      loadValidatorInBackground: false,
      // What its authors excuse in it would be excused in us.
      loadSuppression: [],
    },
    (message) => {
      if (/unable to initialize|failed to/i.test(message)) unreadable.push(message);
    },
  );
  await validator.initialize();
  if (unreadable.length > 0) throw new Error(unreadable.join("\n"));

  return {
    judge: async ({ method, url, requestHeaders, requestBody, status, headers, body }) => {
      const judged = await validator.validateLiveRequestResponse({
        liveRequest: {
          method,
          url: published(url),
          headers: { ...requestHeaders },
          ...(requestBody !== "" && { body: JSON.parse(requestBody) }),
        },
        liveResponse: {
          statusCode: String(status),
          headers: { ...headers },
          ...(body !== "" && { body: JSON.parse(body) }),
        },
      });
      const { requestValidationResult: request, responseValidationResult: response, runtimeException } = judged;
      if (runtimeException !== undefined) throw new Error(`${method} ${url}: ${runtimeException.message}`);
      if (request.runtimeException?.code.startsWith("OPERATION_NOT_FOUND_IN_CACHE")) return undefined;
      const operation = request.operationInfo.operationId;
      return {
        operation,
        deviations: [...deviationsOf("request", request), ...deviationsOf("response", response)].map(
          (text) => `${operation} ${text}`,
        ),
      };
    },
  };
}

export function published(url: string): string {
  const provider = /.*\/providers\/([^/?]+)/i.exec(url)?.[1]?.toLowerCase() ?? "";
  return url.replace(/api-version=[^&]*/i, `api-version=${PUBLISHED[provider] ?? "unpublished"}`);
}

function deviationsOf(side: string, { errors, runtimeException }: LiveValidationResult): readonly string[] {
  if (runtimeException !== undefined) throw new Error(`${side}: ${runtimeException.message}`);
  const told = errors.flatMap(({ code, message, pathsInPayload }) =>
    pathsInPayload.length === 0
      ? [`${side} ${code} (${message})`]
      : pathsInPayload.map((path) => `${side} ${code} ${pathOf(path)}`),
  );
  return [...new Set(told)];
}

/** As in `properties/securityRules[]/properties/protocol`: the items of a list share one path. */
const pathOf = (path: string): string => path.replace(/^\//, "").replaceAll(/\/\d+(?=\/|$)/g, "[]");
