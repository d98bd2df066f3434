import { interfacesOf, withEntry } from "../../world/aws/region.ts";
import type { AwsRegion } from "../../world/aws/region.ts";
import type { GroupIdentifier, NetworkInterface } from "../../world/aws/describe.ts";
import type { Action, Outcome } from "../action.ts";
import { done, refused } from "../action.ts";
import { found, kinds } from "../ids.ts";
import { isRefusal, missing, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";

const ATTRIBUTES = ["SecurityGroupId", "Description.Value", "SourceDestCheck.Value"] as const;

/** One attribute per call. `Groups` replaces the whole list, whatever others have put there meanwhile (P20). */
export const ModifyNetworkInterfaceAttribute: Action = {
  kind: "write",
  required: ["NetworkInterfaceId"],
  object: "NetworkInterfaceId",
  run: ({ region, query }) => {
    const interfaces = found([query.text("NetworkInterfaceId") ?? ""], region.interfaces, kinds.interface);
    if (isRefusal(interfaces)) return refused(interfaces);
    const [one] = interfaces;
    if (one === undefined) return refused(missing("networkInterfaceId"));
    const given = ATTRIBUTES.filter((name) => query.has(name));
    if (given.length !== 1)
      return refused(
        refuse(
          "InvalidParameterCombination",
          given.length === 0 ? "No attributes specified." : "Fields for multiple attribute types specified",
        ),
      );
    if (given.includes("SecurityGroupId")) return withGroups(region, one, query.texts("SecurityGroupId"));
    return given.includes("Description.Value")
      ? withInterface(region, { ...one, Description: query.text("Description.Value") ?? "" })
      : withInterface(region, { ...one, SourceDestCheck: query.text("SourceDestCheck.Value") === "true" });
  },
};

const withInterface = (region: AwsRegion, one: NetworkInterface): Outcome =>
  done({ ...region, interfaces: withEntry(region.interfaces, one.NetworkInterfaceId, one) });

function withGroups(region: AwsRegion, one: NetworkInterface, ids: readonly string[]): Outcome {
  const groups = found([...new Set(ids)], region.groups, kinds.group);
  if (isRefusal(groups)) return refused(groups);
  if (groups.length > region.quotas.groupsPerInterface)
    return refused(
      refuse(
        "SecurityGroupsPerInterfaceLimitExceeded",
        "The maximum number of security groups per interface has been reached.",
      ),
    );
  if (groups.some(({ about }) => about.VpcId !== one.VpcId))
    return refused(
      refuse("InvalidParameterValue", "You have specified two resources that belong to different networks."),
    );
  const Groups = groups.map(({ about }): GroupIdentifier => ({ GroupId: about.GroupId, GroupName: about.GroupName }));
  return withInterface(region, { ...one, Groups });
}

/** Only the groups of an instance with a single interface; other attributes are not simulated. */
export const ModifyInstanceAttribute: Action = {
  kind: "write",
  required: ["InstanceId", "GroupId"],
  object: "InstanceId",
  run: ({ region, query }) => {
    const id = query.text("InstanceId") ?? "";
    const instances = found([id], region.instances, kinds.instance);
    if (isRefusal(instances)) return refused(instances);
    const [first, ...more] = interfacesOf(region, id);
    if (first === undefined || more.length > 0) return refused(noSingleInterface(id, first === undefined));
    return withGroups(region, first, query.texts("GroupId"));
  },
};

const noSingleInterface = (id: string, none: boolean): Refusal =>
  none
    ? refuse("IncorrectInstanceState", `The instance '${id}' has no network interface`)
    : refuse(
        "InvalidInstanceID",
        `There are multiple interfaces attached to instance '${id}'. Please specify an interface ID for the operation instead.`,
      );
