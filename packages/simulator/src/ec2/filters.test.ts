import * as ec2 from "@aws-sdk/client-ec2";
import { DEMO_ACCOUNT, DEMO_PREFIX_LIST, DEMO_VPCS, demoAws } from "../world/aws/demo.ts";
import { demoId } from "../world/aws/demo-networks.ts";
import { aCloud, ec2Client, serve } from "./client.conformance.ts";

const keys = demoAws().accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };

describe("filters of the simulated EC2", () => {
  let server: Awaited<ReturnType<typeof serve>>;
  let client: ec2.EC2Client;
  beforeAll(async () => {
    server = await serve(aCloud(demoAws()).cloud.wire);
    client = ec2Client(server.url, keys);
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });

  const filters = (asked: Readonly<Record<string, string | readonly string[]>>): ec2.Filter[] =>
    Object.entries(asked).map(([Name, value]) => ({ Name, Values: typeof value === "string" ? [value] : [...value] }));
  const instances = async (asked: Readonly<Record<string, string | readonly string[]>>) => {
    const { Reservations = [] } = await client.send(new ec2.DescribeInstancesCommand({ Filters: filters(asked) }));
    return Reservations.flatMap(({ Instances = [] }) =>
      Instances.map(({ Tags }) => Tags?.find(({ Key }) => Key === "Name")?.Value),
    );
  };

  it.each<[Readonly<Record<string, string | readonly string[]>>, readonly string[]]>([
    [{ "availability-zone": "us-east-1a" }, []],
    [{ "platform-details": "Windows" }, ["ec2-win-01"]],
    [{ "image-id": "ami-05a11000000000001" }, ["ec2-win-01"]],
    [{ "dns-name": "", "launch-time": "2026-01-05T*", platform: "windows" }, ["ec2-win-01"]],
    [{ "ip-address": "198.51.100.19" }, ["ec2-legacy"]],
    [{ "ipv6-address": "2001:db8:5a11:1::21" }, ["ec2-v6"]],
    [{ "instance-state-code": "80" }, ["ec2-retired"]],
    [{ reason: "User initiated*" }, ["ec2-retired"]],
    [{ "network-interface.addresses.private-ip-address": "10.20.2.20" }, ["ec2-router"]],
    [{ "network-interface.attachment.device-index": "1" }, ["ec2-router"]],
    [{ "network-interface.description": "second*" }, ["ec2-router"]],
    [
      { "network-interface.association.public-ip": "198.51.100.1?", "tag:Name": "ec2-b*" },
      ["ec2-bastion", "ec2-build-01", "ec2-build-02"],
    ],
    [
      { "instance.group-name": ["bastion", "db"], "source-dest-check": "true" },
      ["ec2-bastion", "ec2-db-01", "ec2-db-02"],
    ],
    [{ "tag-key": "Owner" }, []],
    [{ "tag:Name": "EC2-LEGACY" }, []],
    [{ "vpc-id": [], "tag:Name": "ec2-legacy" }, []],
  ])("of instances: %j", async (asked, names) => {
    const found = await instances(asked);
    expect(found).toHaveLength(names.length);
    expect(new Set(found)).toEqual(new Set(names));
  });

  it.each<[Readonly<Record<string, string>>, number]>([
    [{ "addresses.association.public-ip": "198.51.100.11" }, 1],
    [{ "attachment.attachment-id": demoId("eni-attach", 160) }, 1],
    [{ "interface-type": "interface" }, 15],
    [{ "mac-address": "06:5a:11:00:01:*" }, 1],
    [{ "requester-managed": "true" }, 0],
    [{ "availability-zone": "eu-west-1b" }, 3],
    [{ "owner-id": DEMO_ACCOUNT, "group-name": "ssh-internal" }, 2],
  ])("of interfaces: %j", async (asked, count) => {
    const { NetworkInterfaces } = await client.send(
      new ec2.DescribeNetworkInterfacesCommand({ Filters: filters(asked) }),
    );
    expect(NetworkInterfaces).toHaveLength(count);
  });

  it.each<[Readonly<Record<string, string>>, readonly string[]]>([
    [{ "ip-permission.group-name": "web" }, ["db"]],
    [{ "ip-permission.group-id": demoId("sg", 1) }, ["ssh-internal"]],
    [{ "ip-permission.user-id": DEMO_ACCOUNT, "vpc-id": DEMO_VPCS.default }, ["default"]],
    [{ "ip-permission.prefix-list-id": DEMO_PREFIX_LIST }, ["partners"]],
    [{ "ip-permission.ipv6-cidr": "::/0" }, ["ssh-anywhere-v6"]],
    [{ "ip-permission.protocol": "-1", "ip-permission.cidr": "0.0.0.0/0" }, ["wide-open"]],
    [{ "ip-permission.from-port": "20", "ip-permission.to-port": "25" }, ["range"]],
    [{ description: "rdp-*" }, ["rdp-anywhere"]],
    [{ "group-name": "*\\**" }, []],
    [{ "egress.ip-permission.group-name": "web" }, []],
  ])("of groups: %j", async (asked, names) => {
    const { SecurityGroups = [] } = await client.send(
      new ec2.DescribeSecurityGroupsCommand({ Filters: filters(asked) }),
    );
    expect(SecurityGroups.map(({ GroupName }) => GroupName)).toEqual(names);
  });

  it("of networks, prefix lists and tags", async () => {
    const { Vpcs } = await client.send(
      new ec2.DescribeVpcsCommand({
        Filters: filters({
          "ipv6-cidr-block-association.ipv6-cidr-block": "2001:db8:5a11::/56",
          "owner-id": DEMO_ACCOUNT,
        }),
      }),
    );
    expect(Vpcs).toMatchObject([{ VpcId: DEMO_VPCS.made }]);
    const { Subnets } = await client.send(
      new ec2.DescribeSubnetsCommand({ Filters: filters({ "default-for-az": "true", cidrBlock: "172.31.0.0/20" }) }),
    );
    expect(Subnets).toHaveLength(1);
    const lists = await client.send(
      new ec2.DescribeManagedPrefixListsCommand({ Filters: filters({ "owner-id": DEMO_ACCOUNT }) }),
    );
    expect(lists.PrefixLists).toMatchObject([{ PrefixListId: DEMO_PREFIX_LIST }]);
    const { Tags } = await client.send(new ec2.DescribeTagsCommand({ Filters: filters({ "tag:Name": "edge" }) }));
    expect(Tags).toMatchObject([{ Key: "Name", Value: "edge", ResourceType: "subnet" }]);
  });

  it("take 200 values and not one more, and no name that EC2 does not have", async () => {
    const values = (n: number) => Array.from({ length: n }, (_, i) => `v${i}`);
    await expect(instances({ "vpc-id": values(200) })).resolves.toEqual([]);
    await expect(instances({ "vpc-id": values(201) })).rejects.toMatchObject({ name: "FilterLimitExceeded" });
    await expect(instances({ vpcid: "x" })).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: "The filter 'vpcid' is invalid",
    });
  });
});

