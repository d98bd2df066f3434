import type { AwsRegion } from "../../world/aws/region.ts";
import { interfacesOf } from "../../world/aws/region.ts";
import { publicAddressesOf } from "../../world/aws/show.ts";
import { fieldsOf } from "../filter-paths.ts";
import type { Fields } from "../filters.ts";
import { interfaceFields } from "./describe-interfaces.ts";

export type HeldInstance = AwsRegion["instances"] extends ReadonlyMap<string, infer V> ? V : never;

/** What the instance itself says; the names and what they look at are those of DescribeInstances' reference. */
const OWN = fieldsOf<HeldInstance["about"]>(
  [
    "architecture",
    "boot-mode",
    "capacity-reservation-id",
    "capacity-reservation-specification.capacity-reservation-preference",
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id",
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn",
    "client-token",
    "current-instance-boot-mode",
    "ebs-optimized",
    "ena-support",
    "enclave-options.enabled",
    "hibernation-options.configured",
    "hypervisor",
    "iam-instance-profile.arn",
    "iam-instance-profile.id",
    "image-id",
    "instance-id",
    "instance-lifecycle",
    "instance-type",
    "kernel-id",
    "key-name",
    "launch-time",
    "maintenance-options.auto-recovery",
    "metadata-options.http-endpoint",
    "metadata-options.http-protocol-ipv6",
    "metadata-options.http-put-response-hop-limit",
    "metadata-options.http-tokens",
    "metadata-options.instance-metadata-tags",
    "metadata-options.state",
    "network-performance-options.bandwidth-weighting",
    "operator.managed",
    "operator.principal",
    "outpost-arn",
    "platform",
    "platform-details",
    "private-dns-name",
    "private-dns-name-options.enable-resource-name-dns-a-record",
    "private-dns-name-options.hostname-type",
    "ramdisk-id",
    "root-device-name",
    "root-device-type",
    "source-dest-check",
    "spot-instance-request-id",
    "subnet-id",
    "tpm-support",
    "usage-operation",
    "usage-operation-update-time",
    "virtualization-type",
    "vpc-id",
  ],
  {
    affinity: "Placement.Affinity",
    "availability-zone": "Placement.AvailabilityZone",
    "availability-zone-id": "Placement.AvailabilityZoneId",
    "block-device-mapping.attach-time": "BlockDeviceMappings.Ebs.AttachTime",
    "block-device-mapping.delete-on-termination": "BlockDeviceMappings.Ebs.DeleteOnTermination",
    "block-device-mapping.device-name": "BlockDeviceMappings.DeviceName",
    "block-device-mapping.status": "BlockDeviceMappings.Ebs.Status",
    "block-device-mapping.volume-id": "BlockDeviceMappings.Ebs.VolumeId",
    "dns-name": "PublicDnsName",
    "host-id": "Placement.HostId",
    "instance-state-code": "State.Code",
    "instance-state-name": "State.Name",
    "launch-index": "AmiLaunchIndex",
    "metadata-options.http-protocol-ipv4": "MetadataOptions.HttpProtocolIpv4",
    "monitoring-state": "Monitoring.State",
    "placement-group-name": "Placement.GroupName",
    "placement-partition-number": "Placement.PartitionNumber",
    "private-dns-name-options.enable-resource-name-dns-aaaa-record":
      "PrivateDnsNameOptions.EnableResourceNameDnsAAAARecord",
    "product-code": "ProductCodes.ProductCodeId",
    "product-code.type": "ProductCodes.ProductCodeType",
    reason: "StateTransitionReason",
    "state-reason-code": "StateReason.Code",
    "state-reason-message": "StateReason.Message",
    tenancy: "Placement.Tenancy",
  },
);

/** Filters of DescribeInstances: on the instance, its reservation, and each of its interfaces. */
export function instanceFields(region: AwsRegion): Fields<HeldInstance> {
  const interfaces = ({ about }: HeldInstance) => interfacesOf(region, about.InstanceId);
  const primary = (held: HeldInstance) => interfaces(held).slice(0, 1);
  const each = Object.fromEntries(
    Object.entries(interfaceFields).map(([name, read]) => [
      name,
      (held: HeldInstance) => interfaces(held).flatMap(read),
    ]),
  );
  const onInterfaces = Object.fromEntries(
    Object.entries(each).map(([name, read]) => [`network-interface.${name}`, read]),
  );
  const own = Object.fromEntries(
    Object.entries(OWN).map(([name, read]) => [name, ({ about }: HeldInstance) => read(about)]),
  );
  return {
    ...onInterfaces,
    ...own,
    "instance.group-id": each["group-id"] ?? (() => []),
    "instance.group-name": each["group-name"] ?? (() => []),
    "private-ip-address": (held) => primary(held).map(({ PrivateIpAddress }) => PrivateIpAddress),
    "ip-address": (held) => primary(held).flatMap(publicAddressesOf),
    "ipv6-address": each["ipv6-addresses.ipv6-address"] ?? (() => []),
    "network-interface.ipv6-address": each["ipv6-addresses.ipv6-address"] ?? (() => []),
    "network-interface.tag-key": (held) => interfaces(held).flatMap(({ TagSet }) => TagSet.map(({ Key }) => Key)),
    "network-interface.tag-value": (held) => interfaces(held).flatMap(({ TagSet }) => TagSet.map(({ Value }) => Value)),
    "reservation-id": ({ reservation }) => [reservation.ReservationId],
    "requester-id": ({ reservation: { ["RequesterId"]: requester } }) => [
      typeof requester === "string" ? requester : undefined,
    ],
    "owner-id": ({ reservation }) => [reservation.OwnerId ?? region.accountId],
  };
}
