import { aProfile, aVm } from "@sallyport/testkit";
import { requiredFor } from "./actions.ts";
import type { RequiredAction } from "./actions.ts";
import { evaluate } from "./evaluate.ts";
import type { Rights } from "./evaluate.ts";
import { EVERYONE } from "./roles.ts";
import type { DenyAssignment, Permission, RoleAssignment, RoleDefinition } from "./roles.ts";

const sub = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001";
const rg = `${sub}/resourceGroups/rg-shop`;
const vm = aVm();
const read = "Microsoft.Compute/virtualMachines/read";
const start = "Microsoft.Compute/virtualMachines/start/action";

const aRole = (id: string, ...permissions: readonly Partial<Permission>[]): RoleDefinition => ({
  id,
  name: id,
  assignableScopes: ["/"],
  permissions: permissions.map((one) => ({ actions: [], notActions: [], ...one })),
});
const assigned = (roleId: string, scope: string = sub, more: Partial<RoleAssignment> = {}): RoleAssignment => ({
  principalId: "alice",
  roleId,
  scope,
  ...more,
});
const aDeny = (more: Partial<DenyAssignment> = {}): DenyAssignment => ({
  name: "stack",
  scope: sub,
  principals: [EVERYONE],
  excludePrincipals: [],
  permissions: [{ actions: [read], notActions: [] }],
  doNotApplyToChildScopes: false,
  ...more,
});
const rights = (of: Partial<Rights>): Rights => ({
  principalIds: ["alice"],
  assignments: [],
  definitions: [],
  denyAssignments: [],
  managementGroups: {},
  ...of,
});
const reader = aRole("reader", { actions: ["*/read"] });
const need = (action: string, resource: string = vm): readonly RequiredAction[] => [{ action, resource }];
const may = (of: Partial<Rights>, required = need(read)) => evaluate(required, rights(of)).allowed;

