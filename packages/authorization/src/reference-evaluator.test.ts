import { PrincipalId } from "@sallyport/contracts";
import { evaluate } from "@sallyport/domain";
import type { Rights } from "@sallyport/domain";
import fc from "fast-check";
import { readManagementGroups } from "./management-group-tree.ts";
import { groupsOf } from "./memberships.ts";
import { naivelyMay } from "./naive-evaluator.conformance.ts";
import type { RawPermission, RawTree, RoleWorld } from "./naive-evaluator.conformance.ts";
import { readRoleFile } from "./read-role-file.ts";
import type { ManagementGroupEntry } from "./role-file.ts";
import { ACTIONS, PRINCIPALS, RESOURCES, denials, manyWorlds, roleWorlds } from "./role-worlds.conformance.ts";

interface Question {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}
const questions: fc.Arbitrary<Question> = fc.record({
  principal: fc.constantFrom(...PRINCIPALS),
  action: fc.constantFrom(...ACTIONS),
  resource: fc.constantFrom(...RESOURCES),
});

/** What we say of it, asked the way it is in production: from the text of a file. */
const may = (world: RoleWorld, { principal, action, resource }: Question): boolean =>
  evaluate([{ action, resource }], readRoleFile(JSON.stringify(world)).rightsOf(PrincipalId.parse(principal))).allowed;

/** The same without the way through a text, which takes much longer than deciding. */
function rightsIn(world: RoleWorld, principal: string): Rights {
  const groups = new Map(world.groups.map(({ id, members }) => [id, members]));
  return {
    principalIds: [principal, ...groupsOf(principal, groups)],
    assignments: world.roleAssignments.map(({ principalId, roleDefinitionId, scope, ...on }) => ({
      principalId,
      roleId: roleDefinitionId.slice(roleDefinitionId.lastIndexOf("/") + 1),
      scope,
      ...conditionOf(on),
    })),
    definitions: world.roleDefinitions.map(({ name, permissions, ...role }) => ({
      ...role,
      id: name,
      name,
      permissions: permissions.map(permissionOf),
    })),
    denyAssignments: world.denyAssignments.map((deny) => ({
      ...deny,
      name: deny.denyAssignmentName,
      principals: deny.principals.map(({ id }) => id),
      excludePrincipals: deny.excludePrincipals.map(({ id }) => id),
      permissions: deny.permissions.map(permissionOf),
    })),
    managementGroups: readManagementGroups(world.managementGroups.map(treeOf)),
  };
}
const conditionOf = ({ condition, conditionVersion }: Pick<RawPermission, "condition" | "conditionVersion">) =>
  condition === undefined || condition === null
    ? {}
    : { condition: { text: condition, version: conditionVersion ?? undefined } };
const permissionOf = ({ actions, notActions, ...on }: RawPermission) => ({ actions, notActions, ...conditionOf(on) });
const treeOf = ({ children, ...entry }: RawTree): ManagementGroupEntry => ({
  ...entry,
  children: children.map(treeOf),
});

/** Whole numbers that look like chance, the same for the same seed (mulberry32). */
function chanceOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describe("Azure RBAC is decided as by a naive evaluator that was written from its documentation", () => {
  it("in a hundred thousand worlds", () => {
    const { seed = 1 } = fc.readConfigureGlobal();
    const chance = chanceOf(seed);
    const answers = { granted: 0, denied: 0, missing: 0 };
    const disagreements: unknown[] = [];
    for (const world of manyWorlds(100_000, seed, chance)) {
      const [principal = "", action = "", resource = ""] = [PRINCIPALS, ACTIONS, RESOURCES].map(
        (each) => each[chance(each.length)],
      );
      const expected = naivelyMay(world, principal, action, resource);
      const without = naivelyMay({ ...world, denyAssignments: [] }, principal, action, resource);
      answers[expected ? "granted" : without ? "denied" : "missing"] += 1;
      const { allowed } = evaluate([{ action, resource }], rightsIn(world, principal));
      if (allowed !== expected) disagreements.push({ allowed, seed, principal, action, resource, world });
    }
    expect(disagreements.slice(0, 1)).toEqual([]);
    // Each answer is met often: else the agreement would say little.
    expect(answers.granted).toBeGreaterThan(3000);
    expect(answers.denied).toBeGreaterThan(500);
  });

  it("from the text of a file on", () => {
    fc.assert(
      fc.property(roleWorlds, questions, (world, question) => {
        const { principal, action, resource } = question;
        expect(may(world, question)).toBe(naivelyMay(world, principal, action, resource));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("whoever may not do something", () => {
  it("may not do it once a deny assignment is added", () => {
    fc.assert(
      fc.property(roleWorlds, questions, denials, (world, question, deny) => {
        fc.pre(!may(world, question));
        expect(may({ ...world, denyAssignments: [...world.denyAssignments, deny] }, question)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it("may not do it once a role assignment is taken away", () => {
    fc.assert(
      fc.property(roleWorlds, questions, fc.nat(), (world, question, which) => {
        fc.pre(!may(world, question));
        const without = which % world.roleAssignments.length;
        const roleAssignments = world.roleAssignments.filter((_, at) => at !== without);
        expect(may({ ...world, roleAssignments }, question)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the order of a file", () => {
  it("never matters", () => {
    fc.assert(
      fc.property(roleWorlds, questions, (world, question) => {
        const reversed = {
          ...world,
          roleDefinitions: world.roleDefinitions.toReversed(),
          roleAssignments: world.roleAssignments.toReversed(),
          denyAssignments: world.denyAssignments.toReversed(),
          groups: world.groups.toReversed(),
          managementGroups: world.managementGroups.toReversed(),
        };
        expect(may(reversed, question)).toBe(may(world, question));
      }),
      { numRuns: 1000 },
    );
  });
});
