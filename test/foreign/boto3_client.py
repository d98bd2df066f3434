"""Plain calls of boto3: paginators, a waiter, a role assumed by itself. Arguments: endpoint, VPC, interface, group of the interface."""

import re
import sys
import urllib.request

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

changed = {"SecurityGroupRuleId": rules[0]["SecurityGroupRuleId"], "SecurityGroupRule": {"IpProtocol": "50", "CidrIpv4": "0.0.0.0/1"}}
ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[changed])
seen = ec2.describe_security_group_rules(SecurityGroupRuleIds=[changed["SecurityGroupRuleId"]])["SecurityGroupRules"]
assert seen[0]["IpProtocol"] == "50" and "Description" not in seen[0], seen

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
try:
    reader.delete_security_group(GroupId=app)
except ClientError as error:
    sealed = error.response["Error"]["Message"].rsplit(" ", 1)[1]
    assert app in sts.decode_authorization_message(EncodedMessage=sealed)["DecodedMessage"]

for method, body in (("GET", None), ("POST", b"")):
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod=method)
    with urllib.request.urlopen(urllib.request.Request(url, method=method, data=body)) as answer:
        assert b"123456789012" in answer.read()

# Every filter that the service model documents for what is simulated is known.
FILTERED = [
    "DescribeAvailabilityZones",
    "DescribeInstanceStatus",
    "DescribeInstances",
    "DescribeManagedPrefixLists",
    "DescribeNetworkInterfaces",
    "DescribeRegions",
    "DescribeSecurityGroupRules",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeTags",
    "DescribeVpcPeeringConnections",
    "DescribeVpcs",
    "GetSecurityGroupsForVpc",
]
known = 0
for operation in FILTERED:
    documentation = ec2.meta.service_model.operation_model(operation).input_shape.members["Filters"].documentation
    call = getattr(ec2, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
    for name in re.findall(r"<li> <p> <code>([a-z][^<]*)</code>", documentation):
        name = "tag:owner" if name == "tag" or name.startswith("tag:") else name
        arguments = {"VpcId": vpc} if operation == "GetSecurityGroupsForVpc" else {}
        refused = code_of(call, Filters=[{"Name": name, "Values": ["*x?"]}], **arguments)
        assert refused == "none", (operation, name, refused)
        known += 1
assert known > 280, known
print("boto3: all as expected")
