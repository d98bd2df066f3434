import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupReferencesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  GetManagedPrefixListEntriesCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import type {
  EC2Client,
  Filter,
  IpPermission,
  ManagedPrefixList,
  NetworkInterface,
  PrefixListEntry,
  Reservation,
  RevokeSecurityGroupIngressResult,
  SecurityGroup,
  SecurityGroupReference,
  SecurityGroupRule,
  Tag,
  TagSpecification,
} from "@aws-sdk/client-ec2";
import type { SallyportError } from "@sallyport/contracts";
import type { Ec2Action } from "./permissions.ts";
import { isExpired, toFault } from "./translate.ts";

/** The calls that are needed of EC2, always paged, every error a fault of ours. Filters instead of ids: what is gone is absent. */
export interface Ec2 {
  readonly instances: (filters: readonly Filter[]) => Promise<readonly Reservation[]>;
  readonly interfaces: (filters: readonly Filter[]) => Promise<readonly NetworkInterface[]>;
  readonly groups: (filters: readonly Filter[]) => Promise<readonly SecurityGroup[]>;
  readonly rules: (filters: readonly Filter[]) => Promise<readonly SecurityGroupRule[]>;
  /** Who refers to these groups from other VPCs. The one call that takes ids: one that is gone fails it. */
  readonly references: (groupIds: readonly string[]) => Promise<readonly SecurityGroupReference[]>;
  readonly prefixLists: (filters: readonly Filter[]) => Promise<readonly ManagedPrefixList[]>;
  /** Of one version of a list, which never changes: read once. Lists that AWS manages have no versions. */
  readonly prefixListEntries: (id: string, version?: number) => Promise<readonly PrefixListEntry[]>;
  readonly createGroup: (about: {
    readonly name: string;
    readonly description: string;
    readonly vpc: string;
    readonly tags: readonly Tag[];
  }) => Promise<string | undefined>;
  readonly deleteGroup: (groupId: string) => Promise<void>;
  readonly tag: (id: string, tags: readonly Tag[]) => Promise<void>;
  readonly authorize: (
    groupId: string,
    direction: Direction,
    rules: readonly IpPermission[],
    tags: readonly Tag[],
  ) => Promise<void>;
  /** By id, so that nothing else can be meant (aws.md §5). */
  readonly revoke: (groupId: string, direction: Direction, ruleIds: readonly string[]) => Promise<Revoked>;
  /** Replaces the whole list. */
  readonly setGroups: (interfaceId: string, groupIds: readonly string[]) => Promise<void>;
}

export type Direction = "ingress" | "egress";

/** What EC2 says has been revoked, and whether it did not know part of it: a silent no-op in a default VPC (P19). */
export interface Revoked {
  readonly ids: readonly string[];
  readonly hasUnknown: boolean;
}

/** The most that a page of any of these may hold. */
const PAGE = 1000;

export const filter = (Name: string, ...Values: readonly string[]): Filter => ({ Name, Values: [...Values] });

/** Waits until a call of this action may be made, or throws where it may not be made any more. */
export type BeforeCall = (action: Ec2Action) => Promise<void>;

/** What came of a call: the fault it ended with, if any. */
export type AfterCall = (action: Ec2Action, fault?: SallyportError) => void;

/** Asks, or shares what others ask; `isPath`: who is behind the groups, not what they say. */
export type ShareLook = <T>(key: string, ask: () => Promise<T>, isPath: boolean) => Promise<T>;

export interface AroundCalls {
  readonly beforeCall?: BeforeCall;
  readonly afterCall?: AfterCall;
  readonly share?: ShareLook;
  /** What versions of prefix lists hold, of one account and region. */
  readonly versions?: ListVersions;
  /** Another client in place of one whose credentials have expired, if there can be one. */
  readonly renewed?: (stale: EC2Client) => EC2Client | undefined;
}

export type ListVersions = Map<string, readonly PrefixListEntry[]>;

/** The most versions that are remembered; beyond it EC2 is asked again. */
const MOST_VERSIONS = 1000;

const askAlone: ShareLook = (_, ask) => ask();

