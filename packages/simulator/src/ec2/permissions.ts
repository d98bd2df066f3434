import type { Tag } from "../world/aws/describe.ts";
import { contextOf } from "../world/aws/iam/request.ts";
import type { Access, Context } from "../world/aws/iam/request.ts";
import { defaultVpcOf } from "../world/aws/region.ts";
import type { AwsRegion } from "../world/aws/region.ts";
import { groupNamed } from "./actions/describe-groups.ts";
import { taggables } from "./actions/tags.ts";
import type { Query } from "./query.ts";
import { isRefusal } from "./refusal.ts";

/** A call as IAM is asked about it. */
export interface Asked {
  readonly name: string;
  readonly region: AwsRegion;
  readonly query: Query;
}

type Rights = (asked: Asked) => readonly Access[];

const onGroup: Rights = (asked) => [onId(asked, groupIdOf(asked))];
const onEach =
  (parameter: string): Rights =>
  (asked) =>
    asked.query.texts(parameter).map((id) => onId(asked, id));

/** A rule that is tagged at its making needs the action on rules as well, and the right to tag them. */
const authorize: Rights = (asked) =>
  specifiedTags(asked.query).length === 0
    ? onGroup(asked)
    : [...onGroup(asked), onNew(asked, "security-group-rule"), ...tagging(asked, "security-group-rule")];

const retag: Rights = (asked) => {
  const tags = requestTags(asked.query.list("Tag").map(tagOf));
  return asked.query.texts("ResourceId").map((id) => onId(asked, id, tags));
};

/**
 * On what each action needs its right; any other one is without resource-level permissions and needs it on `*`. Condition keys of the
 * request's tags are there only for what the call makes or tags, not for what it merely names, such as the VPC of a new group.
 */
const RIGHTS: Readonly<Record<string, Rights>> = {
  AuthorizeSecurityGroupEgress: authorize,
  AuthorizeSecurityGroupIngress: authorize,
  RevokeSecurityGroupEgress: onGroup,
  RevokeSecurityGroupIngress: onGroup,
  CreateSecurityGroup: (asked) => {
    const vpcId = asked.query.text("VpcId") ?? defaultVpcOf(asked.region)?.VpcId;
    return [
      onNew(asked, "security-group"),
      ...(vpcId === undefined ? [] : [onId(asked, vpcId)]),
      ...tagging(asked, "security-group"),
    ];
  },
  DeleteSecurityGroup: onGroup,
  ModifySecurityGroupRules: (asked) => [
    ...onGroup(asked),
    ...asked.query.list("SecurityGroupRule").map((update) => onId(asked, update.text("SecurityGroupRuleId") ?? "sgr-")),
  ],
  UpdateSecurityGroupRuleDescriptionsEgress: onGroup,
  UpdateSecurityGroupRuleDescriptionsIngress: onGroup,
  CreateTags: retag,
  DeleteTags: retag,
  ModifyNetworkInterfaceAttribute: (asked) => [
    onId(asked, asked.query.text("NetworkInterfaceId") ?? "", setAttributes(asked.query)),
    ...onEach("SecurityGroupId")(asked),
  ],
  ModifyInstanceAttribute: (asked) => [
    onId(asked, asked.query.text("InstanceId") ?? "", setAttributes(asked.query)),
    ...onEach("GroupId")(asked),
  ],
  StartInstances: onEach("InstanceId"),
  StopInstances: onEach("InstanceId"),
  TerminateInstances: onEach("InstanceId"),
  GetManagedPrefixListEntries: (asked) => [onId(asked, asked.query.text("PrefixListId") ?? "")],
};

const ATTRIBUTES = [
  ["GroupSet", "SecurityGroupId"],
  ["GroupSet", "GroupId"],
  ["Description", "Description"],
  ["SourceDestCheck", "SourceDestCheck"],
] as const;

/** Which attributes a call sets, and to what: as the calls that describe them name them. */
function setAttributes(query: Query): Context {
  const values = (parameter: string) => [...query.texts(parameter), ...[query.text(`${parameter}.Value`) ?? []].flat()];
  const set = ATTRIBUTES.flatMap(([attribute, parameter]) => {
    const given = values(parameter);
    return given.length === 0 ? [] : [[attribute, given] as const];
  });
  return contextOf({
    ...(set.length > 0 && { "ec2:Attribute": set.map(([attribute]) => attribute) }),
    ...Object.fromEntries(set.map(([attribute, given]) => [`ec2:Attribute/${attribute}`, given])),
  });
}

