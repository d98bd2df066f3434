import { neededActions } from "./needed-actions.ts";
import type { NeededFor } from "./needed-actions.ts";

const when: Readonly<Record<NeededFor, string>> = {
  always: "always",
  fallback: "an accepted write names nothing but its location to be followed",
  firewalls: "firewalls are to be opened and closed",
  roles: "roles are looked up in Azure (`SALLYPORT_ROLES=azure`)",
  plan: "Defender for Servers is required (`SALLYPORT_REQUIRE_DEFENDER_PLAN=P2`)",
};

/** The page of what Sallyport itself needs in Azure. */
export const neededActionsPage = (): string => `# What Sallyport needs in Azure

Rendered from \`packages/cloud-azure/src/authorization/needed-actions.ts\` by \`npm run reference\`;
\`npm run -s sallyport -- role azure --subscription <id> --format json|az|terraform\` prints it as a role.

| Action | For | When |
|---|---|---|
${Object.entries(neededActions)
  .map(([action, needed]) => `| \`${action}\` | ${needed.why} | ${when[needed.for]} |`)
  .join("\n")}

Where deny assignments name groups, or a policy names a group of approvers, and roles are looked up in Azure, Microsoft Graph's
\`GroupMember.Read.All\` is needed as well; without it such a deny assignment denies everybody, and nobody is an approver.
`;
