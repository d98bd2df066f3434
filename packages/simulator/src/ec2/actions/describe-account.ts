import { defaultVpcOf } from "../../world/aws/region.ts";
import type { Action } from "../action.ts";
import { refused } from "../action.ts";
import { fieldsOf } from "../filter-paths.ts";
import { filtered } from "../filters.ts";
import { invalid, isRefusal } from "../refusal.ts";

/** What an account may have in a region, as old tools ask it before anything else. */
export const DescribeAccountAttributes: Action = {
  kind: "read",
  names: { AccountAttributes: ["accountAttributeSet", { AttributeValues: "attributeValueSet" }] },
  run: ({ region, query }) => {
    const all: Readonly<Record<string, string>> = {
      "supported-platforms": "VPC",
      "default-vpc": defaultVpcOf(region)?.VpcId ?? "none",
      "vpc-max-security-groups-per-interface": String(region.quotas.groupsPerInterface),
    };
    const wanted = query.texts("AttributeName");
    const unknown = wanted.find((name) => all[name] === undefined);
    if (unknown !== undefined) return refused(invalid(`Value (${unknown}) for parameter attributeName is invalid.`));
    const AccountAttributes = Object.entries(all)
      .filter(([name]) => wanted.length === 0 || wanted.includes(name))
      .map(([AttributeName, AttributeValue]) => ({ AttributeName, AttributeValues: [{ AttributeValue }] }));
    return { answer: { AccountAttributes } };
  },
};

/** Three zones everywhere, and those of the world's subnets. */
export const DescribeAvailabilityZones: Action = {
  kind: "read",
  names: {
    AvailabilityZones: [
      "availabilityZoneInfo",
      {
        State: "zoneState",
        Messages: "messageSet",
        Geography: "geographySet",
        SubGeography: "subGeographySet",
      },
    ],
  },
  run: ({ region, query }) => {
    const letters = [...region.subnets.values()].flatMap(({ AvailabilityZone }) => AvailabilityZone?.slice(-1) ?? []);
    const zones = [...new Set(["a", "b", "c", ...letters])].toSorted().map((letter, n) => ({
      State: "available",
      OptInStatus: "opt-in-not-required",
      Messages: [],
      RegionName: region.name,
      ZoneName: `${region.name}${letter}`,
      ZoneId: `${shortOf(region.name)}-az${n + 1}`,
      GroupName: region.name,
      NetworkBorderGroup: region.name,
      ZoneType: "availability-zone",
    }));
    const [names, ids] = [query.texts("ZoneName"), query.texts("ZoneId")];
    const lost = [
      ...names.filter((name) => !zones.some(({ ZoneName }) => ZoneName === name)),
      ...ids.filter((id) => !zones.some(({ ZoneId }) => ZoneId === id)),
    ];
    if (lost.length > 0) return refused(invalid(`Invalid availability zone: [${lost.join(", ")}]`));
    const named = zones.filter(
      ({ ZoneName, ZoneId }) =>
        (names.length === 0 && ids.length === 0) || names.includes(ZoneName) || ids.includes(ZoneId),
    );
    const fields = fieldsOf<(typeof zones)[number]>([
      "group-long-name",
      "group-name",
      "message",
      "opt-in-status",
      "parent-zone-id",
      "parent-zone-name",
      "region-name",
      "state",
      "zone-id",
      "zone-name",
      "zone-type",
    ]);
    const left = filtered(query, named, fields);
    return isRefusal(left) ? refused(left) : { answer: { AvailabilityZones: left } };
  },
};

/** `eu-west-1` → `euw1` */
const shortOf = (region: string): string =>
  region.replace(
    /^(\w+)-(north|south|east|west|central)?(north|south|east|west)?\w*-(\d)$/,
    (_all, ...parts: string[]) => {
      const [area = "", first, second, number = ""] = parts;
      return `${area}${(first ?? "").slice(0, 1)}${(second ?? "").slice(0, 1)}${number}`;
    },
  );
