/**
 * When an action is needed: always, where an accepted write is followed by its location, where firewalls are on the path, where
 * role assignments are looked up in Azure, or where Defender's plan is required.
 */
export type NeededFor = "always" | "fallback" | "firewalls" | "roles" | "plan";

interface Needed {
  /** What Sallyport does with it. */
  readonly why: string;
  readonly for: NeededFor;
}

const read = (why: string, when: NeededFor = "always"): Needed => ({ why, for: when });

/** Everything that this adapter asks of Resource Manager, by the action that allows it; `sallyport role azure` prints it. */
export const neededActions = {
  "Microsoft.Compute/virtualMachines/read": read("which machines there are, and whether they run"),
  "Microsoft.Network/networkInterfaces/read": read("a machine's interfaces, their addresses, NSGs and subnets"),
  "Microsoft.Network/virtualNetworks/read": read("the subnets of a network, with their NSGs and route tables"),
  "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action": read(
    "which security admin rules come before the NSGs of a network",
  ),
  "Microsoft.Network/networkSecurityGroups/read": read("the rules that decide about a port"),
  "Microsoft.Network/publicIPAddresses/read": read("whether a machine is reached from the Internet"),
  "Microsoft.Network/routeTables/read": read("whether a firewall is on the path"),
  "Microsoft.Network/azureFirewalls/read": read("the rules of a firewall"),
  "Microsoft.Network/networkSecurityGroups/securityRules/write": read("closes a port, and opens it for one grant"),
  "Microsoft.Network/networkSecurityGroups/securityRules/delete": read("closes a grant, and takes a lockdown back"),
  "Microsoft.Network/locations/operations/read": read("follows a write until it is in force"),
  "Microsoft.Network/locations/operationResults/read": read("follows a write until it is in force", "fallback"),
  "Microsoft.Network/azureFirewalls/write": read("writes the rules of a firewall, in one document", "firewalls"),
  "Microsoft.Network/virtualNetworks/subnets/join/action": read(
    "lets the document of a firewall name its subnet, as it already does",
    "firewalls",
  ),
  "Microsoft.Network/publicIPAddresses/join/action": read(
    "lets the document of a firewall name its public address, as it already does",
    "firewalls",
  ),
  "Microsoft.Authorization/roleAssignments/read": read("who holds which role", "roles"),
  "Microsoft.Authorization/roleDefinitions/read": read("what a role holds", "roles"),
  "Microsoft.Authorization/denyAssignments/read": read("what is forbidden, whatever roles there are", "roles"),
  "Microsoft.Security/pricings/read": read("whether the subscription has Defender for Servers Plan 2", "plan"),
} as const satisfies Readonly<Record<string, Needed>>;