describe("pages", () => {
  let close: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const one of close) await one();
    close = [];
  });

  it("are asked for: without, every group of more than a thousand comes at once", async () => {
    const [account] = demoAws().accounts;
    if (account === undefined) throw new Error("the demonstration has an AWS account");
    const SecurityGroups = Array.from({ length: 1203 }, (_, n) => ({
      GroupId: demoId("sg", n + 1),
      GroupName: `g-${n}`,
      VpcId: DEMO_VPCS.made,
    }));
    const world = aCloud({
      accounts: [{ ...account, regions: { "eu-west-1": { DescribeSecurityGroups: { SecurityGroups } } } }],
    });
    const server = await serve(world.cloud.wire);
    close.push(server.close);
    const client = ec2Client(server.url, keys);
    const all = await client.send(new ec2.DescribeSecurityGroupsCommand({}));
    expect([all.SecurityGroups?.length, all.NextToken]).toEqual([1203, undefined]);
    const seen = new Set<string | undefined>();
    const sizes: number[] = [];
    for await (const page of ec2.paginateDescribeSecurityGroups({ client, pageSize: 1000 }, {})) {
      sizes.push(page.SecurityGroups?.length ?? 0);
      for (const { GroupId } of page.SecurityGroups ?? []) seen.add(GroupId);
    }
    expect([sizes, seen.size]).toEqual([[1000, 203], 1203]);
  });

  it.each([
    ["DescribeSecurityGroups", "5", "1000"],
    ["DescribeManagedPrefixLists", "1", "100"],
  ])("of %s hold %s to %s", async (action, least, most) => {
    const { wire } = aCloud(demoAws(), { auth: false }).cloud;
    const ask = async (size: string) => {
      const body = `Action=${action}&Version=2016-11-15&MaxResults=${size}`;
      return (await wire({ method: "POST", url: "/", headers: {}, body })).status;
    };
    await expect(
      Promise.all([least, most, String(Number(least) - 1), String(Number(most) + 1), "x"].map(ask)),
    ).resolves.toEqual([200, 200, 400, 400, 400]);
  });
});
