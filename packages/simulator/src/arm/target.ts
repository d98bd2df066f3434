/** What a request is about, read off its path. Names keep the client's spelling. */
export type Target =
  | { readonly kind: "subscriptions" }
  | { readonly kind: "tenants" }
  | { readonly kind: "locations"; readonly subscriptionId: string }
  | { readonly kind: "provider"; readonly subscriptionId: string; readonly namespace: string }
  | { readonly kind: "providers"; readonly subscriptionId: string }
  | { readonly kind: "register-provider"; readonly subscriptionId: string; readonly namespace: string }
  | { readonly kind: "pricings"; readonly subscriptionId: string; readonly name?: string }
  | {
      readonly kind: "authorization";
      /** An ARM id without a slash at its end; empty for the root. */
      readonly scope: string;
      readonly subscriptionId?: string;
      readonly what: "roleassignments" | "roledefinitions" | "denyassignments" | "permissions";
      readonly name?: string;
    }
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
  const authorization = authorizationOf(path);
  if (authorization !== undefined) return authorization;
  const segments = path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode);
  const [root, subscriptionId, ...rest] = segments;
  if (root?.toLowerCase() === "tenants" && subscriptionId === undefined) return { kind: "tenants" };
  if (root?.toLowerCase() !== "subscriptions") return { kind: "unknown" };
  if (subscriptionId === undefined) return { kind: "subscriptions" };
  if (rest[0] === undefined) return { kind: "subscription", subscriptionId };
  if (rest[0].toLowerCase() === "locations" && rest.length === 1) return { kind: "locations", subscriptionId };
  if (rest[0].toLowerCase() === "providers" && rest[1] !== undefined && rest.length === 2)
    return { kind: "provider", subscriptionId, namespace: rest[1] };
  if (rest[0].toLowerCase() === "providers" && rest.length === 1) return { kind: "providers", subscriptionId };
  if (
    rest[0].toLowerCase() === "providers" &&
    rest[1] !== undefined &&
    rest[2]?.toLowerCase() === "register" &&
    !rest[3]
  )
    return { kind: "register-provider", subscriptionId, namespace: rest[1] };
  if (rest[0].toLowerCase() === "resources" && rest.length === 1) return { kind: "all-resources", subscriptionId };
  if (rest[0].toLowerCase() !== "resourcegroups") return provider(subscriptionId, undefined, rest);
  const group = rest[1];
  if (group === undefined) return { kind: "groups", subscriptionId };
  if (rest[2] === undefined) return { kind: "group", subscriptionId, group };
  if (rest[2].toLowerCase() === "resources" && rest.length === 3)
    return { kind: "all-resources", subscriptionId, group };
  return provider(subscriptionId, group, rest.slice(2));
}

const AUTHORIZATION =
  /^(.*)\/providers\/Microsoft\.Authorization\/(roleAssignments|roleDefinitions|denyAssignments|permissions)(?:\/([^/]+))?\/?$/i;

function authorizationOf(path: string): Target | undefined {
  const [, scope, what, name] = AUTHORIZATION.exec(decode(path)) ?? [];
  if (scope === undefined || what === undefined) return undefined;
  const subscriptionId = /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1];
  const word = WHAT.find((one) => one === what.toLowerCase());
  return (
    word && {
      kind: "authorization",
      scope,
      what: word,
      ...(subscriptionId !== undefined && { subscriptionId }),
      ...(name !== undefined && { name }),
    }
  );
}

const WHAT = ["roleassignments", "roledefinitions", "denyassignments", "permissions"] as const;

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
  if (group === undefined && namespace.toLowerCase() === "microsoft.security" && type.toLowerCase() === "pricings")
    return { kind: "pricings", subscriptionId, ...(name !== undefined && { name }) };
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
