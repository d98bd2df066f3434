import { permissionsOf } from "../../world/aws/rule.ts";
import type { Rule } from "../../world/aws/rule.ts";
import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { found, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import { isRefusal } from "../refusal.ts";
import type { Names } from "../xml.ts";
import { peeringOf } from "../../world/aws/peering.ts";

const NAMES: Names = { StaleSecurityGroupSet: "staleSecurityGroupSet" };

/** Groups of a VPC with rules that name a group across a peering which is not there any more, and only those rules. */
export const DescribeStaleSecurityGroups: Action = {
  kind: "read",
  required: ["VpcId"],
  names: NAMES,
  run: (call) => {
    const { region, query } = call;
    const vpcs = found([query.text("VpcId") ?? ""], region.vpcs, kinds.vpc);
    if (isRefusal(vpcs)) return refused(vpcs);
    const isStale = ({ peer }: Rule): boolean => {
      if (peer.kind !== "group" || peer.vpcPeeringConnectionId === undefined) return false;
      const status = peeringOf(region, peer.vpcPeeringConnectionId)?.Status.Code ?? peer.peeringStatus;
      return status !== undefined && status !== "active";
    };
    const stale = [...region.groups.values()]
      .filter(({ about, rules }) => vpcs.some(({ VpcId }) => VpcId === about.VpcId) && rules.some(isStale))
      .map(({ about, rules }) => ({
        GroupId: about.GroupId,
        GroupName: about.GroupName,
        Description: about.Description,
        VpcId: about.VpcId,
        StaleIpPermissions: permissionsOf(rules.filter((rule) => !rule.isEgress && isStale(rule))),
        StaleIpPermissionsEgress: permissionsOf(rules.filter((rule) => rule.isEgress && isStale(rule))),
      }));
    return answerPage(
      pageOf(call, stale, ({ GroupId }) => GroupId, { most: 255 }),
      (StaleSecurityGroupSet) => ({ StaleSecurityGroupSet }),
    );
  },
};
