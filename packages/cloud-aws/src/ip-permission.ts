import type { IpPermission, SecurityGroupRule, Tag } from "@aws-sdk/client-ec2";
import { SallyportError } from "@sallyport/contracts";
import { parseAwsRule, permitText } from "@sallyport/domain";
import type { AwsPermit, AwsTag } from "@sallyport/domain";

/** A rule as EC2 takes it when it is authorised. */
export function ipPermissionOf(permit: AwsPermit): IpPermission {
  const { protocol, from, to, peer, description } = permit;
  const about = description === undefined ? {} : { Description: description };
  const base = {
    IpProtocol: protocol,
    ...(from !== undefined && { FromPort: from }),
    ...(to !== undefined && { ToPort: to }),
  };
  switch (peer.kind) {
    case "cidr":
      return peer.cidr.includes(":")
        ? { ...base, Ipv6Ranges: [{ CidrIpv6: peer.cidr, ...about }] }
        : { ...base, IpRanges: [{ CidrIp: peer.cidr, ...about }] };
    case "prefix-list":
      return { ...base, PrefixListIds: [{ PrefixListId: peer.id, ...about }] };
    case "group": {
      const pair = {
        GroupId: peer.id,
        ...(peer.owner !== undefined && { UserId: peer.owner }),
        ...(peer.peeringConnection !== undefined && { VpcPeeringConnectionId: peer.peeringConnection }),
        ...about,
      };
      return { ...base, UserIdGroupPairs: [pair] };
    }
    case "unreadable":
      throw new SallyportError({
        code: "aws.refused",
        detail: `${permitText(permit)} cannot be written: its source could not be read`,
      });
  }
}

/** Tags that may be set: `aws:` is reserved for AWS itself. */
export const settable = (tags: readonly AwsTag[]): readonly Tag[] =>
  tags.filter(({ key }) => !key.toLowerCase().startsWith("aws:")).map(({ key, value }) => ({ Key: key, Value: value }));

export interface HeldRule {
  readonly id: string;
  readonly isEgress: boolean;
  readonly text: string;
}

/** A rule as EC2 shows it. */
export const heldRule = (rule: SecurityGroupRule): HeldRule => ({
  id: rule.SecurityGroupRuleId ?? "",
  isEgress: rule.IsEgress === true,
  text: permitText(parseAwsRule({ ...rule })),
});
