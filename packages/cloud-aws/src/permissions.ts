import { MARK_TAG } from "@sallyport/domain";

/** What an action may be done to, as IAM names it in resource ARNs; `any` where EC2 takes no resource for it. */
export type Kind = "any" | "security-group" | "security-group-rule" | "network-interface" | "vpc";

/** Under which condition: on what carries our tag, or only where it is given our tag. */
export type Only = "ours" | "given-our-tag" | "while-creating" | "while-authorising";

interface Permission {
  /** `read` is all that a scanner does. */
  readonly access: "read" | "write";
  /** What Sallyport does with it. */
  readonly why: string;
  /** Each entry is a statement of the policy. */
  readonly on: readonly { readonly kinds: readonly Kind[]; readonly only?: Only }[];
}

const read = (why: string): Permission => ({ access: "read", why, on: [{ kinds: ["any"] }] });
const write = (why: string, ...on: Permission["on"]): Permission => ({ access: "write", why, on });

/**
 * Every call of EC2 that this adapter makes, and the only ones it can make: the calls of `ec2.ts` are named by the keys of this table.
 * The policy of `sallyport role aws` and the page of permissions are made from it. (Conditions: the service authorization reference of
 * Amazon EC2.)
 */
export const permissions = {
  DescribeInstances: read("which instances there are, and whether they run"),
  DescribeNetworkInterfaces: read(
    "which interfaces an instance has, which groups these are in, and who else is in those groups",
  ),
  DescribeSecurityGroups: read("the rules of these groups, and of the groups that refer to them"),
  DescribeSecurityGroupRules: read(
    "the ids, descriptions and tags of rules: rules are revoked by id, and given back as they were",
  ),
  DescribeSecurityGroupReferences: read(
    "whether peered VPCs refer to a shared group: an instance that left it for a copy would lose what that lets it do there",
  ),
  DescribeManagedPrefixLists: read("how many entries of a prefix list count towards a group's quota"),
  GetManagedPrefixListEntries: read("whom a rule for a prefix list lets in"),
  CreateSecurityGroup: write(
    "makes the group of a grant, and the copy of a shared group",
    { kinds: ["security-group"], only: "given-our-tag" },
    { kinds: ["vpc"] },
  ),
  CreateTags: write(
    "signs groups and rules as ours as they are made, and writes the new end of a grant that is extended",
    { kinds: ["security-group"], only: "while-creating" },
    { kinds: ["security-group-rule"], only: "while-authorising" },
    { kinds: ["security-group"], only: "ours" },
  ),
  AuthorizeSecurityGroupIngress: write(
    "fills the group of a grant; writes what remains of a rule that is wider than the closed ports; gives rules back",
    { kinds: ["security-group", "security-group-rule"] },
  ),
  RevokeSecurityGroupIngress: write(
    "takes away the rules that open a closed port, and what remains of them at the end",
    {
      kinds: ["security-group", "security-group-rule"],
    },
  ),
  AuthorizeSecurityGroupEgress: write(
    "lets leave a copy what may leave its original",
    { kinds: ["security-group"], only: "ours" },
    { kinds: ["security-group-rule"] },
  ),
  RevokeSecurityGroupEgress: write("takes out the rule for all leaving traffic that EC2 puts into each new group", {
    kinds: ["security-group"],
    only: "ours",
  }),
  ModifyNetworkInterfaceAttribute: write(
    "attaches the groups of grants and copies to an interface, and detaches them",
    {
      kinds: ["network-interface", "security-group"],
    },
  ),
  DeleteSecurityGroup: write("deletes groups of ours when they are over", { kinds: ["security-group"], only: "ours" }),
} as const satisfies Readonly<Record<string, Permission>>;

/** An action of EC2 that this adapter may call. */
export type Ec2Action = keyof typeof permissions;

/** What the caller's own identity needs on the role, and the role's trust policy has to allow. */
export const assuming = {
  AssumeRole: "enters the account as the role",
  SetSourceIdentity: "names the grant in CloudTrail, in every call made for it",
} as const;

export type Entering = keyof typeof assuming;

export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** The condition under which a statement allows, as IAM writes it. */
export function conditionOf(only: Only): Condition {
  switch (only) {
    case "ours":
      return { Null: { [`aws:ResourceTag/${MARK_TAG}`]: "false" } };
    case "given-our-tag":
      return { Null: { [`aws:RequestTag/${MARK_TAG}`]: "false" } };
    case "while-creating":
      return { StringEquals: { "ec2:CreateAction": "CreateSecurityGroup" } };
    case "while-authorising":
      return {
        StringEquals: { "ec2:CreateAction": ["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"] },
      };
  }
}

/** The same in words, for the page of permissions. */
export const inWords: Readonly<Record<Only, string>> = {
  ours: `that carries the tag \`${MARK_TAG}\``,
  "given-our-tag": `that is given the tag \`${MARK_TAG}\``,
  "while-creating": "as it is created",
  "while-authorising": "as it is authorised",
};
