import { demoId } from "./demo-networks.ts";
import type { demoNetworks } from "./demo-networks.ts";

export interface DemoInstance {
  readonly name: string;
  /** Numbers ids and addresses. */
  readonly n: number;
  readonly subnet: string;
  readonly groups: readonly string[];
  readonly publicIp?: string;
  readonly ipv6?: string;
  readonly platform?: "windows";
  readonly state?: "running" | "stopped";
  /** A further interface, without a public address. */
  readonly second?: { readonly subnet: string; readonly groups: readonly string[] };
}

type Networks = ReturnType<typeof demoNetworks>;
const LAUNCHED = "2026-01-05T08:00:00.000Z";

/** What EC2 answers of every t3.small that was launched with nothing else said. */
const AS_LAUNCHED = {
  CapacityReservationSpecification: { CapacityReservationPreference: "open" },
  CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
  EnclaveOptions: { Enabled: false },
  HibernationOptions: { Configured: false },
  MaintenanceOptions: { AutoRecovery: "default" },
  MetadataOptions: {
    State: "applied",
    HttpTokens: "required",
    HttpPutResponseHopLimit: 2,
    HttpEndpoint: "enabled",
    HttpProtocolIpv6: "disabled",
    InstanceMetadataTags: "disabled",
  },
  PrivateDnsNameOptions: {
    HostnameType: "ip-name",
    EnableResourceNameDnsARecord: false,
    EnableResourceNameDnsAAAARecord: false,
  },
} as const;

export function demoInstance(one: DemoInstance, networks: Networks): object {
  const [primary] = demoInterface(one, networks);
  const state = one.state ?? "running";
  const subnet = networks.subnet(one.subnet);
  return {
    ReservationId: demoId("r", one.n),
    OwnerId: networks.accountId,
    Groups: [],
    Instances: [
      {
        AmiLaunchIndex: 0,
        Architecture: "x86_64",
        BlockDeviceMappings: [
          {
            DeviceName: "/dev/xvda",
            Ebs: {
              AttachTime: LAUNCHED,
              DeleteOnTermination: true,
              Status: "attached",
              VolumeId: demoId("vol", one.n),
            },
          },
        ],
        ...AS_LAUNCHED,
        ClientToken: "",
        EbsOptimized: false,
        EnaSupport: true,
        Hypervisor: "xen",
        ImageId: one.platform === "windows" ? "ami-05a11000000000001" : "ami-05a11000000000002",
        InstanceId: demoId("i", one.n),
        InstanceType: "t3.small",
        LaunchTime: LAUNCHED,
        Monitoring: { State: "disabled" },
        Placement: { AvailabilityZone: `${networks.region}${subnet.zone}`, GroupName: "", Tenancy: "default" },
        ...(one.platform !== undefined && { Platform: one.platform }),
        PlatformDetails: one.platform === "windows" ? "Windows" : "Linux/UNIX",
        UsageOperation: one.platform === "windows" ? "RunInstances:0002" : "RunInstances",
        UsageOperationUpdateTime: LAUNCHED,
        PrivateDnsName: `ip-${primary?.PrivateIpAddress.replaceAll(".", "-") ?? ""}.${networks.region}.compute.internal`,
        PrivateIpAddress: primary?.PrivateIpAddress,
        ProductCodes: [],
        PublicDnsName: "",
        RootDeviceName: "/dev/xvda",
        RootDeviceType: "ebs",
        SourceDestCheck: true,
        State: state === "running" ? { Code: 16, Name: "running" } : { Code: 80, Name: "stopped" },
        StateTransitionReason: state === "running" ? "" : "User initiated (2026-01-20 18:00:00 GMT)",
        SubnetId: subnet.id,
        Tags: [{ Key: "Name", Value: one.name }],
        VirtualizationType: "hvm",
        VpcId: subnet.vpc,
      },
    ],
  };
}

export function demoInterface(one: DemoInstance, networks: Networks) {
  const first = { subnet: one.subnet, groups: one.groups, publicIp: one.publicIp, ipv6: one.ipv6 };
  const second = one.second && { ...one.second, publicIp: undefined, ipv6: undefined };
  return [first, ...(second === undefined ? [] : [second])].map(({ subnet: id, groups, publicIp, ipv6 }, index) => {
    const subnet = networks.subnet(id);
    const address = `${subnet.cidr.split(".").slice(0, 3).join(".")}.${one.n + 10}`;
    const association =
      publicIp === undefined
        ? {}
        : { Association: { IpOwnerId: networks.accountId, PublicDnsName: "", PublicIp: publicIp } };
    return {
      NetworkInterfaceId: demoId("eni", one.n * 16 + index),
      VpcId: subnet.vpc,
      SubnetId: subnet.id,
      AvailabilityZone: `${networks.region}${subnet.zone}`,
      OwnerId: networks.accountId,
      Description: index === 0 ? "" : "second interface",
      InterfaceType: "interface",
      MacAddress: `06:5a:11:00:${String(index).padStart(2, "0")}:${one.n.toString(16).padStart(2, "0")}`,
      PrivateIpAddress: address,
      PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: address, ...association }],
      Ipv6Addresses: ipv6 === undefined ? [] : [{ Ipv6Address: ipv6, IsPrimaryIpv6: false }],
      ...association,
      Attachment: {
        AttachTime: LAUNCHED,
        AttachmentId: demoId("eni-attach", one.n * 16 + index),
        DeleteOnTermination: index === 0,
        DeviceIndex: index,
        InstanceId: demoId("i", one.n),
        InstanceOwnerId: networks.accountId,
        NetworkCardIndex: 0,
        Status: "attached",
      },
      Groups: groups.map((name) => ({ GroupId: networks.groupId(name, subnet.vpc), GroupName: name })),
      RequesterManaged: false,
      SourceDestCheck: true,
      Status: "in-use",
      TagSet: [],
    };
  });
}
