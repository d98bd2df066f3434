"""Plain calls of boto3: paginators, a waiter, a role assumed by itself. Arguments: endpoint, VPC, interface, group of the interface."""

import sys

import boto3
from botocore.exceptions import ClientError

endpoint, vpc, eni, app = sys.argv[1:5]
ec2 = boto3.client("ec2", endpoint_url=endpoint)
sts = boto3.client("sts", endpoint_url=endpoint)


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "none"


assert sts.get_caller_identity()["Account"] == "123456789012"

group = ec2.create_security_group(
    GroupName="boto",
    Description="made",
    VpcId=vpc,
    TagSpecifications=[{"ResourceType": "security-group", "Tags": [{"Key": "owner", "Value": "boto"}]}],
)["GroupId"]
ec2.get_waiter("security_group_exists").wait(GroupIds=[group])

permission = {
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "IpRanges": [{"CidrIp": "0.0.0.0/1", "Description": "half"}, {"CidrIp": "128.0.0.0/1"}],
    "Ipv6Ranges": [{"CidrIpv6": "::/1"}],
}
rules = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
assert len(rules) == 3, rules
assert code_of(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission]) == "InvalidPermission.Duplicate"

ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Groups=[app, group])
pages = ec2.get_paginator("describe_network_interfaces").paginate(
    Filters=[{"Name": "group-id", "Values": [group]}], PaginationConfig={"PageSize": 5}
)
assert [one["NetworkInterfaceId"] for page in pages for one in page["NetworkInterfaces"]] == [eni]
assert code_of(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Groups=[app])

revoked = ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"] for rule in rules])
assert len(revoked["RevokedSecurityGroupRules"]) == 3, revoked
ec2.delete_security_group(GroupId=group)
assert code_of(ec2.delete_security_group, GroupId=group) == "InvalidGroup.NotFound"

instances = [
    one
    for page in ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5})
    for reservation in page["Reservations"]
    for one in reservation["Instances"]
]
assert len(instances) == 2 and all(one["LaunchTime"].year >= 2016 for one in instances), instances

lent = sts.assume_role(
    RoleArn="arn:aws:iam::123456789012:role/reader",
    RoleSessionName="boto",
    ExternalId="t-1",
    SourceIdentity="request-7",
    Tags=[{"Key": "team", "Value": "blue"}],
)
assert lent["SourceIdentity"] == "request-7", lent
keys = lent["Credentials"]
reader = boto3.client(
    "ec2",
    endpoint_url=endpoint,
    aws_access_key_id=keys["AccessKeyId"],
    aws_secret_access_key=keys["SecretAccessKey"],
    aws_session_token=keys["SessionToken"],
)
assert reader.describe_vpcs()["Vpcs"]
assert code_of(reader.delete_security_group, GroupId=app) == "UnauthorizedOperation"
print("boto3: all as expected")
