import { awsParts, azureParts, refusal } from "@sallyport/contracts";
import type { AccessTask, Refusal, VmProfile } from "@sallyport/contracts";

/** What somebody wants to do with a VM. Giving back one's own grant is not here: it takes nothing but being its holder. */
export type Task = AccessTask;

/** An action on the resource on which it has to be granted. */
export interface RequiredAction {
  readonly action: string;
  readonly resource: string;
  /** Any of these will do as well; a deny assignment that covers `action` itself refuses all the same. */
  readonly or?: readonly RequiredAction[];
}

/** What of a VM the actions are asked on. */
export type VmResources = Pick<VmProfile, "vm" | "cloud" | "interfaces" | "publicAddresses">;

/** AWS account id → the resource id of the security connector that it is connected by (S16). */
export type Connectors = Readonly<Record<string, string>>;

const JIT = "Microsoft.Security/locations/jitNetworkAccessPolicies";
export const jitActions = {
  write: `${JIT}/write`,
  remove: `${JIT}/delete`,
  initiate: `${JIT}/initiate/action`,
  readAll: `${JIT}/*/read`,
  read: `${JIT}/read`,
} as const;
export const computeActions = {
  read: "Microsoft.Compute/virtualMachines/read",
  write: "Microsoft.Compute/virtualMachines/write",
} as const;
export const networkActions = {
  readInterfaces: "Microsoft.Network/networkInterfaces/*/read",
  readPublicAddresses: "Microsoft.Network/publicIPAddresses/read",
} as const;

/**
 * The resource that a JIT policy belongs to (settled.md §1): the VM's resource group on Azure, the account's security connector on
 * AWS. A refusal when the account has none (S16).
 */
export function policyScopeOf(
  { vm, cloud }: Pick<VmResources, "vm" | "cloud">,
  connectors: Connectors,
): string | Refusal {
  if (cloud === "azure") {
    const { subscription, group } = azureParts(vm);
    return `/subscriptions/${subscription}/resourcegroups/${group}`;
  }
  const { account } = awsParts(vm);
  return (
    connectors[account] ??
    refusal(
      "scope.not-enrolled",
      `AWS account ${account} is not connected: no security connector is configured for it.`,
      {
        object: account,
      },
    )
  );
}

/**
 * Every action a task takes, each on its own resource (S33, rbac.md §2). All of them have to be granted.
 *
 * - On AWS only the Microsoft.Security actions count (S34).
 * - Reading takes no `initiate/action`, although Microsoft's table lists it: a Reader must be able to read (S31).
 * - Removing a policy takes `delete` or `write` (rbac.md §9).
 * - Approving, and closing somebody else's grant, take the right to write the policy: who has it could drop the need for approval,
 *   or the policy with its grants, so no right of its own would protect more, and Azure's roles know no such action.
 */
export function requiredFor(task: Task, on: VmResources, policyScope: string): readonly RequiredAction[] {
  const onPolicy = (action: string): RequiredAction => ({ action, resource: policyScope });
  const onVm = (action: string): RequiredAction => ({ action, resource: on.vm });
  const isAzure = on.cloud === "azure";
  switch (task) {
    case "configure-policy":
      return [onPolicy(jitActions.write), ...(isAzure ? [onVm(computeActions.write)] : [])];
    case "remove-policy":
      return [{ ...onPolicy(jitActions.remove), or: [onPolicy(jitActions.write)] }];
    case "request-access":
      return [
        onPolicy(jitActions.initiate),
        onPolicy(jitActions.readAll),
        ...(isAzure ? [onVm(computeActions.read), ...onNetwork(on)] : []),
      ];
    case "read-policy":
      return [onPolicy(jitActions.read)];
    case "read-vm":
      return [isAzure ? { ...onVm(computeActions.read), or: [onPolicy(jitActions.read)] } : onPolicy(jitActions.read)];
    case "approve":
    case "revoke-any":
      return [onPolicy(jitActions.write)];
  }
}

const onNetwork = ({ interfaces, publicAddresses }: VmResources): readonly RequiredAction[] => [
  ...interfaces.map((resource) => ({ action: networkActions.readInterfaces, resource })),
  ...publicAddresses.map(({ id }) => ({ action: networkActions.readPublicAddresses, resource: id })),
];
