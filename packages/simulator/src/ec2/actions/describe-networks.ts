import type { PrefixList, Subnet, Vpc } from "../../world/aws/describe.ts";
import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { filtered } from "../filters.ts";
import type { Fields } from "../filters.ts";
import { found, foundOrAll, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import { isRefusal, refuse } from "../refusal.ts";

const vpcFields: Fields<Vpc> = {
  "vpc-id": (vpc) => [vpc.VpcId],
  cidr: (vpc) => [vpc.CidrBlock],
  "cidr-block-association.cidr-block": (vpc) => vpc.CidrBlockAssociationSet.map(({ CidrBlock }) => CidrBlock),
  "is-default": (vpc) => [vpc.IsDefault],
  isDefault: (vpc) => [vpc.IsDefault],
  state: (vpc) => [vpc.State],
};

export const DescribeVpcs: Action = {
  kind: "read",
  names: { Vpcs: "vpcSet" },
  run: (call) => {
    const named = foundOrAll(call.query.texts("VpcId"), call.region.vpcs, kinds.vpc);
    if (isRefusal(named)) return refused(named);
    const left = filtered(call.query, named, vpcFields, (vpc) => vpc.Tags);
    if (isRefusal(left)) return refused(left);
    return answerPage(
      pageOf(call, left, (vpc) => vpc.VpcId),
      (Vpcs) => ({ Vpcs }),
    );
  },
};

const subnetFields: Fields<Subnet> = {
  "subnet-id": (subnet) => [subnet.SubnetId],
  "vpc-id": (subnet) => [subnet.VpcId],
  "availability-zone": (subnet) => [subnet.AvailabilityZone],
  "cidr-block": (subnet) => [subnet.CidrBlock],
  "default-for-az": (subnet) => [subnet.DefaultForAz],
  state: (subnet) => [subnet.State],
};

export const DescribeSubnets: Action = {
  kind: "read",
  names: { Subnets: "subnetSet" },
  run: (call) => {
    const named = foundOrAll(call.query.texts("SubnetId"), call.region.subnets, kinds.subnet);
    if (isRefusal(named)) return refused(named);
    const left = filtered(call.query, named, subnetFields, (subnet) => subnet.Tags);
    if (isRefusal(left)) return refused(left);
    return answerPage(
      pageOf(call, left, (subnet) => subnet.SubnetId),
      (Subnets) => ({ Subnets }),
    );
  },
};

export const DescribeRegions: Action = {
  kind: "read",
  names: { Regions: ["regionInfo", { Endpoint: "regionEndpoint", Geography: "geographySet" }] },
  run: ({ query, regionNames }) => {
    const wanted = query.texts("RegionName");
    const unknown = wanted.find((name) => !regionNames.includes(name));
    if (unknown !== undefined) return refused(refuse("InvalidParameterValue", `Invalid region: ${unknown}`));
    const Regions = regionNames
      .filter((name) => wanted.length === 0 || wanted.includes(name))
      .map((name) => ({
        RegionName: name,
        Endpoint: `ec2.${name}.amazonaws.com`,
        OptInStatus: "opt-in-not-required",
      }));
    const left = filtered(query, Regions, {
      "region-name": (region) => [region.RegionName],
      endpoint: (region) => [region.Endpoint],
      "opt-in-status": (region) => [region.OptInStatus],
    });
    return isRefusal(left) ? refused(left) : { answer: { Regions: left } };
  },
};

const listFields: Fields<PrefixList> = {
  "prefix-list-id": (list) => [list.PrefixListId],
  "prefix-list-name": (list) => [list.PrefixListName],
};

export const DescribeManagedPrefixLists: Action = {
  kind: "read",
  names: { PrefixLists: "prefixListSet" },
  run: (call) => {
    const named = foundOrAll(call.query.texts("PrefixListId"), call.region.prefixLists, kinds.prefixList);
    if (isRefusal(named)) return refused(named);
    const left = filtered(call.query, named, listFields, (list) => list.Tags);
    if (isRefusal(left)) return refused(left);
    return answerPage(
      pageOf(call, left, (list) => list.PrefixListId),
      (items) => ({ PrefixLists: items.map(({ Entries: _content, ...about }) => about) }),
    );
  },
};

export const GetManagedPrefixListEntries: Action = {
  kind: "read",
  required: ["PrefixListId"],
  names: { Entries: "entrySet" },
  run: (call) => {
    const lists = found([call.query.text("PrefixListId") ?? ""], call.region.prefixLists, kinds.prefixList);
    if (isRefusal(lists)) return refused(lists);
    const entries = lists.flatMap(({ Entries }) => Entries ?? []);
    return answerPage(
      pageOf(call, entries, ({ Cidr }) => Cidr),
      (Entries) => ({ Entries }),
    );
  },
};