describe("evaluating Azure RBAC", () => {
  it("refuses by default", () => expect(may({})).toBe(false));

  it("grants what an assigned role holds", () =>
    expect(may({ assignments: [assigned("reader")], definitions: [reader] })).toBe(true));

  it("grants nothing by a role that is defined nowhere", () =>
    expect(may({ assignments: [assigned("reader")] })).toBe(false));

  it("takes from a permission what its own notActions name", () => {
    const role = aRole("r", { actions: ["Microsoft.Compute/*"], notActions: ["*/start/action"] });
    expect(may({ assignments: [assigned("r")], definitions: [role] }, need(start))).toBe(false);
    expect(may({ assignments: [assigned("r")], definitions: [role] })).toBe(true);
  });

  it("lets one role grant what another role's notActions name: they are no deny", () => {
    const most = aRole("most", { actions: ["*"], notActions: [start] });
    const starter = aRole("starter", { actions: [start] });
    const assignments = [assigned("most"), assigned("starter")];
    expect(may({ assignments, definitions: [most, starter] }, need(start))).toBe(true);
  });

  it("lets one permission of a role grant what another of the same role takes back", () => {
    const role = aRole("r", { actions: ["*"], notActions: [start] }, { actions: [start] });
    expect(may({ assignments: [assigned("r")], definitions: [role] }, need(start))).toBe(true);
  });

  it("does not count a role on a sibling group whose name is a prefix", () => {
    const of = { definitions: [reader] };
    expect(may({ ...of, assignments: [assigned("reader", `${sub}/resourceGroups/rg`)] })).toBe(false);
    expect(may({ ...of, assignments: [assigned("reader", rg)] })).toBe(true);
  });

  it("compares ids without their case", () =>
    expect(may({ assignments: [assigned("reader", rg.toUpperCase())], definitions: [reader] })).toBe(true));

  it("inherits from management groups", () => {
    const assignments = [assigned("reader", "/providers/Microsoft.Management/managementGroups/company")];
    expect(may({ assignments, definitions: [reader], managementGroups: { [sub]: ["prod", "company"] } })).toBe(true);
    expect(may({ assignments, definitions: [reader] })).toBe(false);
  });

  it("counts roles of groups, and of nobody else", () => {
    const assignments = [assigned("reader", sub, { principalId: "admins" })];
    expect(may({ assignments, definitions: [reader], principalIds: ["alice", "staff", "admins"] })).toBe(true);
    expect(may({ assignments, definitions: [reader] })).toBe(false);
  });

  it("asks for all actions, each on its own resource, each by any role", () => {
    const required = [...need(read), { action: read, resource: `${sub}/resourceGroups/other` }];
    const decision = evaluate(required, rights({ assignments: [assigned("reader", rg)], definitions: [reader] }));
    expect(decision).toMatchObject({
      allowed: false,
      missing: [{ code: "rbac.missing-action", action: read, object: `${sub}/resourceGroups/other` }],
    });
    const both = [assigned("reader", rg), assigned("reader", `${sub}/resourceGroups/other`)];
    expect(may({ assignments: both, definitions: [reader] }, required)).toBe(true);
  });

  it("names every missing action with the resource it is missing on", () => {
    const profile = aProfile({ vm });
    const decision = evaluate(requiredFor("request-access", profile, rg.toLowerCase()), rights({}));
    expect(decision.allowed ? [] : decision.missing.map(({ action, object }) => `${action} on ${object}`)).toEqual([
      `Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action on ${rg.toLowerCase()}`,
      `Microsoft.Security/locations/jitNetworkAccessPolicies/*/read on ${rg.toLowerCase()}`,
      `Microsoft.Compute/virtualMachines/read on ${vm}`,
      `Microsoft.Network/networkInterfaces/*/read on ${profile.interfaces[0]}`,
      `Microsoft.Network/publicIPAddresses/read on ${profile.publicAddresses[0]?.id}`,
    ]);
  });

  describe("with deny assignments", () => {
    const granted = { assignments: [assigned("reader")], definitions: [reader] };

    it("blocks whatever roles there are, and says which one does", () => {
      const decision = evaluate(need(read), rights({ ...granted, denyAssignments: [aDeny()] }));
      expect(decision).toMatchObject({ missing: [{ code: "rbac.denied", detail: expect.stringContaining("stack") }] });
    });

    it.each([
      ["its actions", { permissions: [{ actions: ["*/write"], notActions: [] }] }],
      ["its notActions take back", { permissions: [{ actions: ["*"], notActions: ["*/read"] }] }],
      ["other principals", { principals: ["bob"] }],
      ["another scope", { scope: `${sub}/resourceGroups/rg` }],
    ])("does not block by %s", (_, more) => expect(may({ ...granted, denyAssignments: [aDeny(more)] })).toBe(true));

    it("exempts excluded principals, and members of excluded groups", () => {
      const denyAssignments = [aDeny({ excludePrincipals: ["admins"] })];
      expect(may({ ...granted, denyAssignments, principalIds: ["alice", "admins"] })).toBe(true);
      expect(may({ ...granted, denyAssignments })).toBe(false);
    });

    it("exempts nobody by exempting everyone", () => {
      const denyAssignments = [aDeny({ excludePrincipals: [EVERYONE] })];
      expect(may({ ...granted, denyAssignments })).toBe(false);
    });

    it("stays on its very scope when it does not apply to child scopes", () => {
      const only = (scope: string) => [aDeny({ scope, doNotApplyToChildScopes: true })];
      expect(may({ ...granted, denyAssignments: only(sub) })).toBe(true);
      expect(may({ ...granted, denyAssignments: only(vm.toUpperCase()) })).toBe(false);
    });

    it("stands with a condition, unless the condition plainly asks for another action", () => {
      const on = (text: string) => [
        aDeny({ permissions: [{ actions: [read], notActions: [], condition: { text, version: "2.0" } }] }),
      ];
      expect(may({ ...granted, denyAssignments: on("@Resource[x] StringEquals 'y'") })).toBe(false);
      expect(may({ ...granted, denyAssignments: on("ActionMatches{'Microsoft.Storage/x'}") })).toBe(true);
    });

    it("covers a read of all below a type by a deny of all below it", () => {
      const required = need(
        "Microsoft.Network/networkInterfaces/*/read",
        `${rg}/providers/Microsoft.Network/networkInterfaces/n`,
      );
      const deny = aDeny({
        permissions: [{ actions: ["Microsoft.Network/networkInterfaces/*/read"], notActions: [] }],
      });
      expect(may({ ...granted, denyAssignments: [deny] }, required)).toBe(false);
    });
  });

  describe("with conditions on assignments", () => {
    const on = (text: string) => ({
      assignments: [assigned("reader", sub, { condition: { text, version: "2.0" } })],
      definitions: [reader],
    });

    it("grants when the condition binds other actions only", () =>
      expect(may(on("(!(ActionMatches{'Microsoft.Storage/x'})) OR (@Resource[x] StringEquals 'y')"))).toBe(true));

    it("refuses when it cannot be read, or binds ours", () => {
      expect(may(on("@Resource[x] StringEquals 'y'"))).toBe(false);
      expect(may(on(`(!(ActionMatches{'${read}'})) OR (@Resource[x] StringEquals 'y')`))).toBe(false);
      expect(may(on("(("))).toBe(false);
    });
  });
});
