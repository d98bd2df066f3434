import * as ec2 from "@aws-sdk/client-ec2";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { STSClient } from "@aws-sdk/client-sts";
import type { Estate } from "./estate.ts";

/** Called with what earlier steps named; what it answers is compared. */
export interface Step {
  readonly name: string;
  readonly run: (call: Calling) => Promise<object>;
}

export interface Calling {
  readonly ec2: ec2.EC2Client;
  readonly sts: STSClient;
  readonly estate: Estate;
  /** Ids by the name that a step gave them. */
  readonly ids: Map<string, string>;
}

const step = (name: string, run: Step["run"]): Step => ({ name, run });
const id = ({ ids }: Calling, name: string): string => ids.get(name) ?? "sg-00000000000000000";
const tcp = (port: number, more: Partial<ec2.IpPermission>): ec2.IpPermission => ({
  IpProtocol: "tcp",
  FromPort: port,
  ToPort: port,
  ...more,
});
const from = (...cidrs: readonly string[]): Partial<ec2.IpPermission> => ({
  IpRanges: cidrs.map((CidrIp) => ({ CidrIp })),
});
const filter = (Name: string, ...Values: string[]): ec2.Filter => ({ Name, Values });

/** The rule of `two` for one /24, given other ports. */
async function changed(call: Calling, ports: ec2.SecurityGroupRuleRequest): Promise<object> {
  const rules = await call.ec2.send(
    new ec2.DescribeSecurityGroupRulesCommand({ Filters: [filter("group-id", id(call, "two"))] }),
  );
  const rule = rules.SecurityGroupRules?.find(
    ({ IsEgress, CidrIpv4 }) => IsEgress === false && CidrIpv4 === "198.51.100.0/24",
  );
  return call.ec2.send(
    new ec2.ModifySecurityGroupRulesCommand({
      GroupId: id(call, "two"),
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: rule?.SecurityGroupRuleId ?? "",
          SecurityGroupRule: { ...ports, CidrIpv4: "198.51.100.0/24" },
        },
      ],
    }),
  );
}

const createGroup = (name: string, GroupName: string, more: Partial<ec2.CreateSecurityGroupCommandInput> = {}) =>
  step(name, async (call) => {
    const made = await call.ec2.send(
      new ec2.CreateSecurityGroupCommand({ GroupName, Description: "made", VpcId: call.estate.vpcId, ...more }),
    );
    call.ids.set(GroupName, made.GroupId ?? "");
    return made;
  });
const authorize = (name: string, group: string, ...IpPermissions: ec2.IpPermission[]) =>
  step(name, (call) =>
    call.ec2.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId: id(call, group), IpPermissions })),
  );
const revoke = (name: string, group: string, ...IpPermissions: ec2.IpPermission[]) =>
  step(name, (call) =>
    call.ec2.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId: id(call, group), IpPermissions })),
  );
const groupIs = (name: string, group: string) =>
  step(name, (call) => call.ec2.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [id(call, group)] })));
const rulesAre = (name: string, group: string) =>
  step(name, (call) =>
    call.ec2.send(new ec2.DescribeSecurityGroupRulesCommand({ Filters: [filter("group-id", id(call, group))] })),
  );
const deleteGroup = (name: string, group: string) =>
  step(name, (call) => call.ec2.send(new ec2.DeleteSecurityGroupCommand({ GroupId: id(call, group) })));
const groupsOfFirst = (name: string, ...groups: readonly string[]) =>
  step(name, (call) =>
    call.ec2.send(
      new ec2.ModifyNetworkInterfaceAttributeCommand({
        NetworkInterfaceId: call.estate.interfaceIds[0] ?? "",
        Groups: groups.map((group) => (group === "app" ? call.estate.appGroupId : id(call, group))),
      }),
    ),
  );
const firstInterface = (name: string) =>
  step(name, (call) =>
    call.ec2.send(
      new ec2.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [call.estate.interfaceIds[0] ?? ""] }),
    ),
  );

