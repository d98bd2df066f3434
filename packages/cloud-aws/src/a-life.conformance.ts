import { instantOf } from "@sallyport/contracts";
import { PREFIX_LIST, anAws, sg } from "./aws-cloud.conformance.ts";
import type { AwsUnderTest, Parts } from "./aws-cloud.conformance.ts";
import { allow, lockDown, once, unlock, withdraw } from "./wants.conformance.ts";

const office = { CidrIp: "198.51.100.0/24", Description: "the office" };

/** A machine whose life takes every call that the adapter has: a group of its own and a shared one, a prefix list, and a narrow way out. */
export const anAwsForALife = (parts: Parts = {}): Promise<AwsUnderTest> =>
  anAws({
    groups: [sg("app"), sg("base")],
    narrowEgress: true,
    app: [
      { IpProtocol: "tcp", FromPort: 0, ToPort: 1000, IpRanges: [office] },
      { IpProtocol: "tcp", FromPort: 22, ToPort: 22, PrefixListIds: [{ PrefixListId: PREFIX_LIST.id }] },
    ],
    ...parts,
  });

/** Locked down, opened, extended, closed and given back. */
export async function live(cloud: AwsUnderTest): Promise<void> {
  const { inverse } = await once(cloud, lockDown(cloud, "clone"));
  await once(cloud, allow(cloud));
  await once(cloud, { ...allow(cloud), end: instantOf(Date.UTC(2027, 0, 31, 12)) });
  await once(cloud, withdraw(cloud));
  await once(cloud, unlock(cloud, inverse));
}
