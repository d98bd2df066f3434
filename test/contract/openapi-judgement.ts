import type { Specification, WireExchange } from "./openapi-specification.ts";
import { isResult, wrongWith } from "./openapi-undescribed.ts";

/** What the specification says about many exchanges. */
export interface Judged {
  /** Operations that were judged, each with a status, e.g. `SecurityRules_Get 200`. */
  readonly operations: ReadonlySet<string>;
  readonly deviations: readonly string[];
  /** What is wrong with calls that the specification does not describe. */
  readonly wrong: readonly string[];
}

export async function judgeAll(specification: Specification, exchanges: readonly WireExchange[]): Promise<Judged> {
  const operations = new Set<string>();
  const deviations = new Set<string>();
  const wrong: string[] = [];
  for (const exchange of withResults(exchanges)) {
    const { method, url, status } = exchange;
    const judgement = await specification.judge(exchange);
    if (judgement === undefined) {
      const problems = wrongWith(exchange) ?? ["is described nowhere"];
      wrong.push(...problems.map((one) => `${method} ${url} answered ${status}: ${one}`));
      continue;
    }
    operations.add(`${judgement.operation} ${status}`);
    for (const one of judgement.deviations) deviations.add(one);
  }
  return { operations, deviations: [...deviations], wrong };
}

/** With every result once more, as the answer to the request of which it is the result: that is how it is described. */
function* withResults(exchanges: readonly WireExchange[]): Generator<WireExchange> {
  const accepted = new Map<string, WireExchange>();
  for (const exchange of exchanges) {
    yield exchange;
    const { method, url, status, headers, body } = exchange;
    const { location } = headers;
    if (status === 202 && method !== "GET" && location !== undefined) accepted.set(pathOf(location), exchange);
    const request = accepted.get(pathOf(url));
    if (request !== undefined && isResult(url) && status !== 202) yield { ...request, status, headers, body };
  }
}

const pathOf = (url: string): string => new URL(url, "https://127.0.0.1").pathname;