/** Plain calls in the order of one life: read, make, open, attach, close, take away; and what is refused on the way. */
export const PLAIN_SUITE: readonly Step[] = [
  step("the caller's account", async ({ sts }) => {
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    return { Account };
  }),
  step("a VPC by id", ({ ec2: client, estate }) =>
    client.send(new ec2.DescribeVpcsCommand({ VpcIds: [estate.vpcId] })),
  ),
  step("an unknown VPC", ({ ec2: client }) =>
    client.send(new ec2.DescribeVpcsCommand({ VpcIds: ["vpc-00000000000000000"] })),
  ),
  step("subnets of a VPC", ({ ec2: client, estate }) =>
    client.send(new ec2.DescribeSubnetsCommand({ Filters: [filter("vpc-id", estate.vpcId)] })),
  ),
  step("instances by id", ({ ec2: client, estate }) =>
    client.send(new ec2.DescribeInstancesCommand({ InstanceIds: [...estate.instanceIds] })),
  ),
  step("running instances of a VPC", ({ ec2: client, estate }) =>
    client.send(
      new ec2.DescribeInstancesCommand({
        Filters: [filter("vpc-id", estate.vpcId), filter("instance-state-name", "running", "stopped")],
      }),
    ),
  ),
  step("an unknown instance", ({ ec2: client }) =>
    client.send(new ec2.DescribeInstancesCommand({ InstanceIds: ["i-00000000000000000"] })),
  ),
  step("a malformed instance id", ({ ec2: client }) =>
    client.send(new ec2.DescribeInstancesCommand({ InstanceIds: ["i-nonsense"] })),
  ),
  step("instances by id and page", ({ ec2: client, estate }) =>
    client.send(new ec2.DescribeInstancesCommand({ InstanceIds: [...estate.instanceIds], MaxResults: 5 })),
  ),
  step("interfaces with a group", ({ ec2: client, estate }) =>
    client.send(new ec2.DescribeNetworkInterfacesCommand({ Filters: [filter("group-id", estate.appGroupId)] })),
  ),
  step("interfaces of an instance", ({ ec2: client, estate }) =>
    client.send(
      new ec2.DescribeNetworkInterfacesCommand({
        Filters: [filter("attachment.instance-id", estate.instanceIds[0] ?? "")],
      }),
    ),
  ),
  step("an unknown interface", ({ ec2: client }) =>
    client.send(new ec2.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: ["eni-00000000000000000"] })),
  ),
  step("groups of a VPC", ({ ec2: client, estate }) =>
    client.send(new ec2.DescribeSecurityGroupsCommand({ Filters: [filter("vpc-id", estate.vpcId)] })),
  ),
  step("an unknown group", ({ ec2: client }) =>
    client.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: ["sg-00000000000000000"] })),
  ),
  step("groups by an unknown filter", ({ ec2: client }) =>
    client.send(new ec2.DescribeSecurityGroupsCommand({ Filters: [filter("no-such-filter", "x")] })),
  ),
  createGroup("a dry run of a new group", "dry", { DryRun: true }),
  createGroup("a new group", "one"),
  createGroup("a new group of the same name", "one", {}),
  createGroup("a new group named like an id", "sg-name"),
  createGroup("a new group in an unknown VPC", "elsewhere", { VpcId: "vpc-00000000000000000" }),
  createGroup("a new group with tags", "two", {
    TagSpecifications: [{ ResourceType: "security-group", Tags: [{ Key: "owner", Value: "suite" }] }],
  }),
  groupIs("what a new group is", "two"),
  step("groups by tag", ({ ec2: client }) =>
    client.send(new ec2.DescribeSecurityGroupsCommand({ Filters: [filter("tag:owner", "suite")] })),
  ),
  step("groups by name with a star", ({ ec2: client, estate }) =>
    client.send(
      new ec2.DescribeSecurityGroupsCommand({ Filters: [filter("vpc-id", estate.vpcId), filter("group-name", "t*")] }),
    ),
  ),
  authorize(
    "a rule from a range",
    "two",
    tcp(22, { IpRanges: [{ CidrIp: "198.51.100.0/24", Description: "office" }] }),
  ),
  authorize("the same rule again", "two", tcp(22, from("198.51.100.0/24"))),
  authorize("a rule from IPv6", "two", tcp(22, { Ipv6Ranges: [{ CidrIpv6: "2001:db8::/32" }] })),
  authorize("a rule for every protocol", "two", { IpProtocol: "-1", IpRanges: [{ CidrIp: "203.0.113.0/24" }] }),
  authorize("a rule for ICMP", "two", { IpProtocol: "icmp", FromPort: -1, ToPort: -1, ...from("203.0.113.0/24") }),
  createGroup("a group for what moto does otherwise", "odd"),
  authorize("a rule with host bits", "odd", tcp(23, from("100.68.0.18/18"))),
  authorize("two permissions at once", "odd", tcp(80, from("198.51.100.0/24")), tcp(443, from("198.51.100.0/24"))),
  authorize(
    "a new rule and an old one at once",
    "odd",
    tcp(8080, from("198.51.100.0/24")),
    tcp(80, from("198.51.100.0/24")),
  ),
  authorize("a rule without source", "odd", tcp(81, {})),
  authorize("a malformed range", "odd", tcp(81, from("198.51.100.0/33"))),
  authorize("ports the wrong way round", "odd", {
    IpProtocol: "tcp",
    FromPort: 90,
    ToPort: 80,
    ...from("198.51.100.0/24"),
  }),
  authorize("a rule of a group that is not there", "none", tcp(22, from("198.51.100.0/24"))),
  step("a rule from a group", (call) =>
    call.ec2.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId: id(call, "one"),
        IpPermissions: [tcp(5432, { UserIdGroupPairs: [{ GroupId: id(call, "two") }] })],
      }),
    ),
  ),
  step("an egress rule", (call) =>
    call.ec2.send(
      new ec2.AuthorizeSecurityGroupEgressCommand({
        GroupId: id(call, "two"),
        IpPermissions: [tcp(443, from("198.51.100.0/24"))],
      }),
    ),
  ),
  step("a rule changed in place", (call) => changed(call, { IpProtocol: "tcp", FromPort: 23, ToPort: 24 })),
  step("a rule changed back", (call) => changed(call, { IpProtocol: "tcp", FromPort: 22, ToPort: 22 })),
  step("a rule changed that is not there", (call) =>
    call.ec2.send(
      new ec2.ModifySecurityGroupRulesCommand({
        GroupId: id(call, "two"),
        SecurityGroupRules: [
          {
            SecurityGroupRuleId: "sgr-00000000000000000",
            SecurityGroupRule: { IpProtocol: "tcp", FromPort: 1, ToPort: 1, CidrIpv4: "198.51.100.0/24" },
          },
        ],
      }),
    ),
  ),
  step("a description changed", (call) =>
    call.ec2.send(
      new ec2.UpdateSecurityGroupRuleDescriptionsIngressCommand({
        GroupId: id(call, "two"),
        IpPermissions: [tcp(22, { IpRanges: [{ CidrIp: "198.51.100.0/24", Description: "said later" }] })],
      }),
    ),
  ),
  step("the groups of an instance", ({ ec2: client, estate }) =>
    client.send(
      new ec2.DescribeInstanceAttributeCommand({ InstanceId: estate.instanceIds[0] ?? "", Attribute: "groupSet" }),
    ),
  ),
  step("how the machines are", async ({ ec2: client, estate }) => {
    const { InstanceStatuses } = await client.send(
      new ec2.DescribeInstanceStatusCommand({ InstanceIds: [...estate.instanceIds] }),
    );
    return {
      statuses: InstanceStatuses?.map(({ InstanceId, InstanceState, InstanceStatus, SystemStatus }) => ({
        InstanceId,
        InstanceState,
        InstanceStatus: InstanceStatus?.Status,
        SystemStatus: SystemStatus?.Status,
      })),
    };
  }),
  step("a filter without values", ({ ec2: client }) =>
    client.send(new ec2.DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [] }] })),
  ),
  step("a filter that nobody has", ({ ec2: client }) =>
    client.send(new ec2.DescribeInstanceStatusCommand({ Filters: [filter("vpcid", "x")] })),
  ),
  groupIs("what the rules made of a group", "two"),
  groupIs("what the rules made of the other", "one"),
  rulesAre("the rules of a group", "two"),
  rulesAre("the rules of the other", "one"),
  createGroup("a group to be named", "named"),
  step("a rule that names it", (call) =>
    call.ec2.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId: id(call, "odd"),
        IpPermissions: [tcp(5433, { UserIdGroupPairs: [{ GroupId: id(call, "named") }] })],
      }),
    ),
  ),
  deleteGroup("deleting a group that another names", "named"),
  groupIs("the group that another names", "named"),
  step("tags on a group", (call) =>
    call.ec2.send(new ec2.CreateTagsCommand({ Resources: [id(call, "one")], Tags: [{ Key: "k", Value: "v" }] })),
  ),
  step("the tags of a group", (call) =>
    call.ec2.send(new ec2.DescribeTagsCommand({ Filters: [filter("resource-id", id(call, "one"))] })),
  ),
  step("fewer tags on a group", (call) =>
    call.ec2.send(new ec2.DeleteTagsCommand({ Resources: [id(call, "one")], Tags: [{ Key: "k" }] })),
  ),
  step("tags on what is not there", ({ ec2: client }) =>
    client.send(new ec2.CreateTagsCommand({ Resources: ["sg-00000000000000000"], Tags: [{ Key: "k", Value: "v" }] })),
  ),
  groupsOfFirst("one more group on an interface", "app", "one"),
  firstInterface("an interface with one more group"),
  groupsOfFirst("the interface without it", "app"),
  firstInterface("an interface as it was"),
  revoke("a rule taken back by value", "two", tcp(22, from("198.51.100.0/24"))),
  revoke("a rule taken back that is not there", "two", tcp(22, from("198.51.100.0/24"))),
  revoke("a port taken out of a wider rule", "two", tcp(22, from("203.0.113.0/24"))),
  step("a rule taken back by its id", async (call) => {
    const rules = await call.ec2.send(
      new ec2.DescribeSecurityGroupRulesCommand({ Filters: [filter("group-id", id(call, "two"))] }),
    );
    const [first] = (rules.SecurityGroupRules ?? []).filter((rule) => rule.CidrIpv6 !== undefined);
    return call.ec2.send(
      new ec2.RevokeSecurityGroupIngressCommand({
        GroupId: id(call, "two"),
        SecurityGroupRuleIds: [first?.SecurityGroupRuleId ?? ""],
      }),
    );
  }),
  step("a rule taken back by an unknown id", (call) =>
    call.ec2.send(
      new ec2.RevokeSecurityGroupIngressCommand({
        GroupId: id(call, "two"),
        SecurityGroupRuleIds: ["sgr-00000000000000000"],
      }),
    ),
  ),
  groupIs("what is left of a group", "two"),
  step("the reference taken back", (call) =>
    call.ec2.send(
      new ec2.RevokeSecurityGroupIngressCommand({
        GroupId: id(call, "one"),
        IpPermissions: [tcp(5432, { UserIdGroupPairs: [{ GroupId: id(call, "two") }] })],
      }),
    ),
  ),
  deleteGroup("deleting a group", "two"),
  deleteGroup("deleting it again", "two"),
  groupsOfFirst("the other group on an interface", "app", "odd"),
  deleteGroup("deleting an attached group", "odd"),
  groupIs("an attached group after that", "odd"),
  step("deleting the default group", ({ ec2: client, estate }) =>
    client.send(new ec2.DeleteSecurityGroupCommand({ GroupId: estate.defaultGroupId })),
  ),
  groupsOfFirst("an unknown group on an interface", "app", "nothing"),
  step("stopping a machine, and starting it", async ({ ec2: client, estate }) => {
    const InstanceIds = [estate.instanceIds[1] ?? ""];
    const stopped = await client.send(new ec2.StopInstancesCommand({ InstanceIds }));
    const started = await client.send(new ec2.StartInstancesCommand({ InstanceIds }));
    return {
      stopped: stopped.StoppingInstances?.map(({ InstanceId }) => InstanceId),
      started: started.StartingInstances?.map(({ InstanceId }) => InstanceId),
    };
  }),
  step("a role that nobody has", async ({ sts }) => {
    const { AssumedRoleUser } = await sts.send(
      new AssumeRoleCommand({ RoleArn: "arn:aws:iam::123456789012:role/none", RoleSessionName: "suite" }),
    );
    return { Arn: AssumedRoleUser?.Arn };
  }),
];
