import fc from "fast-check";
import type { RawTree, RoleWorld } from "./naive-evaluator.conformance.ts";

// Worlds of few words, so that everything meets: siblings whose names begin alike, the same in other case, groups in groups.

export const PRINCIPALS = ["https://issuer.example#ann", "https://issuer.example#Ann", "https://issuer.example#bob"];
const GROUPS = ["staff", "admins", "all"];
const ZERO = "00000000-0000-0000-0000-000000000000";
const ids = fc.constantFrom(...PRINCIPALS, ...GROUPS);

const SUBSCRIPTIONS = ["s", "s2"];
const MANAGEMENT = ["company", "company2", "Prod"];
const managementScope = (name: string) => `/providers/Microsoft.Management/managementGroups/${name}`;
const groupsIn = SUBSCRIPTIONS.flatMap((sub) =>
  ["rg", "rg2"].map((rg) => `/subscriptions/${sub}/resourceGroups/${rg}`),
);
const machinesIn = groupsIn.flatMap((rg) =>
  ["vm", "vm2"].map((vm) => `${rg}/providers/Microsoft.Compute/virtualMachines/${vm}`),
);
export const RESOURCES = [...groupsIn, ...machinesIn];

const inAnyCase = (arb: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(arb, fc.constantFrom("as it is", "lower", "upper"))
    .map(([text, how]) => (how === "lower" ? text.toLowerCase() : how === "upper" ? text.toUpperCase() : text));

const scopes = inAnyCase(
  fc.oneof(
    fc.constant("/"),
    fc.constantFrom(...SUBSCRIPTIONS.map((sub) => `/subscriptions/${sub}`)),
    fc.constantFrom(...groupsIn),
    fc.constantFrom(...machinesIn),
    fc.constantFrom(...MANAGEMENT.map(managementScope)),
  ),
);

export const ACTIONS = [
  "M.S/jit/read",
  "M.S/jit/*/read",
  "M.S/jit/x/read",
  "M.S/jit/xread",
  "M.S/jit2/read",
  "M.S/jit/write",
  "M.C/vm/read",
];
const patterns = inAnyCase(
  fc.constantFrom(
    ...ACTIONS,
    "*",
    "*/read",
    "M.S/*",
    "M.S/*/read",
    "M.S/*/*/read",
    "M.S/jit/*",
    "M.S/jit*/read",
    "M.S/jit/*read",
    "M.S/*/x/read",
    "*/jit/read",
    "MxS/jit/read",
    "*write",
  ),
);
const somePatterns = (least: number) => fc.array(patterns, { minLength: least, maxLength: 2 });

const clauses = fc
  .array(inAnyCase(fc.constantFrom(...ACTIONS, "M.S/*", "*/read", "Microsoft.Storage/x/read")), {
    minLength: 1,
    maxLength: 2,
  })
  .map((names) =>
    names.map((name) => `((!(ActionMatches{'${name}'})) OR (@Resource[x] StringEquals 'OR !'))`).join(" AND "),
  );
const bare = inAnyCase(fc.constantFrom(...ACTIONS, "Microsoft.Storage/*")).chain((name) =>
  fc.constantFrom(
    `ActionMatches{'${name}'}`,
    `ActionMatches{'${name}'} AND (@Resource[x] StringEquals 'y')`,
    "@Resource[x] StringEquals 'y'",
  ),
);
/** Such as no file may hold, but a cloud may answer with. */
const broken = inAnyCase(fc.constantFrom(...ACTIONS, "Microsoft.Storage/*")).chain((name) =>
  fc.constantFrom(`((!(ActionMatches{'${name}'})) OR (x)`, ""),
);
const conditionsOf = (texts: fc.Arbitrary<string>, ...versions: readonly (string | null)[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constant({ condition: null, conditionVersion: null }) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(texts, fc.constantFrom("2.0", ...versions))
        .map(([condition, conditionVersion]) => ({ condition, conditionVersion })),
    },
  );
const readable = conditionsOf(fc.oneof(clauses, bare));
const anyConditions = conditionsOf(fc.oneof(clauses, bare, broken), "2.0", "2.0", "1.0", null);
type Conditions = typeof readable;

const permissions = (max: number, conditions: Conditions) =>
  fc.array(
    fc
      .tuple(somePatterns(1), somePatterns(0), conditions)
      .map(([actions, notActions, condition]) => ({ actions, notActions, ...condition })),
    { minLength: 1, maxLength: max },
  );

const ROLES = ["role-1", "role-2"];
const roles = (conditions: Conditions) =>
  fc
    .tuple(permissions(2, conditions), permissions(2, conditions))
    .map((both) => both.map((each, at) => roleOf(ROLES[at] ?? "", each)));
const roleOf = (name: string, each: RoleWorld["roleDefinitions"][number]["permissions"]) => ({
  name,
  roleName: name,
  permissions: each,
  assignableScopes: ["/"],
});

const assignments = (conditions: Conditions) =>
  fc
    .tuple(ids, fc.constantFrom(...ROLES, "role-3"), scopes, conditions)
    .map(([principalId, role, scope, condition]) => ({
      principalId,
      roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${role}`,
      scope,
      ...condition,
    }));

const someIds = (max: number, more: readonly string[]) =>
  fc.array(fc.oneof(ids, fc.constantFrom(ZERO, ...more)), { maxLength: max }).map((each) => each.map((id) => ({ id })));
const denialsOf = (conditions: Conditions) =>
  fc
    .tuple(scopes, someIds(2, [ZERO]), someIds(1, GROUPS), permissions(1, conditions), fc.boolean())
    .map(([scope, principals, excludePrincipals, each, doNotApplyToChildScopes]) => ({
      denyAssignmentName: "deny",
      scope,
      principals,
      excludePrincipals,
      permissions: each,
      doNotApplyToChildScopes,
    }));

export const denials = denialsOf(readable);

/** A group holds people and groups that come before it, so none holds itself. */
const groups = fc
  .tuple(...GROUPS.map((_, at) => fc.subarray([...PRINCIPALS, ...GROUPS.slice(0, at)], { maxLength: 2 })))
  .map((members) => GROUPS.map((id, at) => ({ id, members: members[at] ?? [] })));

const subscription = (name: string): RawTree => ({ name, type: "/subscriptions", children: [] });
const managed = (name: string, children: readonly RawTree[]): RawTree => ({
  name,
  type: "Microsoft.Management/managementGroups",
  children,
});
const trees = fc.constantFrom<readonly RawTree[]>(
  [],
  [managed("company", [managed("prod", [subscription("s")]), subscription("S2")])],
  [managed("Company", [subscription("s")]), managed("company2", [managed("PROD", [subscription("s2")])])],
);

export const roleWorlds: fc.Arbitrary<RoleWorld> = fc.record({
  roleDefinitions: roles(readable),
  roleAssignments: fc.array(assignments(readable), { minLength: 1, maxLength: 4 }),
  denyAssignments: fc.array(denials, { maxLength: 2 }),
  groups,
  managementGroups: trees,
});

/**
 * Many worlds at little cost: parts are made once, and every world is another choice of them. `chance` gives whole numbers below its
 * argument.
 */
export function* manyWorlds(count: number, seed: number, chance: (below: number) => number): Generator<RoleWorld> {
  const made = { numRuns: 2000, seed };
  const [someRoles, someAssignments, someDenials, someGroups, someTrees] = [
    fc.sample(roles(anyConditions), made),
    fc.sample(assignments(anyConditions), made),
    fc.sample(denialsOf(anyConditions), made),
    fc.sample(groups, made),
    fc.sample(trees, made),
  ];
  const some = <Part>(parts: readonly Part[], most: number): readonly Part[] =>
    Array.from({ length: chance(most + 1) }, () => one(parts));
  const one = <Part>(parts: readonly Part[]): Part => {
    const part = parts.at(chance(parts.length));
    if (part === undefined) throw new Error("no parts");
    return part;
  };
  for (let n = 0; n < count; n += 1)
    yield {
      roleDefinitions: one(someRoles),
      roleAssignments: some(someAssignments, 12),
      denyAssignments: some(someDenials, 5),
      groups: one(someGroups),
      managementGroups: one(someTrees),
    };
}
