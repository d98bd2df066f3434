import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { fieldsOf } from "../filter-paths.ts";
import { filtered } from "../filters.ts";
import { found, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import { isRefusal } from "../refusal.ts";

/** Groups that an interface in the VPC can have: its own, as no group is associated with a second VPC here. */
export const GetSecurityGroupsForVpc: Action = {
  kind: "read",
  required: ["VpcId"],
  names: { SecurityGroupForVpcs: "securityGroupForVpcSet" },
  run: (call) => {
    const { region, query } = call;
    const vpcs = found([query.text("VpcId") ?? ""], region.vpcs, kinds.vpc);
    if (isRefusal(vpcs)) return refused(vpcs);
    const groups = [...region.groups.values()]
      .filter(({ about }) => vpcs.some(({ VpcId }) => VpcId === about.VpcId))
      .map(({ about }) => ({
        GroupId: about.GroupId,
        GroupName: about.GroupName,
        Description: about.Description,
        OwnerId: about.OwnerId ?? region.accountId,
        PrimaryVpcId: about.VpcId,
        Tags: about.Tags,
      }));
    const fields = fieldsOf<(typeof groups)[number]>([
      "description",
      "group-id",
      "group-name",
      "owner-id",
      "primary-vpc-id",
    ]);
    const left = filtered(query, groups, fields, ({ Tags }) => Tags);
    if (isRefusal(left)) return refused(left);
    return answerPage(
      pageOf(call, left, ({ GroupId }) => GroupId),
      (SecurityGroupForVpcs) => ({ SecurityGroupForVpcs }),
    );
  },
};
