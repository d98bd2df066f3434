import * as ec2 from "@aws-sdk/client-ec2";
import { DEMO_ACCOUNT, DEMO_VPCS, demoAws } from "../world/aws/demo.ts";
import { demoId } from "../world/aws/demo-networks.ts";
import { aCloud, ec2Client, serve } from "./client.conformance.ts";

const keys = demoAws().accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };
const NEAR = "pcx-00000000000000001";
const FAR = "pcx-00000000000000002";
const THEIR_ACCOUNT = "111122223333";
const THEIR_GROUP = "sg-0fa20000000000001";

const peering = (VpcPeeringConnectionId: string, accepter: object, Code: string) => ({
  VpcPeeringConnectionId,
  RequesterVpcInfo: { VpcId: DEMO_VPCS.made, OwnerId: DEMO_ACCOUNT, CidrBlock: "10.20.0.0/16" },
  AccepterVpcInfo: accepter,
  Status: { Code, Message: Code },
  Tags: [],
});

/** The demonstration with peerings from its own VPC to its default one, and to another account's. */
function peered(near: string, far: string) {
  const world = demoAws();
  const accounts = world.accounts.map((account) => ({
    ...account,
    regions: {
      ...account.regions,
      "eu-west-1": {
        ...account.regions["eu-west-1"],
        DescribeVpcPeeringConnections: {
          VpcPeeringConnections: [
            peering(NEAR, { VpcId: DEMO_VPCS.default, OwnerId: DEMO_ACCOUNT }, near),
            peering(FAR, { VpcId: "vpc-0fa20000000000001", OwnerId: THEIR_ACCOUNT }, far),
          ],
        },
      },
    },
  }));
  return aCloud({ ...world, accounts });
}

describe("rules that name groups across peerings", () => {
  let close: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const one of close) await one();
    close = [];
  });
  async function clientOf(world: ReturnType<typeof aCloud>) {
    const server = await serve(world.cloud.wire);
    close.push(server.close);
    return ec2Client(server.url, keys);
  }
  const naming = (pair: ec2.UserIdGroupPair, GroupId = demoId("sg", 4)) =>
    new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, UserIdGroupPairs: [pair] }],
    });
  const inDefault = { GroupId: demoId("sg", 10) };
  const theirs = { GroupId: THEIR_GROUP, UserId: THEIR_ACCOUNT };

  it("are taken where the peering is active, and show it", async () => {
    const client = await clientOf(peered("active", "active"));
    const near = await client.send(naming(inDefault));
    expect(near.SecurityGroupRules?.[0]?.ReferencedGroupInfo).toMatchObject({
      GroupId: demoId("sg", 10),
      VpcId: DEMO_VPCS.default,
      VpcPeeringConnectionId: NEAR,
      PeeringStatus: "active",
    });
    const far = await client.send(naming(theirs));
    expect(far.SecurityGroupRules?.[0]?.ReferencedGroupInfo).toMatchObject({
      UserId: THEIR_ACCOUNT,
      VpcPeeringConnectionId: FAR,
    });
  });

  it("are refused where it is not, or where there is none such", async () => {
    const client = await clientOf(peered("pending-acceptance", "deleted"));
    const different = { name: "InvalidGroup.NotFound", message: expect.stringContaining("different networks") };
    await expect(client.send(naming(inDefault))).rejects.toMatchObject(different);
    await expect(client.send(naming(theirs))).rejects.toMatchObject(different);
    await expect(
      client.send(naming({ ...theirs, VpcPeeringConnectionId: "pcx-0000000000000000f" })),
    ).rejects.toMatchObject({ name: "InvalidVpcPeeringConnectionID.NotFound" });
    const plain = await clientOf(aCloud(demoAws()));
    await expect(plain.send(naming(inDefault))).rejects.toMatchObject(different);
  });

  it("are stale once the peering is gone, and told of as such", async () => {
    const before = peered("active", "active");
    await (await clientOf(before)).send(naming(theirs));
    const [account] = before.cloud.documents().accounts;
    if (account === undefined) throw new Error("the demonstration has an AWS account");
    const region = account.regions["eu-west-1"] ?? {};
    const VpcPeeringConnections = [peering(FAR, { VpcId: "vpc-0fa20000000000001", OwnerId: THEIR_ACCOUNT }, "deleted")];
    const after = { ...region, DescribeVpcPeeringConnections: { VpcPeeringConnections } };
    const client = await clientOf(aCloud({ accounts: [{ ...account, regions: { "eu-west-1": after } }] }));
    const stale = await client.send(new ec2.DescribeStaleSecurityGroupsCommand({ VpcId: DEMO_VPCS.made }));
    expect(stale.StaleSecurityGroupSet).toMatchObject([
      {
        GroupName: "web",
        StaleIpPermissions: [{ FromPort: 22, UserIdGroupPairs: [theirs] }],
        StaleIpPermissionsEgress: [],
      },
    ]);
    const { VpcPeeringConnections: shown } = await client.send(
      new ec2.DescribeVpcPeeringConnectionsCommand({ Filters: [{ Name: "status-code", Values: ["deleted"] }] }),
    );
    expect(shown).toMatchObject([{ VpcPeeringConnectionId: FAR, AccepterVpcInfo: { OwnerId: THEIR_ACCOUNT } }]);
  });
});
