import type { CustomRole } from "@sallyport/domain";
import { UsageError, readOptions } from "../options.ts";

const SUBSCRIPTION = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Prints a role for the subscription that the options name, or for one that is still to be filled in. */
export function printRole(
  args: readonly string[],
  roleAt: (assignableScopes: readonly string[]) => CustomRole,
): string {
  const { subscription, format = "json" } = readOptions(args, {
    subscription: { type: "string" },
    format: { type: "string" },
  });
  if (subscription !== undefined && !SUBSCRIPTION.test(subscription))
    throw new UsageError("--subscription expects the id of a subscription");
  const role = roleAt([`/subscriptions/${subscription ?? "<subscription id>"}`]);
  switch (format) {
    case "json":
      return `${JSON.stringify(role, null, 2)}\n`;
    case "az":
      return `az role definition create --role-definition '${JSON.stringify(role)}'\n`;
    case "terraform":
      return terraformOf(role);
    default:
      throw new UsageError("--format expects json, az or terraform");
  }
}

const terraformOf = ({ Name, Description, Actions, AssignableScopes }: CustomRole): string => {
  const list = (those: readonly string[]) => those.map((one) => `      ${JSON.stringify(one)},\n`).join("");
  const [scope = ""] = AssignableScopes;
  return `resource "azurerm_role_definition" "${Name.toLowerCase().replaceAll(" ", "_")}" {
  name              = ${JSON.stringify(Name)}
  description       = ${JSON.stringify(Description)}
  scope             = ${JSON.stringify(scope)}
  assignable_scopes = ${JSON.stringify(AssignableScopes)}

  permissions {
    actions = [
${list(Actions)}    ]
    not_actions = []
  }
}
`;
};
