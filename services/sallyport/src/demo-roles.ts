import type { SimulatorReady } from "@sallyport/simulator";
import { builtInRoles, leastPrivilegeRole } from "@sallyport/domain";
import { z } from "zod";

/** The four people of the demonstration, by their object ids in its tenant. */
export const demoPeople = {
  administrator: { oid: "5a11b007-0000-4000-8000-00000000a001", displayName: "Ada Administrator" },
  requester: { oid: "5a11b007-0000-4000-8000-00000000a002", displayName: "Rex Requester" },
  reader: { oid: "5a11b007-0000-4000-8000-00000000a003", displayName: "Rita Reader" },
  approver: { oid: "5a11b007-0000-4000-8000-00000000a004", displayName: "Abel Approver" },
} as const;

/** The group that a policy of the demonstration may ask for approval: the approver, the administrator, and a colleague of theirs. */
export const DEMO_APPROVERS = "5a11b007-0000-4000-8000-00000000c001";
const COLLEAGUE = "5a11b007-0000-4000-8000-00000000a005";

const ADMINISTRATOR_ROLE = "5a11b007-0000-4000-8000-00000000b001";
const REQUESTER_ROLE = "5a11b007-0000-4000-8000-00000000b002";

/** The security connector by which an AWS account is connected, in the first subscription (settled.md §1). */
export const demoConnectorOf = (subscriptionId: string, accountId: string): string =>
  `/subscriptions/${subscriptionId}/resourceGroups/rg-clouds/providers/Microsoft.Security/securityConnectors/aws-${accountId}`;

/** AWS account id → its connector. */
export const demoConnectors = ({ arm, ec2 }: Pick<SimulatorReady, "arm" | "ec2">): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ec2.accounts.map(({ accountId }) => [accountId, demoConnectorOf(arm.subscriptionIds[0] ?? "", accountId)]),
  );

/**
 * Who may do what in the demonstration, in Azure's own JSON: a security administrator, somebody with the least privileged role that
 * may request (S35), a Reader (S31), and an approver, who may read and is in the group of approvers. Written to the data folder
 * once; edit it there, it is read again when it changes.
 */
export function demoRoleFile(
  tenantId: string,
  subscriptionIds: readonly string[],
  /** The service principal that signs in with Azure's own command line; it administers. */
  commandLine?: string,
): unknown {
  const scopes = subscriptionIds.map((id) => `/subscriptions/${id}`);
  const requester = leastPrivilegeRole(scopes);
  const assign = (principalId: string, roleId: string) => scopes.map((scope) => assignment(principalId, roleId, scope));
  return {
    tenantId,
    roleDefinitions: [
      {
        name: ADMINISTRATOR_ROLE,
        roleName: "Sallyport Security Administrator",
        permissions: [
          {
            actions: [
              "Microsoft.Security/*",
              "Microsoft.Compute/virtualMachines/read",
              "Microsoft.Compute/virtualMachines/write",
              "Microsoft.Network/*/read",
            ],
            notActions: [],
          },
        ],
        assignableScopes: scopes,
      },
      {
        name: REQUESTER_ROLE,
        roleName: requester.Name,
        permissions: [{ actions: requester.Actions, notActions: requester.NotActions }],
        assignableScopes: scopes,
      },
    ],
    roleAssignments: [
      ...assign(demoPeople.administrator.oid, ADMINISTRATOR_ROLE),
      ...assign(demoPeople.requester.oid, REQUESTER_ROLE),
      ...assign(demoPeople.reader.oid, builtInRoles.reader.id),
      ...(commandLine === undefined ? [] : assign(commandLine, ADMINISTRATOR_ROLE)),
      ...assign(demoPeople.approver.oid, builtInRoles.reader.id),
    ],
    groups: [{ id: DEMO_APPROVERS, members: [demoPeople.approver.oid, demoPeople.administrator.oid, COLLEAGUE] }],
  };
}

const assignment = (principalId: string, roleId: string, scope: string) => ({
  principalId,
  roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
  scope,
});

const Assignments = z.looseObject({ roleAssignments: z.array(z.unknown()) });

/** The same file with the least role that may request for the Reader, too, in one subscription. */
export function withReaderRequesting(roleFile: unknown, subscriptionId: string): unknown {
  const { roleAssignments, ...others } = Assignments.parse(roleFile);
  const added = assignment(demoPeople.reader.oid, REQUESTER_ROLE, `/subscriptions/${subscriptionId}`);
  return { ...others, roleAssignments: [...roleAssignments, added] };
}
