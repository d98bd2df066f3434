import { keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";
import { TYPES } from "./types.ts";

/** Versions that clients look up before they read a resource of which they know only the id, newest first. */
const API_VERSIONS = ["2025-05-01", "2025-04-01", "2024-05-01", "2024-01-01", "2023-11-01", "2022-01-01"];

/** `GET …/providers/{namespace}`: which types there are, and in which versions. */
export const providerBody = ({
  subscriptionId,
  namespace,
}: {
  readonly subscriptionId: string;
  readonly namespace: string;
}) => ({
  id: `/subscriptions/${subscriptionId}/providers/${namespace}`,
  namespace,
  registrationState: "Registered",
  registrationPolicy: "RegistrationRequired",
  resourceTypes: TYPES.filter((one) => keyOf(one.namespace) === keyOf(namespace)).map(({ type }) => ({
    resourceType: type,
    locations: [],
    apiVersions: API_VERSIONS,
    capabilities: "CrossResourceGroupResourceMove, CrossSubscriptionResourceMove, SupportsTags, SupportsLocation",
  })),
});

/** `GET …/providers`: those that have types here. */
export const providerBodies = (subscriptionId: string) =>
  [...new Set(TYPES.map(({ namespace }) => namespace))].map((namespace) => providerBody({ subscriptionId, namespace }));

/** The regions that something of the subscription is in. */
export function locationsOf(estate: Estate, subscriptionId: string) {
  const names = new Set<string>();
  for (const [key, { shown }] of estate.entries())
    if (shown !== undefined && key.startsWith(keyOf(`/subscriptions/${subscriptionId}/`)))
      names.add(shown.doc.location);
  return [...names].toSorted().map((name) => ({
    id: `/subscriptions/${subscriptionId}/locations/${name}`,
    name,
    type: "Region",
    displayName: name,
    regionalDisplayName: name,
    metadata: { regionType: "Physical" },
  }));
}
