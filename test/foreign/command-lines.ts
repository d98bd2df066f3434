import type { Estate } from "./estate.ts";

export interface CommandLine {
  /** As a person types it after `aws`. */
  readonly line: string;
  /** What must be in its output, or in its error with `fails`. */
  readonly says: RegExp;
  readonly fails?: true;
  readonly profile?: string;
}

const ok = (line: string, says: RegExp = /^/): CommandLine => ({ line, says });
const no = (line: string, says: RegExp): CommandLine => ({ line, says, fails: true });

/** Every simulated action once as the AWS command line sends it; `$GROUP` stands for the id that the first made. */
export const commandLines = ({ vpcId, instanceIds, interfaceIds, appGroupId }: Estate): readonly CommandLine[] => {
  const [instance = "", other = ""] = instanceIds;
  const [eni = ""] = interfaceIds;
  const rule = "--group-id $GROUP --protocol tcp --port 22 --cidr 198.51.100.7/32";
  return [
    ok(`ec2 create-security-group --group-name cli --description made --vpc-id ${vpcId}`, /"GroupId": "sg-/),
    ok(`ec2 authorize-security-group-ingress ${rule}`, /"SecurityGroupRuleId": "sgr-/),
    no(`ec2 authorize-security-group-ingress ${rule}`, /InvalidPermission\.Duplicate/),
    ok(
      "ec2 authorize-security-group-egress --group-id $GROUP --protocol udp --port 53 --cidr 198.51.100.7/32",
      /"IsEgress": true/,
    ),
    ok(
      "ec2 update-security-group-rule-descriptions-ingress --group-id $GROUP --ip-permissions IpProtocol=tcp,FromPort=22,ToPort=22,IpRanges=[{CidrIp=198.51.100.7/32,Description=told}]",
      /"Return": true/,
    ),
    no(
      "ec2 modify-security-group-rules --group-id $GROUP --security-group-rules SecurityGroupRuleId=sgr-00000000000000000,SecurityGroupRule={IpProtocol=-1,CidrIpv4=10.0.0.0/8}",
      /InvalidSecurityGroupRuleId\.NotFound/,
    ),
    ok(`ec2 get-security-groups-for-vpc --vpc-id ${vpcId}`, /"PrimaryVpcId"/),
    ok(`ec2 describe-stale-security-groups --vpc-id ${vpcId}`, /"StaleSecurityGroupSet": \[\]/),
    ok("ec2 describe-vpc-peering-connections", /"VpcPeeringConnections": \[\]/),
    ok("ec2 describe-security-group-rules --filters Name=group-id,Values=$GROUP", /198\.51\.100\.7\/32/),
    ok("ec2 describe-security-groups --group-ids $GROUP", /"GroupName": "cli"/),
    ok("ec2 describe-security-group-references --group-id $GROUP", /SecurityGroupReferenceSet/),
    ok("ec2 create-tags --resources $GROUP --tags Key=owner,Value=cli"),
    ok("ec2 describe-tags --filters Name=resource-id,Values=$GROUP", /"Value": "cli"/),
    ok(`ec2 modify-network-interface-attribute --network-interface-id ${eni} --groups ${appGroupId} $GROUP`),
    no("ec2 delete-security-group --group-id $GROUP", /DependencyViolation/),
    ok(
      `ec2 describe-network-interfaces --filters Name=group-id,Values=$GROUP --query NetworkInterfaces[].NetworkInterfaceId`,
      /eni-/,
    ),
    ok(`ec2 modify-instance-attribute --instance-id ${instance} --groups ${appGroupId}`),
    ok("ec2 delete-tags --resources $GROUP --tags Key=owner"),
    ok(`ec2 revoke-security-group-ingress ${rule}`, /RevokedSecurityGroupRules/),
    ok(
      "ec2 revoke-security-group-egress --group-id $GROUP --protocol udp --port 53 --cidr 198.51.100.7/32",
      /"Return": true/,
    ),
    no("ec2 delete-security-group --group-id $GROUP --dry-run", /DryRunOperation/),
    ok("ec2 delete-security-group --group-id $GROUP"),
    ok(`ec2 describe-instances --instance-ids ${instance}`, /"InstanceId": "i-/),
    ok("ec2 describe-security-groups --page-size 5 --max-items 1", /NextToken/),
    ok("ec2 describe-vpcs --page-size 5", /"VpcId"/),
    ok(`ec2 describe-subnets --filters Name=vpc-id,Values=${vpcId}`, /"SubnetId"/),
    ok(`ec2 describe-instance-status --instance-ids ${instance}`, /"Status": "ok"/),
    ok(`ec2 wait instance-status-ok --instance-ids ${instance}`),
    ok(`ec2 describe-instance-attribute --instance-id ${instance} --attribute groupSet`, /"GroupId": "sg-/),
    ok(
      `ec2 describe-network-interface-attribute --network-interface-id ${eni} --attribute groupSet`,
      /"GroupId": "sg-/,
    ),
    ok("ec2 describe-availability-zones", /"ZoneName": "eu-west-1a"/),
    ok("ec2 describe-account-attributes", /"supported-platforms"/),
    ok("ec2 describe-security-groups --query SecurityGroups[?GroupName==`app`].GroupId --output text", /^sg-/),
    ok("ec2 describe-regions --all-regions", /"not-opted-in"/),
    no("ec2 describe-vpcs --region eu-central-2", /AuthFailure/),
    ok("ec2 describe-regions", /"RegionName": "eu-west-1"/),
    ok("ec2 describe-managed-prefix-lists", /"PrefixLists"/),
    no("ec2 get-managed-prefix-list-entries --prefix-list-id pl-00000000000000000", /InvalidPrefixListID\.NotFound/),
    ok(`ec2 stop-instances --instance-ids ${other}`, /"stopped"/),
    ok(`ec2 start-instances --instance-ids ${other}`, /"running"/),
    ok(`ec2 terminate-instances --instance-ids ${other}`, /"terminated"/),
    no("ec2 describe-images", /InvalidAction/),
    no("ec2 describe-vpcs --no-sign-request", /MissingAuthenticationToken|AuthFailure/),
    ok("sts get-caller-identity", /"Account": "123456789012"/),
    ok(
      "sts assume-role --role-arn arn:aws:iam::123456789012:role/reader --role-session-name cli --external-id t-1",
      /"ASIA/,
    ),
    no("sts assume-role --role-arn arn:aws:iam::123456789012:role/reader --role-session-name cli", /AccessDenied/),
    { ...ok("sts get-caller-identity", /assumed-role\/reader\//), profile: "reader" },
    { ...ok("ec2 describe-vpcs", /"VpcId"/), profile: "reader" },
    {
      ...no(`ec2 delete-security-group --group-id ${appGroupId}`, /UnauthorizedOperation.*no identity-based policy/),
      profile: "reader",
    },
  ];
};
