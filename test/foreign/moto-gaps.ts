/** Where moto is known to answer otherwise than EC2 does. Each must be met by some call, or it is stale. */
export interface MotoGap {
  /** What moto does, and what EC2 does instead (aws.md §2, §8). */
  readonly what: string;
  /** The calls that show it; every call where absent. */
  readonly steps?: readonly string[];
  /** The difference, as it is printed. */
  readonly difference: RegExp;
}

const gap = (what: string, difference: RegExp, ...steps: readonly string[]): MotoGap => ({
  what,
  difference,
  ...(steps.length > 0 && { steps }),
});

export const MOTO_GAPS: readonly MotoGap[] = [
  gap(
    "leaves owner and ARN out of the rules that it answers; EC2's model has both",
    /^SecurityGroupRules\[\]\.(GroupOwnerId|SecurityGroupRuleArn): .* nothing in moto$/,
  ),
  gap(
    "shows no ports for a rule of every protocol that it has just made, though -1 when it is read; EC2 shows -1",
    /^SecurityGroupRules\[\]\.(From|To)Port: -1 here, nothing in moto$/,
    "a rule for every protocol",
  ),
  gap("answers only the last permission's rules of several", /^SecurityGroupRules: /, "two permissions at once"),
  gap("keeps host bits; EC2 cuts them off", /100\.68\.0\.0\/18.* here, .*100\.68\.0\.18\/18/, "a rule with host bits"),
  gap("leaves the tags out of the answer to a new group", /^Tags: /, "a new group with tags"),
  gap(
    "takes a rule without any source, which EC2 refuses",
    /^(refused: "MissingParameter" here|Return: nothing here)/,
    "a rule without source",
  ),
  gap(
    "takes ports the wrong way round, which EC2 refuses",
    /^(refused: "InvalidParameterValue" here|Return: nothing here|SecurityGroupRules: nothing here)/,
    "ports the wrong way round",
  ),
  gap(
    "takes a group named like an id, which EC2 refuses",
    /^(refused: "InvalidParameterValue" here|GroupId: nothing here|SecurityGroupArn: nothing here)/,
    "a new group named like an id",
  ),
  gap(
    "makes a group in a VPC that is not there",
    /^(refused: "InvalidVpcID.NotFound" here|GroupId: nothing here|SecurityGroupArn: nothing here)/,
    "a new group in an unknown VPC",
  ),
  gap(
    "calls a malformed instance id not found",
    /^refused: "InvalidInstanceID.Malformed" here, "InvalidInstanceID.NotFound" in moto$/,
    "a malformed instance id",
  ),
  gap(
    "has not implemented to refuse an unknown filter",
    /^refused: "InvalidParameterValue" here/,
    "groups by an unknown filter",
  ),
  gap(
    "deletes a group that an interface has or another group names; EC2 refuses it as a dependency",
    /./,
    "deleting a group that another names",
    "the group that another names",
    "deleting an attached group",
    "an attached group after that",
  ),
  gap(
    "answers the deletion of a group with nothing; EC2 says which",
    /^(GroupId|Return): .* here, nothing in moto$/,
    "deleting a group",
  ),
  gap("deletes the default group of a VPC", /^(refused|Return|GroupId): /, "deleting the default group"),
  gap(
    "puts a group on an interface that is not there",
    /^refused: "InvalidGroup.NotFound" here, nothing in moto$/,
    "an unknown group on an interface",
  ),
  gap(
    "answers a revocation with success alone; EC2 says which rules went",
    /^RevokedSecurityGroupRules: .* nothing in moto$/,
  ),
  gap(
    "calls the unknown id of a rule an unknown permission",
    /^refused: "InvalidSecurityGroupRuleId.NotFound" here, "InvalidPermission.NotFound" in moto$/,
    "a rule taken back by an unknown id",
  ),
  gap(
    "answers a changed description with nothing; EC2 says that it was done",
    /^Return: true here, nothing in moto$/,
    "a description changed",
  ),
  gap(
    "leaves the names out of the groups of an instance when it is asked for them alone",
    /^Groups\[\]\.GroupName: .* nothing in moto$/,
    "the groups of an instance",
  ),
  gap(
    "takes any filter of the state of instances, and heeds none; EC2 refuses one that it does not have",
    /^(refused: "InvalidParameterValue" here|InstanceStatuses: nothing here)/,
    "a filter that nobody has",
  ),
  gap(
    "lends a role that nobody has, to anyone",
    /^(refused: "AccessDenied" here|Arn: nothing here)/,
    "a role that nobody has",
  ),
];

export const gapFor = (step: string, difference: string): MotoGap | undefined =>
  MOTO_GAPS.find((one) => (one.steps === undefined || one.steps.includes(step)) && one.difference.test(difference));
