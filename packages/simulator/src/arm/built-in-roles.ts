import type { AuthorizationDocument } from "../world/documents.ts";

const role = (
  name: string,
  roleName: string,
  description: string,
  actions: readonly string[],
  notActions: readonly string[] = [],
): AuthorizationDocument => ({
  id: `/providers/Microsoft.Authorization/roleDefinitions/${name}`,
  name,
  type: "Microsoft.Authorization/roleDefinitions",
  properties: {
    roleName,
    type: "BuiltInRole",
    description,
    assignableScopes: ["/"],
    permissions: [{ actions, notActions, dataActions: [], notDataActions: [] }],
    createdOn: "2015-02-02T21:55:09.8806423Z",
    updatedOn: "2020-08-14T20:16:04.3791205Z",
    createdBy: null,
    updatedBy: null,
  },
});

/** Those of Azure's own roles that people meet first. */
export const BUILT_IN_ROLES: readonly AuthorizationDocument[] = [
  role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", "Grants full access to manage all resources.", ["*"]),
  role(
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Contributor",
    "Grants full access to manage all resources, but not to assign roles.",
    ["*"],
    [
      "Microsoft.Authorization/*/Delete",
      "Microsoft.Authorization/*/Write",
      "Microsoft.Authorization/elevateAccess/Action",
    ],
  ),
  role(
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Reader",
    "View all resources, but does not allow you to make any changes.",
    ["*/read"],
  ),
  role(
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "User Access Administrator",
    "Lets you manage user access to Azure resources.",
    ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
  ),
];