/** Everything that must be allowed for the call to be carried out. */
export const rightsFor = (asked: Asked): readonly Access[] =>
  RIGHTS[asked.name]?.(asked) ?? [{ action: `ec2:${asked.name}`, resource: "*", context: regional(asked) }];

const regional = ({ region }: Asked): Context =>
  contextOf({ "aws:RequestedRegion": region.name, "ec2:Region": region.name });

const arnIn = ({ region }: Asked, type: string, id: string): string =>
  `arn:aws:ec2:${region.name}:${region.accountId}:${type}/${id}`;

/** The action on something that does not exist yet. */
const onNew = (asked: Asked, type: string): Access => ({
  action: `ec2:${asked.name}`,
  resource: arnIn(asked, type, "*"),
  context: contextOf({}, regional(asked), requestTags(specifiedTags(asked.query))),
});

/** Tags given at the making of a thing need `ec2:CreateTags`, too, which can be narrowed by the action that makes it. */
const tagging = (asked: Asked, type: string): readonly Access[] =>
  specifiedTags(asked.query).length === 0
    ? []
    : [
        {
          ...onNew(asked, type),
          action: "ec2:CreateTags",
          context: contextOf({ "ec2:CreateAction": asked.name }, onNew(asked, type).context),
        },
      ];

/** The action on an object, with its tags and where it is. What does not exist has nothing but its name. */
function onId(asked: Asked, id: string, more: Context = new Map()): Access {
  const kind = taggables.find((one) => id.startsWith(`${one.kind.prefix}-`));
  const tags = kind?.all(asked.region).find((one) => one.id === id)?.tags ?? [];
  return {
    action: `ec2:${asked.name}`,
    resource: arnIn(asked, kind?.type ?? "resource", id),
    context: contextOf(
      {
        "aws:ResourceAccount": asked.region.accountId,
        ...Object.fromEntries(
          tags.flatMap(({ Key, Value }) => [
            [`aws:ResourceTag/${Key}`, Value],
            [`ec2:ResourceTag/${Key}`, Value],
          ]),
        ),
        ...placeOf(asked, id),
      },
      regional(asked),
      more,
    ),
  };
}

/** Where an object is, by the names that EC2's condition keys have for it. */
function placeOf(asked: Asked, id: string): Readonly<Record<string, string | undefined>> {
  const { groups, interfaces, instances, vpcs } = asked.region;
  const group = groups.get(id)?.about;
  const one = interfaces.get(id);
  const vpcId = group?.VpcId ?? one?.VpcId ?? instances.get(id)?.about.VpcId;
  const subnetId = one?.SubnetId ?? instances.get(id)?.about.SubnetId;
  return {
    "ec2:Vpc": vpcId && arnIn(asked, "vpc", vpcId),
    "ec2:Subnet": subnetId && arnIn(asked, "subnet", subnetId),
    "ec2:AvailabilityZone": asked.region.subnets.get(subnetId ?? "")?.AvailabilityZone,
    "ec2:SecurityGroupID": group && id,
    "ec2:NetworkInterfaceID": one && id,
    "ec2:InstanceID": instances.has(id) ? id : undefined,
    "ec2:VpcID": vpcs.has(id) ? id : undefined,
  };
}

function groupIdOf({ region, query }: Asked): string {
  const id = query.text("GroupId");
  if (id !== undefined) return id;
  const group = groupNamed(region, query.text("GroupName") ?? "");
  return isRefusal(group) ? "sg-" : group.about.GroupId;
}

const tagOf = (tag: Query): Tag => ({ Key: tag.text("Key") ?? "", Value: tag.text("Value") ?? "" });

const specifiedTags = (query: Query): readonly Tag[] =>
  query.list("TagSpecification").flatMap((one) => one.list("Tag").map(tagOf));

const requestTags = (tags: readonly Tag[]): Context =>
  tags.length === 0
    ? new Map()
    : contextOf({
        "aws:TagKeys": tags.map(({ Key }) => Key),
        ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
      });
