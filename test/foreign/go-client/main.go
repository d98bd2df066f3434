// Plain calls of the AWS SDK for Go: paginators, a waiter, a role assumed by itself, refusals by their codes, connections kept and used again.
// Arguments: endpoint, VPC, role, external id.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func check(holds bool, what ...any) {
	if !holds {
		fmt.Fprintln(os.Stderr, append([]any{"not as expected:"}, what...)...)
		os.Exit(1)
	}
}

func codeOf(err error) string {
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return refused.ErrorCode()
	}
	return fmt.Sprint(err)
}

func main() {
	endpoint, vpc, role, external := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	connections, reused := 0, 0
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		if got.Reused {
			reused++
		} else {
			connections++
		}
	}})
	cfg := must(config.LoadDefaultConfig(ctx, config.WithBaseEndpoint(endpoint)))
	client, tokens := ec2.NewFromConfig(cfg), sts.NewFromConfig(cfg)

	who := must(tokens.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))
	check(len(aws.ToString(who.Account)) == 12, who)

	made := must(client.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("go"), Description: aws.String("made"), VpcId: &vpc,
		TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeSecurityGroup, Tags: []types.Tag{{Key: aws.String("owner"), Value: aws.String("go")}},
		}},
	}))
	group := made.GroupId
	must(true, ec2.NewSecurityGroupExistsWaiter(client).Wait(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{*group}}, time.Minute))

	ssh := types.IpPermission{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22),
		IpRanges:   []types.IpRange{{CidrIp: aws.String("198.51.100.7/24"), Description: aws.String("host bits")}},
		Ipv6Ranges: []types.Ipv6Range{{CidrIpv6: aws.String("2001:DB8::1/64")}},
	}
	ingress := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: group, IpPermissions: []types.IpPermission{ssh}}
	rules := must(client.AuthorizeSecurityGroupIngress(ctx, ingress)).SecurityGroupRules
	check(len(rules) == 2 && *rules[0].CidrIpv4 == "198.51.100.0/24" && *rules[1].CidrIpv6 == "2001:db8::/64", rules)
	_, err := client.AuthorizeSecurityGroupIngress(ctx, ingress)
	check(codeOf(err) == "InvalidPermission.Duplicate", err)
	_, err = client.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: group, DryRun: aws.Bool(true)})
	check(codeOf(err) == "DryRunOperation", err)

	must(client.ModifySecurityGroupRules(ctx, &ec2.ModifySecurityGroupRulesInput{
		GroupId: group, SecurityGroupRules: []types.SecurityGroupRuleUpdate{{
			SecurityGroupRuleId: rules[0].SecurityGroupRuleId,
			SecurityGroupRule: &types.SecurityGroupRuleRequest{
				IpProtocol: aws.String("icmp"), FromPort: aws.Int32(8), ToPort: aws.Int32(-1), CidrIpv4: aws.String("203.0.113.0/24"),
			},
		}},
	}))
	pages, found := ec2.NewDescribeSecurityGroupRulesPaginator(client, &ec2.DescribeSecurityGroupRulesInput{
		MaxResults: aws.Int32(5), Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{*group}}},
	}), 0
	for pages.HasMorePages() {
		found += len(must(pages.NextPage(ctx)).SecurityGroupRules)
	}
	check(found == 3, found)
	gone := must(client.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
		GroupId: group, SecurityGroupRuleIds: []string{*rules[0].SecurityGroupRuleId},
	}))
	check(len(gone.RevokedSecurityGroupRules) == 1, gone)
	must(client.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: group}))
	_, err = client.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: group})
	check(codeOf(err) == "InvalidGroup.NotFound", err)

	lent := cfg.Copy()
	lent.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(tokens, role, func(o *stscreds.AssumeRoleOptions) {
		o.ExternalID, o.RoleSessionName, o.SourceIdentity = aws.String(external), "go", aws.String("request-7")
	}))
	reader := ec2.NewFromConfig(lent)
	check(len(must(reader.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{})).Vpcs) > 0)
	_, err = reader.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: aws.String("no"), Description: aws.String("no"), VpcId: &vpc})
	check(codeOf(err) == "UnauthorizedOperation", err)

	// The pool takes a connection back a moment after the answer was read: now and then a call is faster, and opens another.
	check(reused > 2*connections, "connections", connections, "reused", reused)
	fmt.Println("aws-sdk-go-v2: all as expected")
}
