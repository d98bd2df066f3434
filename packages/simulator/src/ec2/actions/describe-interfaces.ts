import type { NetworkInterface } from "../../world/aws/describe.ts";
import { publicAddressesOf } from "../../world/aws/show.ts";
import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { filtered } from "../filters.ts";
import type { Fields } from "../filters.ts";
import { foundOrAll, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import { isRefusal } from "../refusal.ts";

const fields: Fields<NetworkInterface> = {
  "network-interface-id": (one) => [one.NetworkInterfaceId],
  "group-id": (one) => one.Groups.map(({ GroupId }) => GroupId),
  "group-name": (one) => one.Groups.map(({ GroupName }) => GroupName),
  "attachment.instance-id": (one) => [one.Attachment?.InstanceId],
  "attachment.device-index": (one) => [one.Attachment?.DeviceIndex],
  "attachment.status": (one) => [one.Attachment?.Status],
  "vpc-id": (one) => [one.VpcId],
  "subnet-id": (one) => [one.SubnetId],
  status: (one) => [one.Status],
  description: (one) => [one.Description],
  "private-ip-address": (one) => [one.PrivateIpAddress],
  "addresses.private-ip-address": (one) => one.PrivateIpAddresses.map((each) => each.PrivateIpAddress),
  "association.public-ip": publicAddressesOf,
  "ipv6-addresses.ipv6-address": (one) => one.Ipv6Addresses.map(({ Ipv6Address }) => Ipv6Address),
};

export const DescribeNetworkInterfaces: Action = {
  kind: "read",
  names: { NetworkInterfaces: ["networkInterfaceSet", { AssociatedSubnets: "associatedSubnetSet" }] },
  run: (call) => {
    const named = foundOrAll(call.query.texts("NetworkInterfaceId"), call.region.interfaces, kinds.interface);
    if (isRefusal(named)) return refused(named);
    const left = filtered(call.query, named, fields, (one) => one.TagSet);
    if (isRefusal(left)) return refused(left);
    const page = pageOf(call, left, (one) => one.NetworkInterfaceId, {
      parameter: "NetworkInterfaceId",
      called: "networkInterfaceIdSet",
    });
    return answerPage(page, (NetworkInterfaces) => ({ NetworkInterfaces }));
  },
};
