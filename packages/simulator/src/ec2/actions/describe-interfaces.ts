import type { NetworkInterface } from "../../world/aws/describe.ts";
import { publicAddressesOf } from "../../world/aws/show.ts";
import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { fieldsOf } from "../filter-paths.ts";
import { filtered } from "../filters.ts";
import type { Fields } from "../filters.ts";
import { foundOrAll, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import { isRefusal } from "../refusal.ts";

/** What the filters of DescribeNetworkInterfaces look at; DescribeInstances has them too, as `network-interface.…`. */
export const interfaceFields: Fields<NetworkInterface> = {
  ...fieldsOf<NetworkInterface>(
    [
      "association.allocation-id",
      "association.association-id",
      "association.carrier-ip",
      "association.customer-owned-ip",
      "association.ip-owner-id",
      "association.public-dns-name",
      "attachment.attach-time",
      "attachment.attachment-id",
      "attachment.delete-on-termination",
      "attachment.device-index",
      "attachment.instance-id",
      "attachment.instance-owner-id",
      "attachment.network-card-index",
      "attachment.status",
      "availability-zone",
      "availability-zone-id",
      "deny-all-igw-traffic",
      "description",
      "interface-type",
      "ipv6-addresses.ipv6-address",
      "ipv6-addresses.is-primary-ipv6",
      "ipv6-native",
      "ipv6-prefixes.ipv6-prefix",
      "ipv4-prefixes.ipv4-prefix",
      "mac-address",
      "network-interface-id",
      "operator.managed",
      "operator.principal",
      "outpost-arn",
      "owner-id",
      "private-dns-name",
      "private-ip-address",
      "public-dns-name",
      "requester-id",
      "requester-managed",
      "source-dest-check",
      "status",
      "subnet-id",
      "vpc-id",
    ],
    {
      "addresses.association.allocation-id": "PrivateIpAddresses.Association.AllocationId",
      "addresses.association.association-id": "PrivateIpAddresses.Association.AssociationId",
      "addresses.association.carrier-ip": "PrivateIpAddresses.Association.CarrierIp",
      "addresses.association.customer-owned-ip": "PrivateIpAddresses.Association.CustomerOwnedIp",
      "addresses.association.ip-owner-id": "PrivateIpAddresses.Association.IpOwnerId",
      "addresses.association.owner-id": "PrivateIpAddresses.Association.IpOwnerId",
      "addresses.association.public-dns-name": "PrivateIpAddresses.Association.PublicDnsName",
      "addresses.association.public-ip": "PrivateIpAddresses.Association.PublicIp",
      "addresses.primary": "PrivateIpAddresses.Primary",
      "addresses.private-dns-name": "PrivateIpAddresses.PrivateDnsName",
      "addresses.private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
      "group-id": "Groups.GroupId",
      "group-name": "Groups.GroupName",
    },
  ),
  "association.public-ip": publicAddressesOf,
};

export const DescribeNetworkInterfaces: Action = {
  kind: "read",
  names: { NetworkInterfaces: ["networkInterfaceSet", { AssociatedSubnets: "associatedSubnetSet" }] },
  run: (call) => {
    const named = foundOrAll(call.query.texts("NetworkInterfaceId"), call.region.interfaces, kinds.interface);
    if (isRefusal(named)) return refused(named);
    const left = filtered(call.query, named, interfaceFields, (one) => one.TagSet);
    if (isRefusal(left)) return refused(left);
    const page = pageOf(call, left, (one) => one.NetworkInterfaceId, {
      alone: { parameter: "NetworkInterfaceId", called: "networkInterfaceIdSet" },
    });
    return answerPage(page, (NetworkInterfaces) => ({ NetworkInterfaces }));
  },
};
