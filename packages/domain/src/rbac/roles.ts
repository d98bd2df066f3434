/** One element of a role: what its actions grant, less what its own notActions take back. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly condition?: Condition;
}

/** An attribute condition as Azure writes it. */
export interface Condition {
  readonly text: string;
  readonly version: string | undefined;
}

export interface RoleDefinition {
  /** The GUID that assignments name, in lower case. */
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly assignableScopes: readonly string[];
}

export interface RoleAssignment {
  readonly principalId: string;
  /** The GUID of the role definition, in lower case. */
  readonly roleId: string;
  readonly scope: string;
  readonly condition?: Condition;
}

export interface DenyAssignment {
  readonly name: string;
  readonly scope: string;
  /** May hold `EVERYONE`. */
  readonly principals: readonly string[];
  readonly excludePrincipals: readonly string[];
  readonly permissions: readonly Permission[];
  readonly doNotApplyToChildScopes: boolean;
}

/** The `SystemDefined` principal of a deny assignment: everybody. */
export const EVERYONE = "00000000-0000-0000-0000-000000000000";

const builtIn = (
  id: string,
  name: string,
  actions: readonly string[],
  notActions: readonly string[] = [],
): RoleDefinition => ({ id, name, permissions: [{ actions, notActions }], assignableScopes: ["/"] });

const securityReading = [
  "Microsoft.Authorization/*/read",
  "Microsoft.Insights/alertRules/read",
  "Microsoft.Management/managementGroups/read",
  "Microsoft.OperationalInsights/workspaces/*/read",
  "Microsoft.Resources/deployments/*/read",
  "Microsoft.Resources/subscriptions/resourceGroups/read",
];

/**
 * Built-in roles of Azure, so that a file need only hold assignments. A file's own definition of the same id goes first. Virtual
 * Machine Contributor is given by what it says of virtual machines and their network; nothing else of it matters here.
 */
export const builtInRoles = {
  owner: builtIn("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", ["*"]),
  contributor: builtIn(
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Contributor",
    ["*"],
    [
      "Microsoft.Authorization/*/Delete",
      "Microsoft.Authorization/*/Write",
      "Microsoft.Authorization/elevateAccess/Action",
      "Microsoft.Blueprint/blueprintAssignments/write",
      "Microsoft.Blueprint/blueprintAssignments/delete",
      "Microsoft.Compute/galleries/share/action",
    ],
  ),
  reader: builtIn("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", ["*/read"]),
  securityReader: builtIn("39bc4728-0917-49c7-9d2c-2d95423bc2eb", "Security Reader", [
    ...securityReading,
    "Microsoft.Security/*/read",
    "Microsoft.Support/*/read",
  ]),
  securityAdmin: builtIn("fb1c8493-542b-48eb-b624-b4c8fea62acd", "Security Admin", [
    ...securityReading,
    "Microsoft.Authorization/policyAssignments/*",
    "Microsoft.Authorization/policyDefinitions/*",
    "Microsoft.Authorization/policySetDefinitions/*",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Security/*",
    "Microsoft.Support/*",
  ]),
  virtualMachineContributor: builtIn("9980e02c-c2be-4d73-94e8-173b1dc7cf3c", "Virtual Machine Contributor", [
    "Microsoft.Authorization/*/read",
    "Microsoft.Compute/availabilitySets/*",
    "Microsoft.Compute/locations/*",
    "Microsoft.Compute/virtualMachines/*",
    "Microsoft.Compute/virtualMachineScaleSets/*",
    "Microsoft.Network/locations/*",
    "Microsoft.Network/networkInterfaces/*",
    "Microsoft.Network/networkSecurityGroups/join/action",
    "Microsoft.Network/networkSecurityGroups/read",
    "Microsoft.Network/publicIPAddresses/join/action",
    "Microsoft.Network/publicIPAddresses/read",
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
  ]),
} as const satisfies Record<string, RoleDefinition>;
