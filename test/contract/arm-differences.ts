/** A difference between real Azure and the simulator that is meant to be, and why. */
export interface Reasoned {
  /** Met by `<request> <what>`, e.g. `GET virtualNetworks lacks properties.enableVmProtection`. */
  readonly meets: RegExp;
  readonly because: string;
}

/** Every one is met by some recording: what is no longer a difference leaves this list. */
export const REASONED: readonly Reasoned[] = [
  {
    meets:
      /^(?:GET|PUT) (?:virtualNetworks|networkInterfaces|publicIPAddresses) (?:lacks|adds) \S*(?:enableVmProtection|nicType|privateEndpointNetworkPolicies|privateLinkServiceNetworkPolicies|sku\.tier)$/,
    because:
      "members that came or went with an api-version: those of the newer are shown whatever version is asked for",
  },
  {
    meets:
      /^PUT (?:networkInterfaces|virtualNetworks|azureFirewalls) (?:lacks|adds) the header azure-asyncnotification$/,
    because: "Azure adds it to some updates and not to others; nobody needs it",
  },
  {
    meets: /^GET publicIPAddresses lacks the header azure-asyncoperation$/,
    because: "one read of an address carried the header of its creation; none of the others did",
  },
  {
    meets:
      /^GET networkInterfaces (?:adds|lacks) properties\.(?:hostedWorkloads|tapConfigurations|macAddress|primary|virtualMachine|virtualMachine\.id)$/,
    because:
      "a machine came to the interface, by a deployment that is not in the recording, and changed what is shown of it",
  },
  {
    meets: /^GET publicIPAddresses lacks properties\.ipAddress$/,
    because: "the address was given out to a machine, by a deployment that is not in the recording",
  },
  {
    meets: /^GET virtualNetworks\/subnets lacks properties\.networkSecurityGroup(?:\.id)?$/,
    because: "a policy of that subscription put a group on every new subnet by itself",
  },
  {
    meets:
      /^(?:GET|PUT) virtualMachines(?:\/extensions)? (?:lacks (?:resources|properties\.instanceView\.(?:extensions|vmAgent\.extensionHandlers))(?:\b|\[|$)|answers 404)/,
    because: "extensions of machines are not simulated",
  },
  {
    meets:
      /^GET virtualMachines (?:lacks|says) properties\.instanceView\.(?:computerName|osName|osVersion|disks|statuses|vmAgent)/,
    because: "a machine that starts reports more by and by; a simulated one reports nothing by itself",
  },
  {
    meets: /^GET virtualMachineScaleSets\//,
    because: "scale sets are not simulated",
  },
  {
    meets: /^PUT networkInterfaces answers 200 .*not 400$/,
    because:
      "application gateways are not simulated, so nothing knows that their pools exclude secondary configurations",
  },
  {
    meets: /^GET networkInterfaces says properties\.ipConfigurations\[\]/,
    because: "what the refused write of the reason above would have brought is there",
  },
  {
    meets:
      /^(?:GET|PUT) virtualNetworks(?:\/subnets)? says properties\.(?:subnets\[\]\.properties\.)?serviceEndpoints\[\]\.locations\[\]/,
    because: "which regions belong together is not part of a world: an endpoint serves its own",
  },
  {
    meets: /^GET virtualNetworks (?:adds error|lacks $)/,
    because: "one 404 of Azure's gateway was a page of HTML; all of ours are JSON",
  },
  {
    meets:
      /^GET locations\/operationResults (?:lacks value\[\]\.tagMap\.Internet|says value\[\]\.effectiveSecurityRules\[\]\.expandedDestinationAddressPrefix)/,
    because: "the 236 ranges of the tag Internet are not listed",
  },
  {
    meets: /^GET locations\/operationResults says value\[\]\.addressPrefix\[\]/,
    because: "two of the ranges in that answer are the region's own; 172.16.0.0/12, which is documented, was not in it",
  },
];
