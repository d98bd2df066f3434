import { showReservations } from "../../world/aws/show.ts";
import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { filtered } from "../filters.ts";
import { foundOrAll, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import { isRefusal } from "../refusal.ts";
import type { Names } from "../xml.ts";
import { instanceFields } from "./instance-filters.ts";

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
    const left = filtered(call.query, named, instanceFields(call.region), ({ about }) => about.Tags);
    if (isRefusal(left)) return refused(left);
    const page = pageOf(call, left, ({ about }) => about.InstanceId, {
      unasked: 1000,
      alone: { parameter: "InstanceId", called: "instancesSet" },
    });
    return answerPage(page, (items) => ({
      Reservations: showReservations(
        call.region,
        items.map(({ about }) => about.InstanceId),
      ),
    }));
  },
};
