import type { PrefixList, Subnet, Vpc } from "../../world/aws/describe.ts";
import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { fieldsOf } from "../filter-paths.ts";
import { filtered } from "../filters.ts";
import { found, foundOrAll, kinds } from "../ids.ts";
import { answerPage, pageOf } from "../paging.ts";
import { isOptIn, notOptedIn } from "../opt-in-regions.ts";
import { isRefusal, refuse } from "../refusal.ts";

const associations = (family: "" | "ipv6-"): Readonly<Record<string, string>> => {
  const [set, block] = family === "" ? ["CidrBlock", "CidrBlock"] : ["Ipv6CidrBlock", "Ipv6CidrBlock"];
  const name = (what: string) => `${family}cidr-block-association.${what}`;
  return {
    [name(`${family}cidr-block`)]: `${set}AssociationSet.${block}`,
    [name("association-id")]: `${set}AssociationSet.AssociationId`,
    [name("state")]: `${set}AssociationSet.${block}State.State`,
  };
};

/** Some names are spelled as members are, for old clients. */
const vpcFields = fieldsOf<Vpc>(["vpc-id", "dhcp-options-id", "is-default", "owner-id", "state"], {
  cidr: "CidrBlock",
  cidrBlock: "CidrBlock",
  isDefault: "IsDefault",
  ...associations(""),
  ...associations("ipv6-"),
  "ipv6-cidr-block-association.ipv6-pool": "Ipv6CidrBlockAssociationSet.Ipv6Pool",
});

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

const subnetFields = fieldsOf<Subnet>(
  [
    "availability-zone",
    "availability-zone-id",
    "cidr-block",
    "customer-owned-ipv4-pool",
    "default-for-az",
    "enable-dns64",
    "enable-lni-at-device-index",
    "ipv6-native",
    "map-customer-owned-ip-on-launch",
    "map-public-ip-on-launch",
    "outpost-arn",
    "owner-id",
    "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
    "private-dns-name-options-on-launch.hostname-type",
    "state",
    "subnet-arn",
    "subnet-id",
    "vpc-id",
  ],
  {
    availabilityZone: "AvailabilityZone",
    availabilityZoneId: "AvailabilityZoneId",
    "available-ip-address-count": "AvailableIpAddressCount",
    cidr: "CidrBlock",
    cidrBlock: "CidrBlock",
    defaultForAz: "DefaultForAz",
    ...associations("ipv6-"),
    "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record":
      "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
  },
);

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
    const all = query.text("AllRegions") === "true" ? [...regionNames, ...notOptedIn(regionNames)] : regionNames;
    const unknown = wanted.find((name) => !all.includes(name));
    if (unknown !== undefined) return refused(refuse("InvalidParameterValue", `Invalid region: ${unknown}`));
    const Regions = all
      .filter((name) => wanted.length === 0 || wanted.includes(name))
      .map((name) => ({
        RegionName: name,
        Endpoint: `ec2.${name}.amazonaws.com`,
        OptInStatus: !regionNames.includes(name) ? "not-opted-in" : isOptIn(name) ? "opted-in" : "opt-in-not-required",
      }));
    const left = filtered(query, Regions, {
      "region-name": (region) => [region.RegionName],
      endpoint: (region) => [region.Endpoint],
      "opt-in-status": (region) => [region.OptInStatus],
    });
    return isRefusal(left) ? refused(left) : { answer: { Regions: left } };
  },
};

const listFields = fieldsOf<PrefixList>(["owner-id", "prefix-list-id", "prefix-list-name"]);

/** Pages of prefix lists and of their entries. */
const LIST_PAGES = { least: 1, most: 100, unasked: 100 } as const;

export const DescribeManagedPrefixLists: Action = {
  kind: "read",
  names: { PrefixLists: "prefixListSet" },
  run: (call) => {
    const named = foundOrAll(call.query.texts("PrefixListId"), call.region.prefixLists, kinds.prefixList);
    if (isRefusal(named)) return refused(named);
    const left = filtered(call.query, named, listFields, (list) => list.Tags);
    if (isRefusal(left)) return refused(left);
    return answerPage(
      pageOf(call, left, (list) => list.PrefixListId, LIST_PAGES),
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
      pageOf(call, entries, ({ Cidr }) => Cidr, LIST_PAGES),
      (Entries) => ({ Entries }),
    );
  },
};
