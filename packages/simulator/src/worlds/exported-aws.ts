import { basename } from "node:path";
import { z } from "zod";
import { AwsDocuments } from "../world/documents.ts";

/** One file of an export: what a command printed, and where it lay, which may name account, region or prefix list. */
export interface ExportedFile {
  readonly path: string;
  readonly json: unknown;
}

/** Which command prints which list. */
const CALLS: Readonly<Record<string, string>> = {
  Reservations: "DescribeInstances",
  NetworkInterfaces: "DescribeNetworkInterfaces",
  SecurityGroups: "DescribeSecurityGroups",
  SecurityGroupRules: "DescribeSecurityGroupRules",
  Vpcs: "DescribeVpcs",
  Subnets: "DescribeSubnets",
  PrefixLists: "DescribeManagedPrefixLists",
};

const Printed = z.record(z.string(), z.unknown());
const Items = z.array(z.looseObject({}));
type Items = readonly Readonly<Record<string, unknown>>[];

interface Part {
  readonly path: string;
  readonly member: string;
  readonly items: Items;
  readonly accountId: string | undefined;
  readonly region: string | undefined;
  readonly vpcs: ReadonlySet<string>;
}

/** Is this what `aws ec2 describe-*` prints, one answer or several under the names of their calls? */
export const isAwsExport = (json: unknown): boolean => partsOf({ path: "", json }).length > 0;

/**
 * The accounts and regions of files printed by `aws ec2 describe-*` (also in pages) and `get-managed-prefix-list-entries` (into a file
 * named after its list). Account and region are read off the path or the items; a file that shows neither belongs where its VPCs are, or
 * to the only one there is. Each account gets a key, by `keyFor`. Throws when a file cannot be placed, or is something else.
 */
export function readAwsExport(
  files: readonly ExportedFile[],
  keyFor: (accountId: string, n: number) => { readonly accessKeyId: string; readonly secretAccessKey: string },
): AwsDocuments {
  const parts = files.flatMap((file) => {
    const found = partsOf(file);
    if (found.length === 0) throw new Error(`${file.path}: not what aws ec2 describe-… prints`);
    return found;
  });
  const only = <T>(values: readonly (T | undefined)[]): T | undefined => {
    const known = [...new Set(values.filter((value) => value !== undefined))];
    return known.length === 1 ? known[0] : undefined;
  };
  const accounts = new Map<string, Map<string, Map<string, Items>>>();
  for (const part of parts) {
    const kin = parts.filter(({ vpcs }) => [...part.vpcs].some((id) => vpcs.has(id)));
    const place = (of: "accountId" | "region") =>
      part[of] ?? only(kin.map((one) => one[of])) ?? only(parts.map((one) => one[of]));
    const [accountId, region] = [place("accountId"), place("region")];
    if (accountId === undefined || region === undefined)
      throw new Error(
        `${part.path}: shows no ${accountId === undefined ? "account" : "region"}; put it into a folder of that name`,
      );
    const regions = entry(accounts, accountId, new Map<string, Map<string, Items>>());
    const members = entry(regions, region, new Map<string, Items>());
    members.set(part.member, [...(members.get(part.member) ?? []), ...part.items]);
  }
  return AwsDocuments.parse({
    accounts: [...accounts].map(([accountId, regions], n) => ({
      accountId,
      accessKeys: [keyFor(accountId, n)],
      regions: Object.fromEntries([...regions].map(([region, members]) => [region, documentsOf(members)])),
    })),
  });
}

function entry<V>(map: Map<string, V>, key: string, fresh: V): V {
  const value = map.get(key) ?? fresh;
  map.set(key, value);
  return value;
}

function partsOf({ path, json }: ExportedFile): readonly Part[] {
  const printed = Printed.safeParse(json).data ?? {};
  const answers = [printed, ...Object.values(CALLS).map((call) => Printed.safeParse(printed[call]).data ?? {})];
  return answers.flatMap((answer) =>
    Object.entries(answer).flatMap(([member, value]): readonly Part[] => {
      const listId = /pl-[0-9a-f]+/.exec(basename(path))?.[0];
      const isEntries = member === "Entries" && listId !== undefined;
      const items = CALLS[member] === undefined && !isEntries ? undefined : Items.safeParse(value).data;
      if (items === undefined) return [];
      const text = JSON.stringify(items);
      return [
        {
          path,
          member: isEntries ? `Entries ${listId}` : member,
          items,
          accountId: /(?<!\d)\d{12}(?!\d)/.exec(path)?.[0] ?? /"OwnerId":"(\d{12})"/.exec(text)?.[1],
          region:
            REGION.exec(path)?.[0] ??
            IN_ITEMS.exec(text)
              ?.slice(1)
              .find((one) => one !== undefined),
          vpcs: new Set(text.match(/"vpc-[0-9a-f]{8,17}"/g)),
        },
      ];
    }),
  );
}

const REGION = /(?<![a-z0-9])[a-z]{2}(?:-[a-z]+){1,2}-\d(?![a-z0-9])/;
const IN_ITEMS = /"AvailabilityZone":"([a-z]{2}(?:-[a-z]+){1,2}-\d)[a-z]"|arn:aws:ec2:([a-z]{2}(?:-[a-z]+){1,2}-\d):/;

function documentsOf(members: ReadonlyMap<string, Items>) {
  const withEntries = (list: Readonly<Record<string, unknown>>) => {
    const Entries = members.get(`Entries ${String(list["PrefixListId"])}`);
    return Entries === undefined ? list : { ...list, Entries };
  };
  return Object.fromEntries(
    [...members].flatMap(([member, items]) => {
      const call = CALLS[member];
      return call === undefined
        ? []
        : [[call, { [member]: member === "PrefixLists" ? items.map(withEntries) : items }] as const];
    }),
  );
}
