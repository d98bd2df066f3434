import { interfacesOf } from "../../world/aws/region.ts";
import { showInstance } from "../../world/aws/show.ts";
import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { found, kinds } from "../ids.ts";
import { invalid, isRefusal } from "../refusal.ts";

const unknown = (attribute: string) => refused(invalid(`Value (${attribute}) for parameter attribute is invalid.`));

export const DescribeNetworkInterfaceAttribute: Action = {
  kind: "read",
  required: ["NetworkInterfaceId", "Attribute"],
  run: ({ region, query }) => {
    const interfaces = found([query.text("NetworkInterfaceId") ?? ""], region.interfaces, kinds.interface);
    if (isRefusal(interfaces)) return refused(interfaces);
    const [one] = interfaces;
    const attribute = query.text("Attribute") ?? "";
    const NetworkInterfaceId = one?.NetworkInterfaceId;
    switch (attribute) {
      case "groupSet":
        return { answer: { NetworkInterfaceId, Groups: one?.Groups } };
      case "description":
        return { answer: { NetworkInterfaceId, Description: { Value: one?.Description } } };
      case "sourceDestCheck":
        return { answer: { NetworkInterfaceId, SourceDestCheck: { Value: one?.SourceDestCheck } } };
      case "attachment":
        return { answer: { NetworkInterfaceId, Attachment: one?.Attachment } };
      default:
        return unknown(attribute);
    }
  },
};

/** Attributes that the answer wraps as `{ Value }`, and the member that holds them. */
const VALUES: Readonly<Record<string, string>> = {
  ebsOptimized: "EbsOptimized",
  enaSupport: "EnaSupport",
  instanceType: "InstanceType",
  kernel: "KernelId",
  ramdisk: "RamdiskId",
  rootDeviceName: "RootDeviceName",
};

export const DescribeInstanceAttribute: Action = {
  kind: "read",
  names: {
    BlockDeviceMappings: "blockDeviceMapping",
    KernelId: "kernel",
    ProductCodes: ["productCodes", { ProductCodeId: "productCode", ProductCodeType: "type" }],
    RamdiskId: "ramdisk",
  },
  required: ["InstanceId", "Attribute"],
  run: ({ region, query }) => {
    const id = query.text("InstanceId") ?? "";
    const instances = found([id], region.instances, kinds.instance);
    if (isRefusal(instances)) return refused(instances);
    const attribute = query.text("Attribute") ?? "";
    const [primary] = interfacesOf(region, id);
    const member = VALUES[attribute];
    if (member !== undefined)
      return { answer: { InstanceId: id, [member]: { Value: showInstance(region, id)[member] } } };
    switch (attribute) {
      case "groupSet":
        return { answer: { InstanceId: id, Groups: primary?.Groups ?? [] } };
      case "sourceDestCheck":
        return { answer: { InstanceId: id, SourceDestCheck: { Value: primary?.SourceDestCheck } } };
      case "disableApiTermination":
        return { answer: { InstanceId: id, DisableApiTermination: { Value: false } } };
      default:
        return unknown(attribute);
    }
  },
};
