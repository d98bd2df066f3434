import type { PrincipalId } from "@sallyport/contracts";
import { evaluate } from "@sallyport/domain";
import { aPrincipal } from "@sallyport/testkit";
import { readRoleFile } from "./read-role-file.ts";

const sub = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001";
const vm = `${sub}/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/vm-1`;
const tenantId = "9d1e0000-0000-4000-8000-0000000000f1";
const oid = "5f0e2a34-0000-4000-8000-00000000a11c";
const reader = `${sub}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`;
const read = "Microsoft.Compute/virtualMachines/read";

const book = (file: object) => readRoleFile(JSON.stringify(file));
const mayRead = (file: object, principal: string = aPrincipal().id) =>
  evaluate([{ action: read, resource: vm }], book(file).rightsOf(principal as PrincipalId)).allowed;
const assigned = (principalId: string = aPrincipal().id, more: object = {}) => ({
  principalId,
  roleDefinitionId: reader,
  scope: sub,
  condition: null,
  conditionVersion: null,
  ...more,
});
const mistakes = (file: object | string) => {
  try {
    readRoleFile(typeof file === "string" ? file : JSON.stringify(file));
    return "none";
  } catch (error) {
    return String(error);
  }
};

describe("a role file", () => {
  it("knows the built-in roles, and grants nothing to whom it does not name", () => {
    expect(mayRead({ roleAssignments: [assigned()] })).toBe(true);
    expect(mayRead({ roleAssignments: [assigned("bob")] })).toBe(false);
    expect(mayRead({})).toBe(false);
  });

  it("reads what the command line prints and what the REST API answers", () => {
    const custom = {
      id: `${sub}/providers/Microsoft.Authorization/roleDefinitions/1111`,
      name: "1111",
      type: "Microsoft.Authorization/roleDefinitions",
      properties: {
        roleName: "Looks at VMs",
        type: "CustomRole",
        description: "",
        permissions: [{ actions: [read], notActions: [], dataActions: [], notDataActions: [] }],
        assignableScopes: [sub],
      },
    };
    const assignment = {
      id: "x",
      properties: { principalId: aPrincipal().id, roleDefinitionId: custom.id, scope: sub, principalType: "User" },
    };
    expect(mayRead({ roleDefinitions: [custom], roleAssignments: [assignment] })).toBe(true);
  });

  it("names Entra principals by their bare object id only in its own tenant", () => {
    const file = { roleAssignments: [assigned(oid.toUpperCase())] };
    expect(mayRead({ ...file, tenantId }, `${oid}@${tenantId}`)).toBe(true);
    expect(mayRead({ ...file, tenantId }, `${oid}@${tenantId.replace("f1", "f2")}`)).toBe(false);
    expect(mayRead(file, `${oid}@${tenantId}`)).toBe(false);
    expect(mayRead({ ...file, tenantId }, `https://issuer.example#${oid}`)).toBe(false);
  });

  it("follows groups in groups, in either form of their members", () => {
    const groups = [
      { id: "inner", displayName: "Inner", members: [aPrincipal().id] },
      { id: "outer", members: [{ id: "inner", "@odata.type": "#microsoft.graph.group" }] },
    ];
    expect(mayRead({ groups, roleAssignments: [assigned("outer")] })).toBe(true);
    expect(mayRead({ groups, roleAssignments: [assigned("other")] })).toBe(false);
  });

  it("follows management groups, whose tree is as the command line prints it", () => {
    const managementGroups = [
      {
        id: "/providers/Microsoft.Management/managementGroups/company",
        name: "company",
        children: [
          {
            name: "Production",
            type: "Microsoft.Management/managementGroups",
            children: [{ name: sub.slice("/subscriptions/".length), type: "/subscriptions", children: null }],
          },
        ],
      },
    ];
    const at = (name: string) => ({
      managementGroups,
      roleAssignments: [assigned(undefined, { scope: `/providers/Microsoft.Management/managementGroups/${name}` })],
    });
    expect(mayRead(at("company"))).toBe(true);
    expect(mayRead(at("production"))).toBe(true);
    expect(mayRead(at("elsewhere"))).toBe(false);
  });

  it("heeds deny assignments as the REST API answers them", () => {
    const deny = {
      name: "d",
      properties: {
        denyAssignmentName: "stack",
        scope: sub,
        permissions: [{ actions: ["*/read"], notActions: [], condition: null, conditionVersion: null }],
        principals: [{ id: "00000000-0000-0000-0000-000000000000", type: "SystemDefined" }],
        excludePrincipals: [],
        isSystemProtected: true,
        doNotApplyToChildScopes: false,
      },
    };
    expect(mayRead({ roleAssignments: [assigned()], denyAssignments: [deny] })).toBe(false);
  });

  it("fails closed on a condition that it cannot reduce", () => {
    const condition = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:Name] stringEquals 'foo'";
    expect(mayRead({ roleAssignments: [assigned(undefined, { condition, conditionVersion: "2.0" })] })).toBe(false);
  });

  it("remarks on a role that is assigned and defined nowhere", () => {
    const unknown = book({ roleAssignments: [assigned(undefined, { roleDefinitionId: "/x/abcd" })] });
    expect(unknown.remarks).toEqual([expect.stringContaining("abcd")]);
    expect(book({ roleAssignments: [assigned()] }).remarks).toEqual([]);
  });
});

