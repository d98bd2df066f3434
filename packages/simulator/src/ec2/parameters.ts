// What each action takes, as EC2's service model spells it on the wire; `N` stands for the number of a list's member. A parameter that
// is not here is refused by name, as EC2 does.

const COMMON = ["Action", "Version", "DryRun"];
const PAGES = ["MaxResults", "NextToken"];
const FILTERS = ["Filter.N.Name", "Filter.N.Value.N"];
const TAGS = ["Tag.N.Key", "Tag.N.Value"];
const NEW_TAGS = ["TagSpecification.N.ResourceType", ...TAGS.map((name) => `TagSpecification.N.${name}`)];
const GROUP = ["GroupId", "GroupName"];

const PERMISSIONS = [
  "IpProtocol",
  "FromPort",
  "ToPort",
  ...["Description", "UserId", "GroupName", "GroupId", "VpcId", "VpcPeeringConnectionId", "PeeringStatus"].map(
    (member) => `Groups.N.${member}`,
  ),
  "IpRanges.N.CidrIp",
  "IpRanges.N.Description",
  "Ipv6Ranges.N.CidrIpv6",
  "Ipv6Ranges.N.Description",
  "PrefixListIds.N.PrefixListId",
  "PrefixListIds.N.Description",
].map((member) => `IpPermissions.N.${member}`);

const FLAT = ["CidrIp", "FromPort", "IpProtocol", "SourceSecurityGroupName", "SourceSecurityGroupOwnerId", "ToPort"];
const RULES = [...GROUP, ...PERMISSIONS, ...FLAT];
const RULE_IDS = ["SecurityGroupRuleId.N"];
const DESCRIPTIONS = [
  ...GROUP,
  ...PERMISSIONS,
  "SecurityGroupRuleDescription.N.SecurityGroupRuleId",
  "SecurityGroupRuleDescription.N.Description",
];
const NEW_RULE = [
  "IpProtocol",
  "FromPort",
  "ToPort",
  "CidrIpv4",
  "CidrIpv6",
  "PrefixListId",
  "ReferencedGroupId",
  "Description",
].map((member) => `SecurityGroupRule.N.SecurityGroupRule.${member}`);

const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  AuthorizeSecurityGroupEgress: [...RULES, ...NEW_TAGS],
  AuthorizeSecurityGroupIngress: [...RULES, ...NEW_TAGS],
  CreateSecurityGroup: ["GroupDescription", "GroupName", "VpcId", ...NEW_TAGS],
  CreateTags: ["ResourceId.N", ...TAGS],
  DeleteSecurityGroup: GROUP,
  DeleteTags: ["ResourceId.N", ...TAGS],
  DescribeAccountAttributes: ["AttributeName.N"],
  DescribeAvailabilityZones: ["ZoneName.N", "ZoneId.N", "AllAvailabilityZones", ...FILTERS],
  DescribeInstanceAttribute: ["InstanceId", "Attribute"],
  DescribeInstances: ["InstanceId.N", "IncludeManagedResources", ...FILTERS, ...PAGES],
  DescribeInstanceStatus: ["InstanceId.N", "IncludeAllInstances", "IncludeManagedResources", ...FILTERS, ...PAGES],
  DescribeManagedPrefixLists: ["PrefixListId.N", ...FILTERS, ...PAGES],
  DescribeNetworkInterfaceAttribute: ["NetworkInterfaceId", "Attribute"],
  DescribeNetworkInterfaces: ["NetworkInterfaceId.N", "IncludeManagedResources", ...FILTERS, ...PAGES],
  DescribeRegions: ["RegionName.N", "AllRegions", ...FILTERS],
  DescribeSecurityGroupReferences: ["GroupId.N"],
  DescribeSecurityGroupRules: [...RULE_IDS, ...FILTERS, ...PAGES],
  DescribeSecurityGroups: ["GroupId.N", "GroupName.N", ...FILTERS, ...PAGES],
  DescribeStaleSecurityGroups: ["VpcId", ...PAGES],
  DescribeSubnets: ["SubnetId.N", ...FILTERS, ...PAGES],
  DescribeTags: [...FILTERS, ...PAGES],
  DescribeVpcPeeringConnections: ["VpcPeeringConnectionId.N", ...FILTERS, ...PAGES],
  DescribeVpcs: ["VpcId.N", ...FILTERS, ...PAGES],
  GetManagedPrefixListEntries: ["PrefixListId", "TargetVersion", ...PAGES],
  GetSecurityGroupsForVpc: ["VpcId", ...FILTERS, ...PAGES],
  ModifyInstanceAttribute: ["InstanceId", "Attribute", "Value", "GroupId.N"],
  ModifyNetworkInterfaceAttribute: [
    "NetworkInterfaceId",
    "Description.Value",
    "SourceDestCheck.Value",
    "SecurityGroupId.N",
  ],
  ModifySecurityGroupRules: ["GroupId", "SecurityGroupRule.N.SecurityGroupRuleId", ...NEW_RULE],
  RevokeSecurityGroupEgress: [...RULES, ...RULE_IDS],
  RevokeSecurityGroupIngress: [...RULES, ...RULE_IDS],
  StartInstances: ["InstanceId.N", "AdditionalInfo"],
  StopInstances: ["InstanceId.N", "Force", "Hibernate", "SkipOsShutdown"],
  TerminateInstances: ["InstanceId.N", "Force", "SkipOsShutdown"],
  UpdateSecurityGroupRuleDescriptionsEgress: DESCRIPTIONS,
  UpdateSecurityGroupRuleDescriptionsIngress: DESCRIPTIONS,
};

/** Parameters of real EC2 that exist and do nothing here: the call is refused rather than carried out in part. */
const NOT_SIMULATED: Readonly<Record<string, RegExp>> = {
  ModifyInstanceAttribute:
    /^(SourceDestCheck|EnclaveOptions|DisableApiStop|DisableApiTermination|InstanceType|Kernel|Ramdisk|UserData|InstanceInitiatedShutdownBehavior|EbsOptimized|SriovNetSupport|EnaSupport|BlockDeviceMapping)\b/,
  ModifyNetworkInterfaceAttribute:
    /^(EnaSrdSpecification|EnablePrimaryIpv6|ConnectionTrackingSpecification|AssociatePublicIpAddress|AssociatedSubnetId|Attachment)\b/,
};

/** The first parameter of a call that the action does not take, and whether that is because it is not simulated. */
export function strangeParameter(
  action: string,
  names: readonly string[],
): { readonly name: string; readonly isReal: boolean } | undefined {
  const taken = [...COMMON, ...(PARAMETERS[action] ?? [])];
  const isTaken = (name: string): boolean => {
    const shape = name.replace(/\.\d+(?=\.|$)/g, ".N");
    // A list without members travels under its bare name.
    return taken.some((known) => known === shape || known === `${shape}.N` || known.startsWith(`${shape}.N.`));
  };
  const name = names.find(
    (one) => !isTaken(one) && !/^(X-Amz-|AWSAccessKeyId$|Signature|Timestamp$|Expires$)/.test(one),
  );
  return name === undefined ? undefined : { name, isReal: NOT_SIMULATED[action]?.test(name) ?? false };
}
