import { createHmac } from "node:crypto";
import { quietLog } from "@sallyport/backbone";
import type { CloudUnderTest } from "@sallyport/cloud/conformance";
import { Address, ObjectId, VmRef, port } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";
import { createAwsModel, signedText } from "@sallyport/domain";
import type { AwsModelOptions, AwsNet, AwsRule, Seal } from "@sallyport/domain";
import { Fault, createSimulator, emptyWorld } from "@sallyport/simulator";
import type { FaultInput } from "@sallyport/simulator";
import { createVirtualClock } from "@sallyport/testkit";
import { createAwsNetwork } from "./aws-network.ts";
import { createFunctionTransport } from "./function-transport.ts";
import type { Role } from "./role-policy.ts";
import type { AwsAccount, AwsSettings } from "./settings.ts";

export const ACCOUNT = "210987654321";
export const REGION = "eu-central-1";
const VPC = "vpc-0000000000000c0f1";
export const vmOf = (n: number): VmRef =>
  VmRef.parse(`arn:aws:ec2:${REGION}:${ACCOUNT}:instance/i-0000000000000c0f${n}`);
export const eni = (n: number): ObjectId => ObjectId.parse(`eni-0000000000000c0f${n}`);
export const sg = (name: "app" | "base" | "ref"): ObjectId => ObjectId.parse(`sg-00000000000000${name}`);

/** With the caller's key: enforcement's signer does the same. */
export const seal: Seal = {
  sign: (claim, place) => ({ claim, keyId: "k1", signature: hmac(signedText(claim, place)) }),
  verifies: (mark, place) => mark.signature === hmac(signedText(mark.claim, place)),
};
const hmac = (text: string): string =>
  createHmac("sha256", "a key for tests").update(text).digest().subarray(0, 16).toString("base64url");

export const KEY = { accessKeyId: "AKIATEST", secretAccessKey: "a secret for tests" };
/** Whoever holds the key may become this, if he knows the external id. */
export const ROLE = {
  RoleName: "sallyport",
  RoleId: "AROATEST",
  Arn: `arn:aws:iam::${ACCOUNT}:role/sallyport`,
  AssumeRolePolicyDocument: {
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: ["sts:AssumeRole", "sts:SetSourceIdentity"],
        Condition: { StringEquals: { "sts:ExternalId": "tenant-1" } },
      },
    ],
  },
};

const detailsOf = ({ policy, trust }: Role) => ({
  GetAccountAuthorizationDetails: {
    RoleDetailList: [
      {
        ...ROLE,
        AssumeRolePolicyDocument: trust,
        RolePolicyList: [{ PolicyName: "sallyport", PolicyDocument: policy }],
      },
    ],
  },
});

export interface Parts {
  /** Groups of the first instance's interface; the second instance is in `base` alone. */
  readonly groups?: readonly ObjectId[];
  readonly isDefaultVpc?: boolean;
  /** Inbound rules of `app`. */
  readonly app?: readonly object[];
  /** Of the prefix list; none where AWS manages it. */
  readonly listVersion?: number;
  /** Nothing but HTTPS may leave. */
  readonly narrowEgress?: boolean;
  /** What the adapter is told of the account, beside its id and regions; its own key when absent. */
  readonly access?: Omit<AwsAccount, "accountId" | "regions">;
  /** What the role may do, enforced, and who may become it; one that may do everything, when absent. */
  readonly role?: Role;
  /** When the world's time begins; the SDK keeps a session until the machine's own clock says that it has ended. */
  readonly start?: Instant;
  /** How grants end, and the account's quotas. */
  readonly model?: AwsModelOptions;
  /** What EC2 is believed to grant. */
  readonly throttling?: AwsSettings["throttling"];
}

/** The one prefix list of the region, and what is in it. */
export const PREFIX_LIST = { id: "pl-0000000000000c0f1", cidr: "192.0.2.0/28" } as const;

const fromNet = (cidr: string, from: number, to: number) => ({
  IpProtocol: "tcp",
  FromPort: from,
  ToPort: to,
  IpRanges: [{ CidrIp: cidr, Description: "the office" }],
});
const OUT = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];

