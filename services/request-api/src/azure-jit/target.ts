/** Where a JIT policy lives: its resource group and region. Spelled as called. */
export interface PolicyPlace {
  readonly subscription: string;
  readonly group: string;
  readonly location: string;
  readonly name: string;
}

/** What is listed: a subscription, or less of it. */
export interface ListScope {
  readonly subscription: string;
  readonly group?: string;
  readonly location?: string;
}

/** What a path of Azure's API names, as far as it is answered here. */
export type Target =
  | { readonly kind: "policies"; readonly scope: ListScope }
  | { readonly kind: "policy"; readonly place: PolicyPlace }
  | { readonly kind: "initiate"; readonly place: PolicyPlace; readonly type: string }
  | { readonly kind: "assessments"; readonly scope: string }
  | { readonly kind: "assessment"; readonly scope: string; readonly key: string };

const SUBSCRIPTION = "/subscriptions/([^/]+)";
const GROUP = "(?:/resourcegroups/([^/]+))?";
const SECURITY = "/providers/microsoft\\.security";
const at = (pattern: string) => new RegExp(`^${pattern}/?$`, "i");

const LIST = at(`${SUBSCRIPTION}${GROUP}${SECURITY}(?:/locations/([^/]+))?/jitnetworkaccesspolicies`);
const POLICY = at(
  `${SUBSCRIPTION}/resourcegroups/([^/]+)${SECURITY}/locations/([^/]+)/jitnetworkaccesspolicies/([^/]+)(?:/([^/]+))?`,
);
const ASSESSMENTS = at(`(/subscriptions/.+?)${SECURITY}/assessments(?:/([^/]+))?`);

/** Reads a path, in any case (P23). `undefined`: it is not one of this API; also where it does not decode. */
export function targetOf(path: string): Target | undefined {
  const plain = decoded(path.replaceAll(/\/{2,}/g, "/"));
  if (plain === undefined) return undefined;
  const policy = POLICY.exec(plain);
  if (policy !== null) {
    const [, subscription = "", group = "", location = "", name = "", type] = policy;
    const place = { subscription, group, location, name };
    return type === undefined ? { kind: "policy", place } : { kind: "initiate", place, type };
  }
  const list = LIST.exec(plain);
  if (list !== null) {
    const [, subscription = "", group, location] = list;
    return {
      kind: "policies",
      scope: {
        subscription,
        ...(group === undefined ? {} : { group }),
        ...(location === undefined ? {} : { location }),
      },
    };
  }
  const [, scope, key] = ASSESSMENTS.exec(plain) ?? [];
  if (scope === undefined) return undefined;
  return key === undefined ? { kind: "assessments", scope } : { kind: "assessment", scope, key };
}

/** Segment by segment, so that an encoded slash does not become one. */
function decoded(path: string): string | undefined {
  try {
    const segments = path.split("/").map(decodeURIComponent);
    return segments.some((one) => one.includes("/")) ? undefined : segments.join("/");
  } catch {
    return undefined;
  }
}

/** Names are compared in any case; regions also without the spaces of their display names. */
export const isSameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
export const regionOf = (text: string): string => text.replaceAll(" ", "").toLowerCase();
