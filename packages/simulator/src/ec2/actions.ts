import type { Action } from "./action.ts";
import { AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupIngress } from "./actions/authorize.ts";
import {
  DescribeSecurityGroupReferences,
  DescribeSecurityGroupRules,
  DescribeSecurityGroups,
} from "./actions/describe-groups.ts";
import { DescribeInstances } from "./actions/describe-instances.ts";
import { DescribeNetworkInterfaces } from "./actions/describe-interfaces.ts";
import {
  DescribeManagedPrefixLists,
  DescribeRegions,
  DescribeSubnets,
  DescribeVpcs,
  GetManagedPrefixListEntries,
} from "./actions/describe-networks.ts";
import { ModifyInstanceAttribute, ModifyNetworkInterfaceAttribute } from "./actions/interface-attribute.ts";
import { StartInstances, StopInstances, TerminateInstances } from "./actions/power.ts";
import { RevokeSecurityGroupEgress, RevokeSecurityGroupIngress } from "./actions/revoke.ts";
import { CreateSecurityGroup, DeleteSecurityGroup } from "./actions/security-groups.ts";
import { CreateTags, DeleteTags, DescribeTags } from "./actions/tags.ts";
import { DescribeAccountAttributes, DescribeAvailabilityZones } from "./actions/describe-account.ts";
import { DescribeInstanceAttribute, DescribeNetworkInterfaceAttribute } from "./actions/describe-attribute.ts";
import { DescribeVpcPeeringConnections } from "./actions/describe-peerings.ts";
import { DescribeStaleSecurityGroups } from "./actions/describe-stale-groups.ts";
import { DescribeInstanceStatus } from "./actions/describe-status.ts";
import { GetSecurityGroupsForVpc } from "./actions/groups-for-vpc.ts";
import { ModifySecurityGroupRules } from "./actions/modify-rules.ts";
import {
  UpdateSecurityGroupRuleDescriptionsEgress,
  UpdateSecurityGroupRuleDescriptionsIngress,
} from "./actions/update-descriptions.ts";

/** Every EC2 action that is simulated; any other is `InvalidAction`. */
export const actions: ReadonlyMap<string, Action> = new Map(
  Object.entries({
    AuthorizeSecurityGroupEgress,
    AuthorizeSecurityGroupIngress,
    CreateSecurityGroup,
    CreateTags,
    DeleteSecurityGroup,
    DeleteTags,
    DescribeAccountAttributes,
    DescribeAvailabilityZones,
    DescribeInstanceAttribute,
    DescribeInstanceStatus,
    DescribeInstances,
    DescribeManagedPrefixLists,
    DescribeNetworkInterfaceAttribute,
    DescribeNetworkInterfaces,
    DescribeRegions,
    DescribeSecurityGroupReferences,
    DescribeSecurityGroupRules,
    DescribeSecurityGroups,
    DescribeStaleSecurityGroups,
    DescribeSubnets,
    DescribeTags,
    DescribeVpcPeeringConnections,
    DescribeVpcs,
    GetManagedPrefixListEntries,
    GetSecurityGroupsForVpc,
    ModifyInstanceAttribute,
    ModifyNetworkInterfaceAttribute,
    ModifySecurityGroupRules,
    RevokeSecurityGroupEgress,
    RevokeSecurityGroupIngress,
    StartInstances,
    StopInstances,
    TerminateInstances,
    UpdateSecurityGroupRuleDescriptionsEgress,
    UpdateSecurityGroupRuleDescriptionsIngress,
  }),
);