/** Two instances in one VPC; the ports of the first are open to the office by a rule that is far too wide. */
function documents({ groups = [sg("app")], isDefaultVpc = false, app, narrowEgress = false, listVersion }: Parts) {
  const egress = narrowEgress ? [fromNet("0.0.0.0/0", 443, 443)] : OUT;
  const named = (ids: readonly ObjectId[]) =>
    ids.map((GroupId) => ({ GroupId, GroupName: GroupId.replace("sg-00000000000000", "") }));
  const group = (name: "app" | "base" | "ref", IpPermissions: readonly object[]) => ({
    GroupId: sg(name),
    GroupName: name,
    Description: name,
    VpcId: VPC,
    OwnerId: ACCOUNT,
    Tags: [{ Key: "team", Value: "shop" }],
    IpPermissions,
    IpPermissionsEgress: egress,
  });
  const at = (n: number, ids: readonly ObjectId[]) => ({
    NetworkInterfaceId: eni(n),
    VpcId: VPC,
    SubnetId: "subnet-0000000000000c0f1",
    PrivateIpAddress: `10.7.0.1${n}`,
    PrivateIpAddresses: [{ PrivateIpAddress: `10.7.0.1${n}`, Association: { PublicIp: `192.0.2.1${n}` } }],
    Association: { PublicIp: `192.0.2.1${n}` },
    Attachment: { InstanceId: vmOf(n).split("/")[1], DeviceIndex: 0, Status: "attached" },
    Groups: named(ids),
    Status: "in-use",
  });
  const instance = (n: number) => ({
    InstanceId: vmOf(n).split("/")[1],
    VpcId: VPC,
    Tags: [{ Key: "Name", Value: `shop-${n}` }],
  });
  return {
    DescribeInstances: {
      Reservations: [{ ReservationId: "r-1", OwnerId: ACCOUNT, Instances: [instance(1), instance(2)] }],
    },
    DescribeNetworkInterfaces: { NetworkInterfaces: [at(1, groups), at(2, [sg("base")])] },
    DescribeSecurityGroups: {
      SecurityGroups: [
        group("app", app ?? [fromNet("198.51.100.0/24", 0, 1000), fromNet("0.0.0.0/0", 8080, 8080)]),
        group("base", [fromNet("198.51.100.0/24", 22, 22), fromNet("198.51.100.0/24", 443, 443)]),
        group("ref", []),
      ],
    },
    DescribeManagedPrefixLists: {
      PrefixLists: [
        { PrefixListId: PREFIX_LIST.id, MaxEntries: 5, Version: listVersion, Entries: [{ Cidr: PREFIX_LIST.cidr }] },
      ],
    },
    DescribeVpcs: { Vpcs: [{ VpcId: VPC, CidrBlock: "10.7.0.0/16", IsDefault: isDefaultVpc }] },
    DescribeSubnets: { Subnets: [{ SubnetId: "subnet-0000000000000c0f1", VpcId: VPC, CidrBlock: "10.7.0.0/24" }] },
  };
}

export interface Call {
  readonly action: string;
  readonly isWrite: boolean;
  /** What it says beside its action. */
  readonly params: URLSearchParams;
  /** The key it is signed with. */
  readonly accessKeyId: string;
}

export interface AwsUnderTest extends CloudUnderTest<AwsNet, AwsRule> {
  readonly calls: readonly Call[];
  /** Adds to the world's script of trouble. */
  readonly trouble: (...faults: readonly FaultInput[]) => void;
  readonly outsider: (
    action: string,
    params: Readonly<Record<string, string>>,
    duringNextWriteTo?: string,
  ) => Promise<void>;
  /** Happens once, right after EC2 has carried out the next call of this action and before its answer arrives. */
  readonly after: (action: string, happens: () => Promise<void>) => void;
  /** Opens a connection to the port and tells how it fares; throws when it is not reachable. */
  readonly connect: (source: string) => () => "established" | "cut" | undefined;
  /** Groups of the first instance's interface, by name. */
  readonly attached: () => readonly string[];
  readonly pass: (ms: number) => Promise<void>;
  /** Who wrote, as the account's own trail shows it. */
  readonly trail: () => readonly { readonly arn: string | undefined; readonly sourceIdentity: string | undefined }[];
}

const isWrite = (action: string): boolean => !/^(Describe|Get|Assume)/.test(action);

