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

/** Every EC2 action that is simulated; any other is `InvalidAction`. */
export const actions: ReadonlyMap<string, Action> = new Map(
  Object.entries({
    AuthorizeSecurityGroupEgress,
    AuthorizeSecurityGroupIngress,
    CreateSecurityGroup,
    CreateTags,
    DeleteSecurityGroup,
    DeleteTags,
    DescribeInstances,
    DescribeManagedPrefixLists,
    DescribeNetworkInterfaces,
    DescribeRegions,
    DescribeSecurityGroupReferences,
    DescribeSecurityGroupRules,
    DescribeSecurityGroups,
    DescribeSubnets,
    DescribeTags,
    DescribeVpcs,
    GetManagedPrefixListEntries,
    ModifyInstanceAttribute,
    ModifyNetworkInterfaceAttribute,
    RevokeSecurityGroupEgress,
    RevokeSecurityGroupIngress,
    StartInstances,
    StopInstances,
    TerminateInstances,
  }),
);
