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
}

/** Why not, in the words that AWS ends its sentence with. */
export type Verdict = { readonly isAllowed: true } | { readonly isAllowed: false; readonly why: string };

const KINDS = [
  ["identity", "identity-based policy"],
  ["session", "session policy"],
  ["boundary", "permissions boundary"],
] as const;

/** Explicit deny, then allow, then the default, which is deny. */
export function judge(permissions: Permissions, access: Access): Verdict {
  for (const [kind, called] of KINDS)
    if (effectOf(permissions[kind] ?? [], access) === "Deny")
      return {
        isAllowed: false,
        why: `with an explicit deny in ${called === "identity-based policy" ? "an" : "a"} ${called}`,
      };
  for (const [kind, called] of KINDS) {
    const policies = permissions[kind];
    if (policies !== undefined && effectOf(policies, access) !== "Allow")
      return { isAllowed: false, why: `because no ${called} allows the ${access.action} action` };
  }
  return { isAllowed: true };
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
