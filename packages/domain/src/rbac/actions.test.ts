import { aProfile, aVm } from "@sallyport/testkit";
import { policyScopeOf, requiredFor } from "./actions.ts";
import type { Task, VmResources } from "./actions.ts";
import { evaluate } from "./evaluate.ts";
import { leastPrivilegeRole, leastRole } from "./least-privilege.ts";
import type { RoleKind } from "./least-privilege.ts";
import { builtInRoles } from "./built-in-roles.ts";
import type { Permission } from "./roles.ts";

const azure = aProfile();
const aws = aProfile({ vm: aVm("aws") });
const connector =
  "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourceGroups/rg-clouds/providers/Microsoft.Security/securityConnectors/aws-shop";
const connectors = { "123456789012": connector };
const tasks: readonly Task[] = [
  "configure-policy",
  "remove-policy",
  "request-access",
  "read-policy",
  "read-vm",
  "approve",
  "revoke-any",
];

/** What somebody can do who holds exactly these permissions everywhere. */
function abilities(permissions: readonly Permission[], on: VmResources = azure): readonly Task[] {
  const scope = policyScopeOf(on, connectors);
  if (typeof scope !== "string") throw new Error("not connected");
  const rights = {
    principalIds: ["p"],
    assignments: [{ principalId: "p", roleId: "r", scope: "/" }],
    definitions: [{ id: "r", name: "r", permissions, assignableScopes: ["/"] }],
    denyAssignments: [],
    managementGroups: {},
  };
  return tasks.filter((task) => evaluate(requiredFor(task, on, scope), rights).allowed);
}
const actions = (...those: readonly string[]): readonly Permission[] => [{ actions: those, notActions: [] }];
const reading: readonly Task[] = ["read-policy", "read-vm"];
const jit = "Microsoft.Security/locations/jitNetworkAccessPolicies";

describe("built-in roles", () => {
  it.each(["reader", "securityReader"] as const)("%s views, and no more (S31)", (role) => {
    expect(abilities(builtInRoles[role].permissions)).toEqual(reading);
    expect(abilities(builtInRoles[role].permissions, aws)).toEqual(reading);
  });

  it.each(["owner", "contributor"] as const)("%s does everything", (role) =>
    expect(abilities(builtInRoles[role].permissions)).toEqual(tasks),
  );

  it("Security Admin requests on AWS, where nothing else counts, and not on Azure, for want of Compute and Network reads", () => {
    expect(abilities(builtInRoles.securityAdmin.permissions, aws)).toEqual(tasks);
    expect(abilities(builtInRoles.securityAdmin.permissions)).toEqual([
      "remove-policy",
      "read-policy",
      "read-vm",
      "approve",
      "revoke-any",
    ]);
  });

  it("Virtual Machine Contributor sees VMs, and has nothing to do with JIT", () =>
    expect(abilities(builtInRoles.virtualMachineContributor.permissions)).toEqual(["read-vm"]));
});

describe("a custom role with exactly a row's actions can do exactly that row (S32, S33)", () => {
  it("configure or edit", () => {
    const row = actions(`${jit}/write`, "Microsoft.Compute/virtualMachines/write");
    expect(abilities(row)).toEqual(["configure-policy", "remove-policy", "approve", "revoke-any"]);
  });

  it("request", () => {
    const row = actions(
      `${jit}/initiate/action`,
      `${jit}/*/read`,
      "Microsoft.Compute/virtualMachines/read",
      "Microsoft.Network/networkInterfaces/*/read",
      "Microsoft.Network/publicIPAddresses/read",
    );
    expect(abilities(row)).toEqual(["request-access", ...reading]);
  });

  it("read: without the initiate that Microsoft lists there, it reads and requests nothing", () => {
    const row = [`${jit}/read`, "Microsoft.Security/policies/read", "Microsoft.Security/pricings/read"];
    const rest = ["Microsoft.Compute/virtualMachines/read", "Microsoft.Network/*/read"];
    expect(abilities(actions(...row, ...rest))).toEqual(reading);
    expect(abilities(actions(...row, ...rest, `${jit}/initiate/action`))).toEqual(["request-access", ...reading]);
  });

  it("remove: by delete or by write", () => {
    expect(abilities(actions(`${jit}/delete`))).toEqual(["remove-policy"]);
    expect(abilities(actions(`${jit}/write`))).toContain("remove-policy");
  });
});

describe("removing a policy", () => {
  it("is refused by a deny assignment that covers delete, although write is granted", () => {
    const rights = {
      principalIds: ["p"],
      assignments: [{ principalId: "p", roleId: builtInRoles.owner.id, scope: "/" }],
      definitions: [builtInRoles.owner],
      denyAssignments: [
        {
          name: "keep",
          scope: "/",
          principals: ["p"],
          excludePrincipals: [],
          permissions: actions(`${jit}/delete`),
          doNotApplyToChildScopes: false,
        },
      ],
      managementGroups: {},
    };
    const decision = evaluate(requiredFor("remove-policy", azure, "/subscriptions/s/resourceGroups/rg-shop"), rights);
    expect(decision).toMatchObject({ allowed: false, missing: [{ code: "rbac.denied", action: `${jit}/delete` }] });
  });
});

describe("an AWS target", () => {
  it("asks for no compute or network action (S34)", () => {
    for (const task of tasks)
      for (const { action, resource, or = [] } of requiredFor(task, aws, connector)) {
        expect(action).toMatch(/^Microsoft\.Security\//);
        expect(resource).toBe(connector);
        for (const other of or) expect(other.action).toMatch(/^Microsoft\.Security\//);
      }
  });

  it("of an account without a security connector is refused, naming the account (S16)", () =>
    expect(policyScopeOf(aws, {})).toMatchObject({ code: "scope.not-enrolled", object: "123456789012" }));
});

describe("the least role (S35)", () => {
  const may = {
    requester: ["request-access", ...reading],
    operator: ["configure-policy", "remove-policy", ...reading, "approve", "revoke-any"],
    reader: reading,
  } as const satisfies Record<RoleKind, readonly Task[]>;
  const kinds = ["requester", "operator", "reader"] as const;
  const of = (kind: RoleKind) => leastRole(kind, ["/"]).Actions;

  it.each(kinds)("of a %s is enough for what it is for, and for nothing else, on either cloud", (kind) => {
    expect(abilities(actions(...of(kind)))).toEqual(may[kind]);
    expect(abilities(actions(...of(kind)), aws)).toEqual(may[kind]);
  });

  it.each(kinds.flatMap((kind) => of(kind).map((action) => [kind, action] as const)))(
    "of a %s is not enough without %s",
    (kind, action) => {
      const left = abilities(actions(...of(kind).filter((other) => other !== action)));
      expect(may[kind].filter((task) => !left.includes(task))).not.toEqual([]);
    },
  );

  it("is the documented one for who requests (rbac.md §1)", () => {
    expect(of("requester")).toEqual([
      `${jit}/initiate/action`,
      `${jit}/*/read`,
      "Microsoft.Compute/virtualMachines/read",
      "Microsoft.Network/networkInterfaces/*/read",
      "Microsoft.Network/publicIPAddresses/read",
    ]);
    expect(leastPrivilegeRole(["/"])).toEqual(leastRole("requester", ["/"]));
  });
});
