import * as ec2 from "@aws-sdk/client-ec2";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AwsDocuments } from "../documents.ts";
import { aCloud, ec2Client, serve } from "../../ec2/client.conformance.ts";
import { addressFromNumber } from "@sallyport/contracts";
import { rangeHas, rangeOf } from "./cidr.ts";
import { DEMO_ACCOUNT, demoAws } from "./demo.ts";
import { loadRegion } from "./load-region.ts";
import { saveRegion } from "./save-region.ts";

const recorded = (): AwsDocuments =>
  AwsDocuments.parse(JSON.parse(readFileSync(join(process.cwd(), "test/data/aws-estate.json"), "utf8")));
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("loading a region from describe answers", () => {
  it.each([
    ...Object.entries(demoAws().accounts[0]?.regions ?? {}),
    ...Object.entries(recorded().accounts[0]?.regions ?? {}),
  ])("gives the same again after a save: %s", (name, documents) => {
    const saved = asJson(saveRegion(loadRegion(DEMO_ACCOUNT, name, documents)));
    expect(asJson(saveRegion(loadRegion(DEMO_ACCOUNT, name, saved)))).toEqual(saved);
  });

  it("keeps what it does not read", () => {
    const DescribeRouteTables = { RouteTables: [{ RouteTableId: "rtb-1" }] };
    expect(saveRegion(loadRegion(DEMO_ACCOUNT, "eu-west-1", { DescribeRouteTables }))).toMatchObject({
      DescribeRouteTables,
    });
  });

  it("keeps rule ids, tags, sources and descriptions of every kind", () => {
    const GroupId = "sg-1";
    const about = { GroupId, IsEgress: false, IpProtocol: "tcp", FromPort: 22, ToPort: 22 };
    const pair = { GroupId: "sg-2", UserId: "111122223333", VpcPeeringConnectionId: "pcx-1", PeeringStatus: "active" };
    const documents = {
      DescribeSecurityGroups: {
        SecurityGroups: [
          {
            GroupId,
            GroupName: "g",
            IpPermissions: [
              {
                IpProtocol: "tcp",
                FromPort: 22,
                ToPort: 22,
                IpRanges: [{ CidrIp: "203.0.113.0/24", Description: "office" }],
                PrefixListIds: [{ PrefixListId: "pl-1" }],
                UserIdGroupPairs: [{ ...pair, Description: "peer" }],
              },
            ],
          },
        ],
      },
      DescribeSecurityGroupRules: {
        SecurityGroupRules: [
          { ...about, SecurityGroupRuleId: "sgr-a", CidrIpv4: "203.0.113.0/24", Tags: [{ Key: "k", Value: "v" }] },
          { ...about, SecurityGroupRuleId: "sgr-b", PrefixListId: "pl-1" },
          { ...about, SecurityGroupRuleId: "sgr-c", ReferencedGroupInfo: pair },
        ],
      },
    };
    const saved = saveRegion(loadRegion(DEMO_ACCOUNT, "eu-west-1", documents));
    expect(saved).toMatchObject({
      DescribeSecurityGroups: { SecurityGroups: [{ IpPermissions: [{ UserIdGroupPairs: [pair] }] }] },
      DescribeSecurityGroupRules: {
        SecurityGroupRules: [
          { SecurityGroupRuleId: "sgr-a", Description: "office", Tags: [{ Key: "k", Value: "v" }] },
          { SecurityGroupRuleId: "sgr-b", PrefixListId: "pl-1" },
          { SecurityGroupRuleId: "sgr-c", Description: "peer", ReferencedGroupInfo: pair },
        ],
      },
    });
  });
});

describe("an estate recorded from real EC2", () => {
  const [account] = recorded().accounts;
  const keys = account?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };

  it("answers the SDK over a socket, and is changed like any other", async () => {
    const { cloud } = aCloud(recorded());
    const server = await serve(cloud.wire);
    const client = ec2Client(server.url, keys, "us-east-1");
    const { Reservations = [] } = await client.send(new ec2.DescribeInstancesCommand({}));
    expect(Reservations.flatMap(({ Instances = [] }) => Instances)).toHaveLength(3);
    const { NetworkInterfaces } = await client.send(
      new ec2.DescribeNetworkInterfacesCommand({ Filters: [{ Name: "group-id", Values: ["sg-926a56e8"] }] }),
    );
    expect(NetworkInterfaces).toMatchObject([{ Attachment: { InstanceId: "i-0d6fc89a578546fec" } }]);
    const GroupId = "sg-926a56e8";
    const { SecurityGroupRules = [] } = await client.send(
      new ec2.DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [GroupId] }] }),
    );
    const id = SecurityGroupRules.find(({ IsEgress }) => IsEgress === false)?.SecurityGroupRuleId ?? "";
    const answer = await client.send(
      new ec2.RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [id] }),
    );
    expect(answer.RevokedSecurityGroupRules).toHaveLength(1);
    const again = aCloud(AwsDocuments.parse(asJson(cloud.documents())));
    await server.close();
    const restarted = await serve(again.cloud.wire);
    const later = ec2Client(restarted.url, keys, "us-east-1");
    await expect(
      later.send(new ec2.DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] })),
    ).rejects.toMatchObject({ name: "InvalidSecurityGroupRuleId.NotFound" });
    client.destroy();
    later.destroy();
    await restarted.close();
  });

  it("is unclear where the export lacks the ranges of the VPC or the rules of a group, and says so", () => {
    const { reach, why } = aCloud(recorded());
    expect(reach("i-0d6fc89a578546fec", 22, "203.0.113.7")).toBe("denied");
    expect(why("i-0d6fc89a578546fec", 22, "172.31.59.103")).toEqual([
      "the world holds no address ranges of vpc-d2d616b5",
    ]);
    expect(reach("i-042c20d5454745bbe", 22, "203.0.113.7")).toBe("unknown");
  });
});

describe("a CIDR block as EC2 reads it", () => {
  it.each([
    ["100.68.0.18/18", "100.68.0.0/18"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["255.255.255.255/1", "128.0.0.0/1"],
    ["2001:DB8::1/64", "2001:db8::/64"],
    ["ffff::/0", "::/0"],
  ])("%s becomes %s", (text, cidr) => {
    expect(rangeOf(text)?.cidr).toBe(cidr);
  });

  it.each([
    "203.0.113.1",
    "203.0.113.1/33",
    "203.0.113/24",
    "010.0.0.1/32",
    "2001:db8::/129",
    "::ffff:1.2.3.4/128",
    "1.2.3.4/-1",
    "/8",
    "1.2.3.4/8/8",
  ])("%s is none", (text) => {
    expect(rangeOf(text)).toBeUndefined();
  });

  it("holds the addresses that share its prefix, and no others", () => {
    const v4 = fc.oneof(fc.constantFrom(0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn), fc.bigInt(0n, 0xffffffffn));
    fc.assert(
      fc.property(v4, fc.integer({ min: 0, max: 32 }), v4, (base, bits, other) => {
        const range = rangeOf(`${addressFromNumber("ipv4", base)}/${bits}`);
        const shift = BigInt(32 - bits);
        const holds = range !== undefined && rangeHas(range, { family: "ipv4", number: other });
        expect(holds).toBe(base >> shift === other >> shift);
      }),
    );
  });
});
