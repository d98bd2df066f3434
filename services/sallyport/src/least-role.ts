import { leastRole } from "@sallyport/cloud-aws";
import { withAwsRole } from "@sallyport/simulator";
import type { WorldDocuments } from "@sallyport/simulator";

const ROLE = "sallyport";
const EXTERNAL_ID = "sallyport-demo";

/**
 * The world with the role of `sallyport role aws` in each of its AWS accounts, enforced, and with word that this is the way in: what
 * Sallyport does there, it does with no more rights than it asks of its users. An account that names a way in of its own keeps it.
 */
export function withLeastRole(world: WorldDocuments): WorldDocuments {
  const entered = world.aws.accounts.filter(({ enterBy }) => enterBy === undefined).map(({ accountId }) => accountId);
  const armed = entered.reduce((before, accountId) => {
    const { policy, trust } = leastRole({ account: accountId, externalId: EXTERNAL_ID });
    return withAwsRole(before, { accountId, roleName: ROLE, trust, policies: [policy] });
  }, world);
  const accounts = armed.aws.accounts.map((account) =>
    entered.includes(account.accountId)
      ? {
          ...account,
          enterBy: { roleArn: `arn:aws:iam::${account.accountId}:role/${ROLE}`, externalId: EXTERNAL_ID },
        }
      : account,
  );
  return { ...armed, aws: { ...armed.aws, accounts } };
}
