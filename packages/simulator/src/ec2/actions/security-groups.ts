import { rangeOf } from "../../world/aws/cidr.ts";
import { defaultVpcOf, withEntry } from "../../world/aws/region.ts";
import type { AwsRegion } from "../../world/aws/region.ts";
import type { Rule } from "../../world/aws/rule.ts";
import { showGroup } from "../../world/aws/show.ts";
import type { Action } from "../action.ts";
import { done, refused } from "../action.ts";
import { found, kinds } from "../ids.ts";
import { invalid, isRefusal, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import { groupOf } from "./describe-groups.ts";
import { readTagSpecification } from "./tags.ts";

const TEXT = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

/** A new group lets nothing in and everything out, as in EC2. */
export const CreateSecurityGroup: Action = {
  kind: "write",
  required: ["GroupName", "GroupDescription"],
  object: "GroupName",
  run: ({ region, query, newId }) => {
    const name = (query.text("GroupName") ?? "").trimEnd();
    const description = query.text("GroupDescription") ?? "";
    const wrong = wrongText(name, description);
    if (wrong !== undefined) return refused(wrong);
    const vpcId = vpcFor(region, query.text("VpcId"));
    if (typeof vpcId === "object") return refused(vpcId);
    const tags = readTagSpecification(query, "security-group");
    if (isRefusal(tags)) return refused(tags);
    const namesake = [...region.groups.values()].some(
      ({ about }) => about.VpcId === vpcId && about.GroupName.toLowerCase() === name.toLowerCase(),
    );
    if (namesake)
      return refused(
        refuse("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpcId}'`),
      );
    if (region.groups.size >= region.quotas.groupsPerRegion)
      return refused(refuse("SecurityGroupLimitExceeded", "The maximum number of security groups has been reached."));
    const GroupId = newId("sg");
    const group = {
      about: {
        GroupId,
        GroupName: name,
        Description: description,
        VpcId: vpcId,
        OwnerId: region.accountId,
        Tags: [...tags],
      },
      rules: allOut(newId),
    };
    const answer = { GroupId, Tags: tags, SecurityGroupArn: showGroup(region, group)["SecurityGroupArn"] };
    return { ...done({ ...region, groups: withEntry(region.groups, GroupId, group) }, answer), created: GroupId };
  },
};

function wrongText(name: string, description: string): Refusal | undefined {
  if (/^sg-/i.test(name))
    return invalid(`Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`);
  if (name === "default") return invalid("Cannot use reserved security group name: default");
  if (!TEXT.test(name) || name.trim() === "")
    return invalid(
      `Value (${name}) for parameter GroupName is invalid. Character sets beyond ASCII are not supported, and names are 1 to 255 characters long.`,
    );
  return TEXT.test(description)
    ? undefined
    : invalid(
        `Value (${description}) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.`,
      );
}

function vpcFor(region: AwsRegion, asked: string | undefined): string | Refusal {
  if (asked === undefined)
    return defaultVpcOf(region)?.VpcId ?? refuse("VPCIdNotSpecified", "No default VPC for this user");
  const vpcs = found([asked], region.vpcs, kinds.vpc);
  return isRefusal(vpcs) ? vpcs : asked;
}

function allOut(newId: (prefix: string) => string): readonly Rule[] {
  const range = rangeOf("0.0.0.0/0");
  return range === undefined
    ? []
    : [{ id: newId("sgr"), isEgress: true, protocol: "-1", peer: { kind: "range", range }, tags: [] }];
}

/** Refused while an interface has the group or another group names it. */
export const DeleteSecurityGroup: Action = {
  kind: "write",
  required: ["GroupId|GroupName"],
  object: "GroupId",
  run: ({ region, query }) => {
    const group = groupOf(region, query);
    if (isRefusal(group)) return refused(group);
    const { GroupId, GroupName } = group.about;
    if (GroupName === "default")
      return refused(
        refuse("CannotDelete", `the specified group: "${GroupId}" name: "default" cannot be deleted by a user`),
      );
    const isAttached = [...region.interfaces.values()].some(({ Groups }) =>
      Groups.some((each) => each.GroupId === GroupId),
    );
    const isNamed = [...region.groups.values()].some(
      ({ about, rules }) =>
        about.GroupId !== GroupId && rules.some(({ peer }) => peer.kind === "group" && peer.groupId === GroupId),
    );
    if (isAttached || isNamed)
      return refused(refuse("DependencyViolation", `resource ${GroupId} has a dependent object`));
    return done({ ...region, groups: withEntry(region.groups, GroupId, undefined) }, { Return: true, GroupId });
  },
};
