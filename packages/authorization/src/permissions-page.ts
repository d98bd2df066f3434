import { AccessTask } from "@sallyport/contracts";
import { builtInRoles, evaluate, leastRole, requiredFor, roleKinds, rolesGranting } from "@sallyport/domain";
import type { RequiredAction, RoleDefinition, RoleKind, VmResources } from "@sallyport/domain";

const GROUP = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg";

/** What the tasks are called by people. */
const titles: Readonly<Record<AccessTask, string>> = {
  "configure-policy": "Configure or edit a policy",
  "remove-policy": "Remove a policy",
  "request-access": "Request access",
  "read-policy": "See a policy and the grants of others",
  "read-vm": "See a VM",
  approve: "Approve a request",
  "revoke-any": "End somebody else's grant",
};

/** The page of permissions, rendered from the one table of actions that decides. */
export function permissionsPage(on: { readonly azure: VmResources; readonly aws: VmResources }): string {
  const needs = (task: AccessTask, { cloud }: VmResources) =>
    requiredFor(task, on[cloud], GROUP)
      .map((one) => nameOf(one, on[cloud]))
      .join("<br>");
  const kinds = Object.keys(roleKinds).filter((kind): kind is RoleKind => kind in roleKinds);
  return `# Permissions: who may do what

Rendered from the table of actions that decides (\`packages/domain/src/rbac/actions.ts\`), by \`npm run reference\`. All actions of a row
have to be granted, each on its own resource, each by any role, there or above. On AWS only Microsoft.Security counts, on the security
connector of the account.

| To | Azure | AWS |
|---|---|---|
${AccessTask.options.map((task) => `| ${titles[task]} (\`${task}\`) | ${needs(task, on.azure)} | ${needs(task, on.aws)} |`).join("\n")}

Giving back one's own grant takes nothing but being its holder.

## What Azure's own roles can do

| Role | Azure | AWS |
|---|---|---|
${Object.values<RoleDefinition>(builtInRoles)
  .map((role) => `| ${role.name} | ${abilities(role, on.azure)} | ${abilities(role, on.aws)} |`)
  .join("\n")}

## Which roles hold an action

${[...new Set(AccessTask.options.flatMap((task) => requiredFor(task, on.azure, GROUP)).map(({ action }) => action))]
  .map((action) => `- \`${action}\`: ${rolesGranting(action).join(", ")}`)
  .join("\n")}

## The least roles

\`npm run -s sallyport -- role requester|operator|reader --subscription <id> --format json|az|terraform\` prints them. Each is enough for what
it is for; without any one of its actions it is not.

${kinds
  .map(
    (kind) =>
      `- **${kind}**: ${leastRole(kind, [])
        .Actions.map((action) => `\`${action}\``)
        .join(", ")}`,
  )
  .join("\n")}

\`GET /v1/access-check?vm=…&task=…\` says what somebody lacks. Where the assignments are looked up, in a file or in Azure itself, is a
setting: see [config.md](config.md).
`;
}

function nameOf({ action, resource, or = [] }: RequiredAction, on: VmResources): string {
  const place =
    resource === GROUP
      ? on.cloud === "azure"
        ? "the VM's resource group"
        : "the security connector"
      : resource === on.vm
        ? "the VM"
        : on.interfaces.some((id) => id === resource)
          ? "each interface"
          : "each public address";
  return [`\`${action}\` on ${place}`, ...or.map((one) => nameOf(one, on))].join(", or ");
}

function abilities(role: RoleDefinition, on: VmResources): string {
  const rights = {
    principalIds: ["p"],
    assignments: [{ principalId: "p", roleId: role.id, scope: "/" }],
    definitions: [role],
    denyAssignments: [],
    managementGroups: {},
  };
  const may = AccessTask.options.filter((task) => evaluate(requiredFor(task, on, GROUP), rights).allowed);
  if (may.length === AccessTask.options.length) return "everything";
  return may.length === 0 ? "nothing" : may.map((task) => `\`${task}\``).join(", ");
}
