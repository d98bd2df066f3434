import { DescribeNetworkInterfacesCommand, DescribeSecurityGroupsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { Address, ScopeId, VmRef, port } from "@sallyport/contracts";
import { createAwsModel, parseAwsNet, permitText, verdictAt } from "@sallyport/domain";
import type { AwsNet } from "@sallyport/domain";
import { createSimulator, emptyWorld } from "@sallyport/simulator";
import { createVirtualClock } from "@sallyport/testkit";
import { ACCOUNT, KEY, REGION } from "./aws-cloud.conformance.ts";
import { createFunctionTransport } from "./function-transport.ts";
import { ipPermissionOf } from "./ip-permission.ts";
import { listOf, recordings } from "./recordings.conformance.ts";

type Json = Readonly<Record<string, unknown>>;
const scope = ScopeId.parse(`${ACCOUNT}/${REGION}`);
const of = (operation: string) => recordings.filter((one) => one.operation === operation);
const parsed = (parts: Partial<Parameters<typeof parseAwsNet>[0]>): AwsNet =>
  parseAwsNet({ scope, reservations: [], groups: [], members: "all", references: "all", ...parts });

/** A permission as one entry for each peer, in a fixed spelling. */
const PEERS = ["IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs"] as const;
const split = (permission: Json): readonly string[] =>
  PEERS.flatMap((list) =>
    listOf(permission[list]).map((peer) => {
      const { IpProtocol, FromPort, ToPort } = permission;
      const { GroupName: _, VpcId: __, PeeringStatus: ___, ...rest } = peer;
      // Older answers hold host bits, which EC2 takes off today, and so do we.
      const entries = Object.entries(rest).map(([name, value]) => [name, name === "CidrIp" ? canonical(value) : value]);
      return JSON.stringify([IpProtocol, FromPort, ToPort, list, entries.map((one) => JSON.stringify(one)).toSorted()]);
    }),
  );

const numberOf = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

function canonical(cidr: unknown): string {
  const [base = "", length = "32"] = String(cidr).split("/");
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(numberOf(base) / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${length}`;
}

const groups = of("DescribeSecurityGroups").flatMap(({ data }) => listOf(data["SecurityGroups"]));

describe("what real EC2 answered", () => {
  it("is read, every rule of every group, and would be written again as it was", () => {
    const rules = groups.flatMap((group) => {
      const net = parsed({ groups: [group] });
      const written = net.groups.flatMap(({ ingress, egress }) =>
        [...ingress, ...egress].flatMap((permit) => split({ ...ipPermissionOf(permit) })),
      );
      const read = [...listOf(group["IpPermissions"]), ...listOf(group["IpPermissionsEgress"])].flatMap(split);
      expect(written.toSorted()).toEqual(read.toSorted());
      return written;
    });
    expect([groups.length > 100, rules.length > 200]).toEqual([true, true]);
  });

  it("is read, every machine that is not over and every interface with its addresses and groups", () => {
    const all = of("DescribeInstances").flatMap(({ data }) =>
      listOf(data["Reservations"]).flatMap((one) => listOf(one["Instances"])),
    );
    const isOver = (one: Json) => /terminated|shutting-down/.test(JSON.stringify(one["State"] ?? ""));
    for (const one of all) {
      const net = parsed({ reservations: [{ Instances: [one] }] });
      expect(net.instances.map(({ vm }) => vm.split("/")[1])).toEqual(isOver(one) ? [] : [one["InstanceId"]]);
    }
    const interfaces = of("DescribeNetworkInterfaces").flatMap(({ data }) => listOf(data["NetworkInterfaces"]));
    for (const one of interfaces) {
      const [read] = parsed({ interfaces: [one] }).interfaces;
      expect(read?.id).toBe(one["NetworkInterfaceId"]);
      expect(read?.groups).toEqual(listOf(one["Groups"]).map(({ GroupId }) => GroupId));
      const addresses = listOf(one["PrivateIpAddresses"]).map(({ PrivateIpAddress }) => PrivateIpAddress);
      expect(read?.addresses).toEqual(expect.arrayContaining(addresses));
    }
    expect([all.length > 100, interfaces.length > 20]).toEqual([true, true]);
  });

  it("is evaluated as its words say: who gets in by ranges, asked one source at a time", () => {
    const model = createAwsModel();
    const vm = VmRef.parse(`arn:aws:ec2:${REGION}:${ACCOUNT}:instance/i-00000000`);
    const destination = Address.parse("10.0.0.1");
    const asked = ["10.0.0.7", "192.0.2.1", "172.31.5.5", "8.8.8.8"];
    for (const group of groups) {
      const net = parsed({
        groups: [group],
        reservations: [{ Instances: [{ InstanceId: "i-00000000" }] }],
        interfaces: [
          {
            NetworkInterfaceId: "eni-1",
            PrivateIpAddress: destination,
            Attachment: { InstanceId: "i-00000000" },
            Groups: [{ GroupId: group["GroupId"] }],
          },
        ],
      });
      for (const source of asked)
        for (const at of [22, 80, 443, 3389]) {
          const isIn = listOf(group["IpPermissions"]).some((one) => letsIn(one, source, at));
          const reach = model.reachable(net, { vm, destination, port: port(at), protocol: "tcp" });
          const verdict = verdictAt(reach, Address.parse(source));
          // Others' members and prefix lists are not in the recording: nobody knows.
          const expected = isIn ? ["allowed"] : refersElsewhere(group) ? ["denied", "unknown"] : ["denied"];
          expect(expected).toContain(verdict);
        }
    }
  });

  it("comes out of the simulated EC2 and through the SDK with the same rules, and with no key that the SDK does not know", async () => {
    const clock = createVirtualClock();
    const { azure } = emptyWorld();
    for (const { data } of of("DescribeSecurityGroups")) {
      const simulator = await createSimulator({
        world: {
          azure,
          aws: {
            accounts: [
              { accountId: ACCOUNT, accessKeys: [KEY], regions: { [REGION]: { DescribeSecurityGroups: data } } },
            ],
          },
        },
        clock,
        auth: false,
      });
      const client = new EC2Client({
        region: REGION,
        endpoint: "http://ec2.test",
        credentials: { ...KEY },
        requestHandler: createFunctionTransport((request) => simulator.ec2(request)),
      });
      const { SecurityGroups = [] } = await client.send(new DescribeSecurityGroupsCommand({}));
      const { NetworkInterfaces } = await client.send(new DescribeNetworkInterfacesCommand({}));
      expect(NetworkInterfaces).toEqual([]);
      const recorded = listOf(data["SecurityGroups"]);
      expect(SecurityGroups.map(({ GroupId }) => GroupId ?? "").toSorted()).toEqual(
        recorded.map(({ GroupId }) => String(GroupId)).toSorted(),
      );
      for (const group of recorded) {
        const answered: Json = { ...SecurityGroups.find(({ GroupId }) => GroupId === group["GroupId"]) };
        expect(listOf(answered["IpPermissions"]).flatMap(split).toSorted()).toEqual(
          listOf(group["IpPermissions"]).flatMap(split).toSorted(),
        );
        expect(Object.keys(group).filter((key) => !(key in answered))).toEqual([]);
        for (const key of ["GroupName", "Description", "VpcId"]) expect(answered[key]).toEqual(group[key]);
      }
    }
  });

  it("has rules that EC2 holds to be the same only once in a group: what we take for one rule is one", () => {
    for (const group of groups) {
      const texts = parsed({ groups: [group] }).groups.flatMap(({ ingress }) => ingress.map(permitText));
      expect(new Set(texts).size).toBe(texts.length);
    }
  });
});

function letsIn(permission: Json, source: string, at: number): boolean {
  const protocol = String(permission["IpProtocol"]);
  const [from, to] = [Number(permission["FromPort"] ?? 0), Number(permission["ToPort"] ?? 65_535)];
  if (protocol !== "-1" && !(protocol === "tcp" && from <= at && at <= to)) return false;
  return listOf(permission["IpRanges"]).some(({ CidrIp }) => isInside(source, String(CidrIp)));
}

function isInside(source: string, cidr: string): boolean {
  const [base = "", length = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(length));
  return Math.floor(numberOf(source) / size) === Math.floor(numberOf(base) / size);
}

const refersElsewhere = (group: Json): boolean =>
  listOf(group["IpPermissions"]).some(
    (one) => listOf(one["UserIdGroupPairs"]).length + listOf(one["PrefixListIds"]).length > 0,
  );
