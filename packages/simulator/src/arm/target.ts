/** What a request is about, read off its path. Names keep the client's spelling. */
export type Target =
  | { readonly kind: "subscriptions" }
  | { readonly kind: "subscription"; readonly subscriptionId: string }
  | { readonly kind: "groups"; readonly subscriptionId: string }
  | { readonly kind: "group"; readonly subscriptionId: string; readonly group: string }
  | { readonly kind: "all-resources"; readonly subscriptionId: string; readonly group?: string }
  | { readonly kind: "operation"; readonly subscriptionId: string; readonly id: string; readonly results: boolean }
  | ({ readonly kind: "list"; readonly group?: string } & OfType)
  | ({ readonly kind: "resource"; readonly group: string; readonly name: string } & OfType)
  | ({ readonly kind: "children"; readonly group: string; readonly name: string; readonly childType: string } & OfType)
  | ({
      readonly kind: "child";
      readonly group: string;
      readonly name: string;
      readonly childType: string;
      readonly childName: string;
    } & OfType)
  | { readonly kind: "unknown" };

interface OfType {
  readonly subscriptionId: string;
  /** As in `Microsoft.Network`. */
  readonly namespace: string;
  readonly type: string;
}

/** Fixed words of a path are compared without regard to case, as ARM does. */
export function targetOf(path: string): Target {
  const segments = path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode);
  const [root, subscriptionId, ...rest] = segments;
  if (root?.toLowerCase() !== "subscriptions") return { kind: "unknown" };
  if (subscriptionId === undefined) return { kind: "subscriptions" };
  if (rest[0] === undefined) return { kind: "subscription", subscriptionId };
  if (rest[0].toLowerCase() === "resources" && rest.length === 1) return { kind: "all-resources", subscriptionId };
  if (rest[0].toLowerCase() !== "resourcegroups") return provider(subscriptionId, undefined, rest);
  const group = rest[1];
  if (group === undefined) return { kind: "groups", subscriptionId };
  if (rest[2] === undefined) return { kind: "group", subscriptionId, group };
  if (rest[2].toLowerCase() === "resources" && rest.length === 3)
    return { kind: "all-resources", subscriptionId, group };
  return provider(subscriptionId, group, rest.slice(2));
}

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

function provider(subscriptionId: string, group: string | undefined, segments: readonly string[]): Target {
  const [word, namespace, type, name, childType, childName, ...more] = segments;
  if (word?.toLowerCase() !== "providers" || namespace === undefined || type === undefined || more.length > 0)
    return { kind: "unknown" };
  if (type.toLowerCase() === "locations" && childName !== undefined) {
    const results = childType?.toLowerCase() === "operationresults";
    return results || childType?.toLowerCase() === "operations"
      ? { kind: "operation", subscriptionId, id: childName, results }
      : { kind: "unknown" };
  }
  const of = { subscriptionId, namespace, type };
  if (name === undefined) return { kind: "list", ...of, ...(group !== undefined && { group }) };
  if (group === undefined) return { kind: "unknown" };
  if (childType === undefined) return { kind: "resource", ...of, group, name };
  if (childName === undefined) return { kind: "children", ...of, group, name, childType };
  return { kind: "child", ...of, group, name, childType, childName };
}
