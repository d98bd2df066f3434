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
export function covers(scope: string, resource: string, above: ManagementGroups): boolean {
  const wanted = segmentsOf(scope);
  const group = managementGroupOf(wanted);
  const actual = segmentsOf(resource);
  if (group !== undefined) return managementGroupOf(actual) === group || groupsAbove(actual, above).includes(group);
  return wanted.length <= actual.length && wanted.every((segment, at) => segment === actual[at]);
}

/** The same place, whatever the case. */
export const isSameScope = (a: string, b: string): boolean => segmentsOf(a).join("/") === segmentsOf(b).join("/");

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

function groupsAbove(segments: readonly string[], above: ManagementGroups): readonly string[] {
  const root = managementGroupOf(segments) === undefined ? segments.slice(0, 2) : segments;
  return above[`/${root.join("/")}`] ?? [];
}
