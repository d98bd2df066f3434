import type { Answer, SystemUnderTest } from "../journeys/a-system.ts";
import { SUBSCRIPTION } from "../journeys/estates.ts";
import type { Person } from "../journeys/people.ts";
import type { WireExchange } from "./openapi-specification.ts";

/** The group of the small world's VM, and the place of its policies. */
export const GROUP = `${SUBSCRIPTION}/resourceGroups/rg-small`;
const SECURITY = "providers/Microsoft.Security";
export const VM = `${GROUP}/providers/Microsoft.Compute/virtualMachines/vm-1`;
export const POLICY = `${GROUP}/${SECURITY}/locations/westeurope/jitNetworkAccessPolicies/default`;
export const LISTS = [SUBSCRIPTION, GROUP].flatMap((scope) => [
  `${scope}/${SECURITY}/jitNetworkAccessPolicies`,
  `${scope}/${SECURITY}/locations/westeurope/jitNetworkAccessPolicies`,
]);

export const policyBody = (port: object = {}) => ({
  kind: "Basic",
  properties: {
    virtualMachines: [
      {
        id: VM,
        ports: [
          {
            number: 22,
            protocol: "TCP",
            allowedSourceAddressPrefix: "198.51.100.0/24",
            maxRequestAccessDuration: "PT3H",
            ...port,
          },
        ],
      },
    ],
  },
});

export const initiateBody = (port: object = {}) => ({
  virtualMachines: [
    { id: VM, ports: [{ number: 22, duration: "PT1H", allowedSourceAddressPrefix: "198.51.100.7", ...port }] },
  ],
  justification: "hotfix 4711",
});

/** Calls Azure's API of a system, and writes down what went over the wire. */
export function createJitCalls(system: SystemUnderTest) {
  const exchanges: WireExchange[] = [];
  const call = async (person: Person, method: string, path: string, body?: unknown): Promise<Answer> => {
    const url = `${path}?api-version=2020-01-01`;
    const answer = await system.call(person, method, url, { body });
    exchanges.push({
      method,
      url,
      requestHeaders: { "content-type": "application/json" },
      requestBody: body === undefined ? "" : JSON.stringify(body),
      status: answer.status,
      headers: { "content-type": "application/json" },
      body: answer.body === undefined ? "" : JSON.stringify(answer.body),
    });
    return answer;
  };
  return { call, exchanges };
}