export function createEc2(
  entered: EC2Client,
  {
    beforeCall = async () => {},
    afterCall = () => {},
    share = askAlone,
    versions = new Map(),
    renewed,
  }: AroundCalls = {},
): Ec2 {
  let client = entered;
  const once: Call = async (action, send) => {
    await beforeCall(action);
    try {
      const answer = await send();
      afterCall(action);
      return answer;
    } catch (error) {
      const fault = toFault(error, action);
      afterCall(action, fault);
      throw fault;
    }
  };
  const call: Call = async (action, send) => {
    const used = client;
    try {
      return await once(action, send);
    } catch (fault) {
      const next = isExpired(fault) ? renewed?.(used) : undefined;
      if (next === undefined) throw fault;
      client = next;
      // What expired credentials ask for is refused before anything happens, so a write may be sent again, too.
      return once(action, send);
    }
  };
  const look = <Item>(
    action: Ec2Action,
    filters: readonly Filter[],
    ask: (asked: Asked) => Promise<Page<Item>>,
    isPath = false,
  ) => share(`${action} ${JSON.stringify(filters)}`, () => paged(call, action, filters, ask), isPath);
  return {
    instances: (filters) =>
      look(
        "DescribeInstances",
        filters,
        async (more) => {
          const page = await client.send(new DescribeInstancesCommand(more));
          return { items: page.Reservations, token: page.NextToken };
        },
        true,
      ),
    interfaces: (filters) =>
      look("DescribeNetworkInterfaces", filters, async (more) => {
        const page = await client.send(new DescribeNetworkInterfacesCommand(more));
        return { items: page.NetworkInterfaces, token: page.NextToken };
      }),
    groups: (filters) =>
      look(
        "DescribeSecurityGroups",
        filters,
        async (more) => {
          const page = await client.send(new DescribeSecurityGroupsCommand(more));
          return { items: page.SecurityGroups, token: page.NextToken };
        },
        filters.some(({ Name = "" }) => Name.endsWith("ip-permission.group-id")),
      ),
    rules: (filters) =>
      look("DescribeSecurityGroupRules", filters, async (more) => {
        const page = await client.send(new DescribeSecurityGroupRulesCommand(more));
        return { items: page.SecurityGroupRules, token: page.NextToken };
      }),
    references: (groupIds) =>
      share(
        `DescribeSecurityGroupReferences ${groupIds.join()}`,
        () =>
          call("DescribeSecurityGroupReferences", async () => {
            const found = await client.send(new DescribeSecurityGroupReferencesCommand({ GroupId: [...groupIds] }));
            return found.SecurityGroupReferenceSet ?? [];
          }),
        true,
      ),
    prefixLists: (filters) =>
      look("DescribeManagedPrefixLists", filters, async (more) => {
        const page = await client.send(new DescribeManagedPrefixListsCommand({ ...more, MaxResults: 100 }));
        return { items: page.PrefixLists, token: page.NextToken };
      }),
    prefixListEntries: async (PrefixListId, version) => {
      const key = `${PrefixListId} ${version ?? ""}`;
      const known = version === undefined ? undefined : versions.get(key);
      if (known !== undefined) return known;
      const entries = await paged(call, "GetManagedPrefixListEntries", [], async ({ NextToken }) => {
        const page = await client.send(
          new GetManagedPrefixListEntriesCommand({
            PrefixListId,
            MaxResults: 100,
            ...(NextToken !== undefined && { NextToken }),
          }),
        );
        return { items: page.Entries, token: page.NextToken };
      });
      if (versions.size >= MOST_VERSIONS) versions.clear();
      if (version !== undefined && entries.length > 0) versions.set(key, entries);
      return entries;
    },
    createGroup: ({ name, description, vpc, tags }) =>
      call("CreateSecurityGroup", async () => {
        const made = await client.send(
          new CreateSecurityGroupCommand({
            GroupName: name,
            Description: description,
            VpcId: vpc,
            ...tagged("security-group", tags),
          }),
        );
        return made.GroupId;
      }),
    deleteGroup: (GroupId) =>
      call("DeleteSecurityGroup", async () => {
        await client.send(new DeleteSecurityGroupCommand({ GroupId }));
      }),
    tag: (id, tags) =>
      call("CreateTags", async () => {
        await client.send(new CreateTagsCommand({ Resources: [id], Tags: [...tags] }));
      }),
    authorize: async (GroupId, direction, rules, tags) => {
      const input = { GroupId, IpPermissions: [...rules], ...tagged("security-group-rule", tags) };
      if (direction === "ingress")
        await call("AuthorizeSecurityGroupIngress", () => client.send(new AuthorizeSecurityGroupIngressCommand(input)));
      else
        await call("AuthorizeSecurityGroupEgress", () => client.send(new AuthorizeSecurityGroupEgressCommand(input)));
    },
    revoke: async (GroupId, direction, ruleIds) => {
      const input = { GroupId, SecurityGroupRuleIds: [...ruleIds] };
      return revokedBy(
        direction === "ingress"
          ? await call("RevokeSecurityGroupIngress", () => client.send(new RevokeSecurityGroupIngressCommand(input)))
          : await call("RevokeSecurityGroupEgress", () => client.send(new RevokeSecurityGroupEgressCommand(input))),
      );
    },
    setGroups: (NetworkInterfaceId, groupIds) =>
      call("ModifyNetworkInterfaceAttribute", async () => {
        await client.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [...groupIds] }));
      }),
  };
}

const revokedBy = ({ RevokedSecurityGroupRules, UnknownIpPermissions }: RevokeSecurityGroupIngressResult): Revoked => ({
  ids: (RevokedSecurityGroupRules ?? []).flatMap(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? []),
  hasUnknown: (UnknownIpPermissions ?? []).length > 0,
});

const tagged = (
  type: "security-group" | "security-group-rule",
  tags: readonly Tag[],
): { TagSpecifications?: TagSpecification[] } =>
  tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: type, Tags: [...tags] }] };

type Call = <T>(action: Ec2Action, send: () => Promise<T>) => Promise<T>;

interface Asked {
  readonly Filters?: Filter[];
  readonly MaxResults: number;
  readonly NextToken?: string;
}

interface Page<Item> {
  readonly items: readonly Item[] | undefined;
  readonly token: string | undefined;
}

async function paged<Item>(
  call: Call,
  action: Ec2Action,
  filters: readonly Filter[],
  ask: (asked: Asked) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  let token: string | undefined;
  do {
    const asked = {
      MaxResults: PAGE,
      ...(filters.length > 0 && { Filters: [...filters] }),
      ...(token !== undefined && { NextToken: token }),
    };
    const page = await call(action, () => ask(asked));
    found.push(...(page.items ?? []));
    token = page.token === "" ? undefined : page.token;
  } while (token !== undefined);
  return found;
}
