import { interfacesOf } from "../../world/aws/region.ts";
import { publicAddressesOf, showReservations } from "../../world/aws/show.ts";
import type { Action, ActionCall } from "../action.ts";
import { refused } from "../action.ts";
import { filtered } from "../filters.ts";
import { foundOrAll, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import { isRefusal } from "../refusal.ts";
import type { Names } from "../xml.ts";
import type { Fields } from "../filters.ts";

type Held = ActionCall["region"]["instances"] extends ReadonlyMap<string, infer V> ? V : never;

const fieldsFor = ({ region }: ActionCall): Fields<Held> => {
  const interfaces = ({ about }: Held) => interfacesOf(region, about.InstanceId);
  const groups = (held: Held) => interfaces(held).flatMap(({ Groups }) => Groups);
  return {
    "instance-id": ({ about }) => [about.InstanceId],
    "instance-state-name": ({ about }) => [about.State.Name],
    "instance-state-code": ({ about }) => [about.State.Code],
    "instance-type": ({ about }) => [about.InstanceType],
    platform: ({ about }) => [about.Platform],
    "vpc-id": ({ about }) => [about.VpcId],
    "subnet-id": ({ about }) => [about.SubnetId],
    "private-ip-address": (held) =>
      interfaces(held)
        .slice(0, 1)
        .map(({ PrivateIpAddress }) => PrivateIpAddress),
    "ip-address": (held) => interfaces(held).slice(0, 1).flatMap(publicAddressesOf),
    "instance.group-id": groupIdsOf(groups),
    "network-interface.group-id": groupIdsOf(groups),
    "instance.group-name": (held) => groups(held).map(({ GroupName }) => GroupName),
    "network-interface.network-interface-id": (held) => interfaces(held).map((one) => one.NetworkInterfaceId),
    "reservation-id": ({ reservation }) => [reservation.ReservationId],
    "owner-id": ({ reservation }) => [reservation.OwnerId ?? region.accountId],
  };
};

const groupIdsOf =
  (groups: (held: Held) => readonly { readonly GroupId: string }[]) =>
  (held: Held): readonly string[] =>
    groups(held).map(({ GroupId }) => GroupId);

const NAMES: Names = {
  Reservations: [
    "reservationSet",
    {
      Instances: [
        "instancesSet",
        {
          SecurityGroups: "groupSet",
          BlockDeviceMappings: "blockDeviceMapping",
          ElasticGpuAssociations: "elasticGpuAssociationSet",
          ElasticInferenceAcceleratorAssociations: "elasticInferenceAcceleratorAssociationSet",
          Licenses: "licenseSet",
          State: "instanceState",
          PublicDnsName: "dnsName",
          StateTransitionReason: "reason",
          PublicIpAddress: "ipAddress",
          SecondaryInterfaces: ["secondaryInterfaceSet", { PrivateIpAddresses: "privateIpAddressSet" }],
          Monitoring: ["monitoring", { MetricCategoryIds: "metricCategoryIdSet" }],
          ProductCodes: ["productCodes", { ProductCodeId: "productCode", ProductCodeType: "type" }],
        },
      ],
    },
  ],
};

export const DescribeInstances: Action = {
  kind: "read",
  names: NAMES,
  run: (call) => {
    const named = foundOrAll(call.query.texts("InstanceId"), call.region.instances, kinds.instance);
    if (isRefusal(named)) return refused(named);
    const left = filtered(call.query, named, fieldsFor(call), ({ about }) => about.Tags);
    if (isRefusal(left)) return refused(left);
    const page = pageOf(call, left, ({ about }) => about.InstanceId, {
      parameter: "InstanceId",
      called: "instancesSet",
    });
    return answerPage(page, (items) => ({
      Reservations: showReservations(
        call.region,
        items.map(({ about }) => about.InstanceId),
      ),
    }));
  },
};
