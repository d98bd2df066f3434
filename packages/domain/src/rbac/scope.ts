/**
 * The management groups above a subscription or a management group, nearest first: lower-case names by the lower-case id of what
 * they are above (`/subscriptions/…`, `/providers/microsoft.management/managementgroups/…`). Such a scope never looks like the
 * resources below it, so it has to be looked up (rbac.md §4).
 */
export type ManagementGroups = Readonly<Record<string, readonly string[]>>;

/**
 * Does what is assigned at `scope` apply to `resource`? Segment by segment, case-insensitively: `rg` does not cover `rg2` (P24).
 * `/` covers everything.
 */
export const covers = (scope: string, resource: string, above: ManagementGroups): boolean =>
  coversPath(scopePathOf(scope), scopePathOf(resource), above);

/** A scope or a resource, read once. */
export interface ScopePath {
  /** Lower case, one slash before every segment; empty for `/`. */
  readonly path: string;
  /** Set when it is a management group. */
  readonly managementGroup?: string;
}

export function scopePathOf(id: string): ScopePath {
  const segments = segmentsOf(id);
  const managementGroup = managementGroupOf(segments);
  const path = segments.map((segment) => `/${segment}`).join("");
  return managementGroup === undefined ? { path } : { path, managementGroup };
}

/** As `covers`, of what is read already. */
export function coversPath(scope: ScopePath, resource: ScopePath, above: ManagementGroups): boolean {
  const { managementGroup: group } = scope;
  if (group !== undefined) return resource.managementGroup === group || groupsAbove(resource, above).includes(group);
  return isWithin(resource.path, scope.path);
}

const isWithin = (path: string, outer: string): boolean =>
  path.startsWith(outer) && (path.length === outer.length || path[outer.length] === "/");

/** The same place, whatever the case. */
export const isSameScope = (a: string, b: string): boolean => scopePathOf(a).path === scopePathOf(b).path;

/**
 * Whether the text can be a scope at all; a file that holds another is refused at load (rbac.md §9). Half an id is none: what ends
 * at `/resourceGroups`, or at a type without a name, would cover everything below.
 */
export const isScope = (text: string): boolean => text === "/" || (text !== "" && SCOPE.test(text));

const SCOPE =
  /^(?:\/subscriptions\/[^/\s]+(?:\/resourceGroups\/[^/\s]+)?)?(?:\/providers\/[^/\s]+(?:\/[^/\s]+\/[^/\s]+)+)?$/i;

const segmentsOf = (id: string): readonly string[] =>
  id
    .toLowerCase()
    .split("/")
    .filter((segment) => segment !== "");

function managementGroupOf(segments: readonly string[]): string | undefined {
  const [providers, namespace, type, name, ...more] = segments;
  const isGroup = providers === "providers" && namespace === "microsoft.management" && type === "managementgroups";
  return isGroup && more.length === 0 ? name : undefined;
}

function groupsAbove({ path, managementGroup }: ScopePath, above: ManagementGroups): readonly string[] {
  const root = managementGroup === undefined ? path.split("/", 3).join("/") : path;
  return above[root] ?? [];
}
