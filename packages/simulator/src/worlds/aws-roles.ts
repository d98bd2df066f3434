import type { WorldDocuments } from "../world/documents.ts";

export interface AwsRoleParts {
  readonly accountId: string;
  readonly roleName: string;
  /** ARNs or account ids; the role's own account when absent. */
  readonly trusts?: readonly string[];
  readonly externalId?: string;
  /** Who may become it, as IAM takes it; in place of what `trusts` and `externalId` say. */
  readonly trust?: object;
  /** Policy documents, as IAM takes them. */
  readonly policies: readonly object[];
  readonly maxSessionSeconds?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The world with a role whose policies are enforced, in place of one of the same name. Throws when the account is not in the world. */
export function withAwsRole(world: WorldDocuments, parts: AwsRoleParts): WorldDocuments {
  if (!world.aws.accounts.some(({ accountId }) => accountId === parts.accountId))
    throw new Error(`the world has no AWS account ${parts.accountId}`);
  const accounts = world.aws.accounts.map((account) => {
    if (account.accountId !== parts.accountId) return account;
    const details = objectOf(account["GetAccountAuthorizationDetails"]);
    const others = listOf(details["RoleDetailList"]).filter((role) => objectOf(role)["RoleName"] !== parts.roleName);
    return {
      ...account,
      GetAccountAuthorizationDetails: { ...details, RoleDetailList: [...others, roleDetail(parts)] },
    };
  });
  return { ...world, aws: { ...world.aws, accounts } };
}

function roleDetail(parts: AwsRoleParts): object {
  const { accountId, roleName, trust = trustOf(parts), policies, maxSessionSeconds, tags = {} } = parts;
  return {
    RoleName: roleName,
    RoleId: `AROA${roleName
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, "")
      .padEnd(17, "0")
      .slice(0, 17)}`,
    Arn: `arn:aws:iam::${accountId}:role/${roleName}`,
    AssumeRolePolicyDocument: trust,
    ...(maxSessionSeconds !== undefined && { MaxSessionDuration: maxSessionSeconds }),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    RolePolicyList: policies.map((PolicyDocument, i) => ({ PolicyName: `${roleName}-${i + 1}`, PolicyDocument })),
  };
}

const trustOf = ({ accountId, trusts = [accountId], externalId }: AwsRoleParts): object => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
      Principal: { AWS: trusts },
      ...(externalId !== undefined && { Condition: { StringEquals: { "sts:ExternalId": externalId } } }),
    },
  ],
});

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
