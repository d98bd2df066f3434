import { holds } from "./condition.ts";
import type { PolicyDocument, Statement } from "./policy.ts";
import type { Access, Context } from "./request.ts";
import { patternOf } from "./wildcard.ts";

/** What a caller has. All that is there must allow; one deny anywhere decides. */
export interface Permissions {
  /** Policies of the user or role. */
  readonly identity: readonly PolicyDocument[];
  readonly boundary?: readonly PolicyDocument[];
  /** Policies that the session was given when the role was assumed. */
  readonly session?: readonly PolicyDocument[];
  /** Service control policies of the organisation, level by level: on each of them one must allow. */
  readonly organisation?: readonly (readonly PolicyDocument[])[];
}

/** Why not, in the words that AWS ends its sentence with. */
export type Verdict = { readonly isAllowed: true } | { readonly isAllowed: false; readonly why: string };

const layersOf = ({ identity, session, boundary, organisation = [] }: Permissions) =>
  [
    ...organisation.map((policies) => ["service control policy", policies] as const),
    ["identity-based policy", identity] as const,
    ["session policy", session] as const,
    ["permissions boundary", boundary] as const,
  ].flatMap(([called, policies]) => (policies === undefined ? [] : [{ called, policies }]));

/** Explicit deny, then allow, then the default, which is deny. */
export function judge(permissions: Permissions, access: Access): Verdict {
  const layers = layersOf(permissions).map(({ called, policies }) => ({ called, effect: effectOf(policies, access) }));
  const denying = layers.find(({ effect }) => effect === "Deny")?.called;
  if (denying !== undefined)
    return {
      isAllowed: false,
      why: `with an explicit deny in ${denying === "identity-based policy" ? "an" : "a"} ${denying}`,
    };
  const silent = layers.find(({ effect }) => effect !== "Allow")?.called;
  return silent === undefined
    ? { isAllowed: true }
    : { isAllowed: false, why: `because no ${silent} allows the ${access.action} action` };
}

function effectOf(policies: readonly PolicyDocument[], access: Access): Statement["Effect"] | undefined {
  const effects = policies
    .flatMap((policy) => policy.Statement)
    .filter((statement) => covers(statement, access))
    .map(({ Effect }) => Effect);
  return effects.includes("Deny") ? "Deny" : effects[0];
}

const covers = (statement: Statement, access: Access): boolean =>
  coversAction(statement, access.action) &&
  coversResource(statement, access) &&
  holds(statement.Condition, access.context);

const NOTHING: Context = new Map();

/** Actions are compared without regard to case. A statement that names none covers all of its service's. */
export function coversAction({ Action, NotAction }: Statement, action: string): boolean {
  const named = (patterns: readonly string[]) =>
    patterns.some((pattern) => patternOf(pattern.toLowerCase(), NOTHING, true)?.test(action.toLowerCase()));
  return NotAction === undefined ? Action === undefined || named(Action) : !named(NotAction);
}

function coversResource({ Resource, NotResource }: Statement, { resource, context }: Access): boolean {
  const named = (patterns: readonly string[]) =>
    patterns.some((pattern) => patternOf(pattern, context, true)?.test(resource));
  return NotResource === undefined ? Resource === undefined || named(Resource) : !named(NotResource);
}
