import * as ec2 from "@aws-sdk/client-ec2";
import { emptyWorld, readAwsExport } from "@sallyport/simulator";
import type { WorldDocuments } from "@sallyport/simulator";

/** What the suite works on: two machines in one network, made in moto. */
export interface Estate {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly defaultGroupId: string;
  readonly appGroupId: string;
  readonly instanceIds: readonly string[];
  readonly interfaceIds: readonly string[];
}

/** Makes a network, a group and two machines with the plain calls that any EC2 has. */
export async function makeEstate(client: ec2.EC2Client): Promise<Estate> {
  const { Vpc } = await client.send(new ec2.CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
  const VpcId = Vpc?.VpcId ?? "";
  const { Subnet } = await client.send(new ec2.CreateSubnetCommand({ VpcId, CidrBlock: "10.9.1.0/24" }));
  const SubnetId = Subnet?.SubnetId ?? "";
  const app = await client.send(new ec2.CreateSecurityGroupCommand({ GroupName: "app", Description: "app", VpcId }));
  const appGroupId = app.GroupId ?? "";
  const { Images } = await client.send(new ec2.DescribeImagesCommand({ Owners: ["amazon"] }));
  const launched = await client.send(
    new ec2.RunInstancesCommand({
      ImageId: Images?.[0]?.ImageId ?? "",
      InstanceType: "t3.micro",
      MinCount: 2,
      MaxCount: 2,
      SubnetId,
      SecurityGroupIds: [appGroupId],
    }),
  );
  const instanceIds = (launched.Instances ?? []).map(({ InstanceId }) => InstanceId ?? "");
  const groups = await client.send(
    new ec2.DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }),
  );
  const interfaces = await client.send(
    new ec2.DescribeNetworkInterfacesCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }),
  );
  const at = (id: string) =>
    interfaces.NetworkInterfaces?.find(({ Attachment }) => Attachment?.InstanceId === id)?.NetworkInterfaceId ?? "";
  return {
    vpcId: VpcId,
    subnetId: SubnetId,
    appGroupId,
    defaultGroupId: groups.SecurityGroups?.find(({ GroupName }) => GroupName === "default")?.GroupId ?? "",
    instanceIds,
    interfaceIds: instanceIds.map(at),
  };
}

/** The whole account as it describes itself, as a world of the simulator: the same ids on both sides. */
export async function exportEstate(
  client: ec2.EC2Client,
  key: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<WorldDocuments> {
  const answers: readonly object[] = [
    await client.send(new ec2.DescribeInstancesCommand({})),
    await client.send(new ec2.DescribeNetworkInterfacesCommand({})),
    await client.send(new ec2.DescribeSecurityGroupsCommand({})),
    await client.send(new ec2.DescribeSecurityGroupRulesCommand({})),
    await client.send(new ec2.DescribeVpcsCommand({})),
    await client.send(new ec2.DescribeSubnetsCommand({})),
  ];
  const files = answers.map((json, n): { path: string; json: unknown } => ({
    path: `${n}.json`,
    json: JSON.parse(JSON.stringify(json)),
  }));
  return { ...emptyWorld(), aws: readAwsExport(files, () => key) };
}
