import { conditionOf, permissions } from "./permissions.ts";
import type { Condition, Ec2Action, Entering, Kind, Only } from "./permissions.ts";

/** For which account the role is, and who may become it. */
export interface RoleWanted {
  /** Twelve digits; every account's resources when absent, as for a policy that is rolled out to many. */
  readonly account?: string | undefined;
  /** ARN of who runs Sallyport; anybody of the account that may assume roles, when absent. */
  readonly trusted?: string | undefined;
  /** One per tenant, against a confused deputy (aws.md §7). */
  readonly externalId: string;
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal?: { readonly AWS: string };
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Condition;
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** What the role may do, and who may become it. */
export interface Role {
  readonly policy: PolicyDocument;
  readonly trust: PolicyDocument;
}

interface Need {
  readonly action: Ec2Action;
  readonly kinds: readonly Kind[];
  readonly only: Only | undefined;
}

const actions = Object.keys(permissions) as readonly Ec2Action[];

const needs: readonly Need[] = actions.flatMap((action) =>
  permissions[action].on.map((one): Need => ({
    action,
    kinds: one.kinds,
    only: "only" in one ? one.only : undefined,
  })),
);

/** What the table of permissions asks for and nothing else; `without` some actions, to see what then fails. */
export function leastPolicy(
  { account = "*" }: Pick<RoleWanted, "account">,
  without: readonly Ec2Action[] = [],
): PolicyDocument {
  const groups = new Map<string, Need[]>();
  for (const need of needs.filter(({ action }) => !without.includes(action))) {
    const alike = `${need.kinds.join()} ${need.only ?? ""}`;
    groups.set(alike, [...(groups.get(alike) ?? []), need]);
  }
  const statements = [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    return first === undefined ? [] : [statementOf(account, first, alike)];
  });
  return { Version: "2012-10-17", Statement: statements };
}

const statementOf = (account: string, { kinds, only }: Need, alike: readonly Need[]): Statement => ({
  Sid: sidOf(kinds, only),
  Effect: "Allow",
  Action: alike.map(({ action }) => `ec2:${action}`),
  Resource: kinds.map((kind) => (kind === "any" ? "*" : `arn:aws:ec2:*:${account}:${kind}/*`)),
  ...(only !== undefined && { Condition: conditionOf(only) }),
});

/** Letters and digits, as IAM wants it: `SecurityGroupOurs`. */
const sidOf = (kinds: readonly Kind[], only: Only | undefined): string =>
  [...kinds.flatMap((kind) => (kind === "any" ? ["look"] : kind.split("-"))), ...(only?.split("-") ?? [])]
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

/** The least role that Sallyport needs in an account: its policy, and who may become it under which external id. */
export function leastRole(wanted: RoleWanted): Role {
  const { account, trusted, externalId } = wanted;
  return {
    policy: leastPolicy(wanted),
    trust: {
      Version: "2012-10-17",
      Statement: [
        trustStatement("Enter", ["sts:AssumeRole"], trusted ?? rootOf(account), {
          StringEquals: { "sts:ExternalId": externalId },
        }),
        trustStatement("NameTheGrant", ["sts:SetSourceIdentity"], trusted ?? rootOf(account)),
      ],
    },
  };
}

const rootOf = (account: string | undefined): string => {
  if (account === undefined) throw new Error("a role that trusts its own account needs to know which");
  return `arn:aws:iam::${account}:root`;
};

const trustStatement = (
  Sid: string,
  Action: readonly `sts:${Entering}`[],
  AWS: string,
  Condition?: Condition,
): Statement => ({ Sid, Effect: "Allow", Principal: { AWS }, Action, ...(Condition !== undefined && { Condition }) });
