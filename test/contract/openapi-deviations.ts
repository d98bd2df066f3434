/** Something that real Azure answers against its own published specification, and that the simulator answers like it. */
export interface Deviation {
  /** Met by e.g. `SecurityRules_Get response ENUM_CASE_MISMATCH properties/protocol`. */
  readonly meets: RegExp;
  /** What the recordings show; that they do is tested. */
  readonly because: string;
}

/** Only of answers: our own requests deviate in nothing. What is no longer answered leaves this list. */
export const DEVIATIONS: readonly Deviation[] = [
  {
    meets:
      /^AzureFirewalls_\w+ response OBJECT_ADDITIONAL_PROPERTIES (?:value\[\]\/)?properties\/(?:network|nat|application)RuleCollections\[\]\/type$/,
    because: "every collection of a recorded firewall says its type",
  },
  {
    meets:
      /^AzureFirewalls_\w+ response OBJECT_ADDITIONAL_PROPERTIES (?:value\[\]\/)?properties\/ipConfigurations\[\]\/properties\/privateIPAllocationMethod$/,
    because: "every configuration of a recorded firewall says how its address was given out",
  },
  {
    meets:
      /^AzureFirewalls_\w+ response OBJECT_ADDITIONAL_PROPERTIES (?:value\[\]\/)?properties\/applicationRuleCollections\[\]\/properties\/rules\[\]\/(?:actions|direction|priority)$/,
    because: "every recorded application rule carries all three, although only collections are to have them",
  },
  {
    meets:
      /^(?:SecurityRules|NetworkSecurityGroups)_\w+ response ENUM_CASE_MISMATCH (?:value\[\]\/)?(?:properties\/securityRules\[\]\/)?properties\/protocol$/,
    because: "a rule of a recorded NSG says TCP; the specification wants Tcp",
  },
  {
    meets:
      /^VirtualNetwork(?:Peering)?s_\w+ response OBJECT_ADDITIONAL_PROPERTIES (?:value\[\]\/)?(?:properties\/virtualNetworkPeerings\[\]\/)?properties\/routeServiceVips$/,
    because: "every recorded peering has it",
  },
  {
    meets: /^NetworkInterfaces_ListEffectiveNetworkSecurityGroups response INVALID_TYPE value\[\]\/tagMap$/,
    because: "the recorded result has an object there; the specification wants a string, and describes an object",
  },
  {
    meets:
      /^NetworkInterfaces_GetEffectiveRouteTable response OBJECT_ADDITIONAL_PROPERTIES value\[\]\/(?:hasBgpOverride|destinationServiceTags|tagMap)$/,
    because: "every recorded effective route carries all three",
  },
];
