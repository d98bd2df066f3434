import type { Simulator } from "@sallyport/simulator";

/**
 * The whole simulated world, byte for byte, but for what every cloud renumbers by itself: Azure's etags, and the ids of rules on AWS,
 * which come back under new ids when they come back (G4).
 */
export function networkOf(simulator: Simulator): string {
  const world: unknown = JSON.parse(JSON.stringify(simulator.documents()));
  return JSON.stringify(canonical(world), undefined, 1);
}

const RENUMBERED = new Set(["etag", "SecurityGroupRuleId", "SecurityGroupRuleArn"]);

/** No list of either world means anything by its order: rules of NSGs are ordered by their priority. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return unordered(value.map(canonical));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !RENUMBERED.has(name))
      .map(([name, inner]: [string, unknown]) => [name, canonical(inner)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const unordered = (list: readonly unknown[]): readonly unknown[] =>
  list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