const aRole = (permission: object) => ({
  name: "1111",
  roleName: "Role",
  permissions: [permission],
  assignableScopes: ["/"],
});

describe("a role file is refused, naming every mistake,", () => {
  it.each([
    ["that is not JSON", "{", "not JSON"],
    ["of another form", { roleAssignments: [{ principalId: 7 }] }, "roleAssignments.0.principalId"],
    ["with a list that nobody reads", { roleAssignment: [] }, "roleAssignment"],
    [
      "with a malformed scope",
      { roleAssignments: [assigned(undefined, { scope: "subscriptions/x" })] },
      "subscriptions/x",
    ],
    [
      "with a scope that ends half-way, and would cover everything below",
      { roleAssignments: [assigned(undefined, { scope: `${sub}/resourceGroups` })] },
      `${sub}/resourceGroups`,
    ],
    [
      "with an action that there is not",
      {
        roleDefinitions: [aRole({ actions: ["Microsoft.Security/locations/jitNetworkAccessPolicy/initiate/action"] })],
      },
      "jitNetworkAccessPolicy/initiate/action",
    ],
    [
      "with an action of no form",
      { roleDefinitions: [aRole({ actions: [], notActions: ["read all VMs"] })] },
      "read all VMs",
    ],
    [
      "with a role that is defined twice",
      { roleDefinitions: [aRole({ actions: [] }), aRole({ actions: ["*"] })] },
      "1111",
    ],
    [
      "with an assignment on a condition that cannot be read",
      { roleAssignments: [assigned(undefined, { condition: "((", conditionVersion: "2.0" })] },
      "cannot be read",
    ],
    [
      "with a condition of a version that nobody reads",
      { roleAssignments: [assigned(undefined, { condition: "ActionMatches{'x/y'}", conditionVersion: "3.0" })] },
      "cannot be read",
    ],
    [
      "whose groups contain each other",
      {
        groups: [
          { id: "a", members: ["b"] },
          { id: "b", members: ["a"] },
        ],
      },
      "the group b",
    ],
  ])("%s", (_, file, named) => {
    expect(mistakes(file)).toContain(named);
  });

  it("with an assignment outside its role's assignable scopes", () => {
    const role = { name: "1111", roleName: "Local", permissions: [], assignableScopes: [`${sub}/resourceGroups/rg-a`] };
    const at = (scope: string) => ({
      roleDefinitions: [role],
      roleAssignments: [assigned(undefined, { roleDefinitionId: "/r/1111", scope })],
    });
    expect(mistakes(at(sub))).toContain("Local");
    expect(mistakes(at(`${sub}/resourceGroups/rg-a`))).toBe("none");
  });
});