/** The adapter with the SDK as everybody has it, over the simulated EC2 in this process, on a virtual clock. */
export async function anAws(parts: Parts = {}): Promise<AwsUnderTest> {
  const clock = createVirtualClock(parts.start);
  const { azure } = emptyWorld();
  const simulator = await createSimulator({
    world: {
      azure,
      aws: {
        accounts: [
          {
            accountId: ACCOUNT,
            accessKeys: [KEY],
            ...(parts.role === undefined ? { ListRoles: { Roles: [ROLE] } } : detailsOf(parts.role)),
            regions: { [REGION]: documents(parts) },
          },
        ],
      },
    },
    clock,
    auth: true,
    signersNow: () => Date.now(), // the SDK signs by the machine's own clock
  });
  const calls: Call[] = [];
  let next: FaultInput["effect"] | undefined;
  const later = new Map<string, () => Promise<void>>();
  const addFaults = (faults: readonly FaultInput[]) => {
    const misunderstood = simulator.control.setFaults(faults.map((fault) => Fault.parse(fault)));
    if (misunderstood !== undefined) throw new Error(misunderstood.misunderstood);
  };
  const requestHandler = createFunctionTransport(async (request) => {
    const params = new URLSearchParams(request.body);
    const action = params.get("Action") ?? "";
    const accessKeyId = /Credential=([^/]+)/.exec(request.headers["authorization"] ?? "")?.[1] ?? "";
    calls.push({ action, isWrite: isWrite(action), params, accessKeyId });
    if (isWrite(action) && next !== undefined) {
      addFaults([{ match: { cloud: "aws", method: action }, effect: next }]);
      next = undefined;
    }
    const answer = await simulator.ec2(request);
    const happens = later.get(action);
    later.delete(action);
    await happens?.();
    return answer;
  });
  const network = createAwsNetwork({
    clock,
    settings: {
      endpoint: "http://ec2.test",
      throttling: parts.throttling,
      accounts: [
        {
          accountId: ACCOUNT,
          regions: [REGION],
          ...(parts.access ?? { credentials: KEY }),
        },
      ],
    },
    requestHandler,
    log: quietLog,
  });
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false;
    const done = work.finally(() => {
      isOver = true;
    });
    done.catch(() => undefined);
    for (let step = 0; !isOver && step < 2000; step += 1) await clock.pass(50);
    return done;
  };
  const outsider: AwsUnderTest["outsider"] = async (action, params, duringNextWriteTo) => {
    const edit = { cloud: "aws" as const, region: REGION, action, params };
    const answer = await simulator.control.outsider({
      edit,
      ...(duringNextWriteTo !== undefined && { duringNextWriteTo }),
    });
    if (answer === "planned") return;
    if ("misunderstood" in answer || answer.status !== 200) throw new Error(JSON.stringify(answer));
  };
  const region = (): Region => Region(simulator.documents());
  return {
    network,
    model: createAwsModel(parts.model),
    seal,
    vm: vmOf(1),
    port: port(22),
    otherPort: port(443),
    insider: Address.parse("198.51.100.7"),
    guest: Address.parse("203.0.113.7"),
    stranger: Address.parse("203.0.113.8"),
    missing: { vm: vmOf(9), object: ObjectId.parse("sg-0000000000000gone") },
    during,
    calls,
    trouble: (...faults) => addFaults(faults),
    outsider,
    after: (action, happens) => {
      later.set(action, happens);
    },
    connect: (source) => {
      const opened = simulator.control.openFlow({ vm: vmOf(1), port: 22, source });
      if (!("flow" in opened)) throw new Error(`${source} does not get in`);
      const { id } = opened.flow;
      return () => simulator.control.flow(id)?.state;
    },
    attached: () => region().attached,
    pass: (ms) => clock.pass(ms),
    trail: () =>
      simulator.control.history().map(({ caller }) => ({ arn: caller.arn, sourceIdentity: caller.sourceIdentity })),
    world: {
      reachable: async (vm, at, source) => {
        const reach = simulator.control.reachable({ vm, port: at, source });
        return "verdict" in reach && reach.verdict === "allowed";
      },
      foreign: async () => region().foreign,
      loseNextReply: () => {
        next = { kind: "lose-reply" };
      },
      throttleNextWrite: () => {
        next = { kind: "status", status: 503, code: "RequestLimitExceeded" };
      },
      neighbourWrites: () =>
        outsider("AuthorizeSecurityGroupIngress", {
          GroupId: sg("app"),
          "IpPermissions.1.IpProtocol": "tcp",
          "IpPermissions.1.FromPort": "9090",
          "IpPermissions.1.ToPort": "9090",
          "IpPermissions.1.IpRanges.1.CidrIp": "198.51.100.0/24",
        }),
      calls: () => calls.length,
    },
  };
}

interface Region {
  readonly foreign: unknown;
  readonly attached: readonly string[];
}

/** What the world holds beside us: every rule but for its id, and who is in which group. */
function Region(world: unknown): Region {
  const text = JSON.stringify(world);
  const read: {
    aws: {
      accounts: {
        regions: Record<
          string,
          {
            DescribeSecurityGroups: { SecurityGroups: { GroupId: string; GroupName: string }[] };
            DescribeSecurityGroupRules: { SecurityGroupRules: Record<string, unknown>[] };
            DescribeNetworkInterfaces: {
              NetworkInterfaces: { NetworkInterfaceId: string; Groups: { GroupName: string }[] }[];
            };
          }
        >;
      }[];
    };
  } = JSON.parse(text);
  const region = read.aws.accounts[0]?.regions[REGION];
  if (region === undefined) throw new Error("the world has lost its region");
  const isOurs = (name: string) => name.startsWith("sallyport-");
  const groups = region.DescribeSecurityGroups.SecurityGroups.filter(({ GroupName }) => !isOurs(GroupName));
  const ids = new Set(groups.map(({ GroupId }) => GroupId));
  const rules = region.DescribeSecurityGroupRules.SecurityGroupRules.filter(({ GroupId }) =>
    ids.has(String(GroupId)),
  ).map(({ SecurityGroupRuleId: _id, SecurityGroupRuleArn: _arn, ...rule }) => JSON.stringify(rule));
  const interfaces = region.DescribeNetworkInterfaces.NetworkInterfaces.map(({ NetworkInterfaceId, Groups }) => ({
    NetworkInterfaceId,
    groups: Groups.map(({ GroupName }) => GroupName).toSorted(),
  }));
  return {
    foreign: {
      groups: groups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName })),
      rules: rules.toSorted(),
      interfaces: interfaces.map((one) => ({ ...one, groups: one.groups.filter((name) => !isOurs(name)) })),
    },
    attached: interfaces[0]?.groups ?? [],
  };
}
