import type { Address, Cidr, ObjectId, ScopeId, VmRef } from "@sallyport/contracts";

/** A tag of a group or of one rule. */
export interface AwsTag {
  readonly key: string;
  readonly value: string;
}

/** Who may send: exactly one kind per rule (aws.md §2). */
export type AwsPeer =
  | { readonly kind: "cidr"; readonly cidr: Cidr }
  | { readonly kind: "prefix-list"; readonly id: string }
  | {
      readonly kind: "group";
      readonly id: string;
      readonly owner?: string;
      readonly vpc?: string;
      readonly peeringConnection?: string;
      readonly peeringStatus?: string;
    }
  /** Something that could not be read; kept, so that it is never taken for harmless. */
  | { readonly kind: "unreadable"; readonly text: string };

/** One security-group rule of one direction, for one peer. What makes it the rule it is, `permitText` says; the rest may differ. */
export interface AwsPermit {
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for every protocol, or another protocol's number. */
  readonly protocol: string;
  /** First and last port, or ICMP type and code; absent where the protocol has none. */
  readonly from?: number;
  readonly to?: number;
  readonly peer: AwsPeer;
  /** `sgr-…`; absent in old exports, and until EC2 has given one. */
  readonly id?: string;
  readonly description?: string;
  readonly tags: readonly AwsTag[];
}

/** A security group with its rules. */
export interface AwsGroup {
  /** `sg-…`; for a group of ours `<vpc>/<name>`, so that it has a name before it exists (settled.md §1). */
  readonly key: ObjectId;
  readonly scope: ScopeId;
  /** `sg-…`; absent until EC2 has given one. */
  readonly id?: string;
  readonly name: string;
  readonly vpc: string;
  readonly description: string;
  readonly tags: readonly AwsTag[];
  readonly ingress: readonly AwsPermit[];
  readonly egress: readonly AwsPermit[];
  /** Whether the Net holds every interface that is in this group. */
  readonly membersKnown: boolean;
  /** Whether the Net holds every group with a rule that refers to this one. */
  readonly referencesKnown: boolean;
  /** VPCs across a peering or a transit gateway, perhaps of other accounts, in which some group has a rule that refers to this one. */
  readonly referredFrom?: readonly string[];
}

/** A network interface, of an instance or of anything else that shares a group. */
export interface AwsInterface {
  readonly id: ObjectId;
  readonly scope: ScopeId;
  readonly vpc: string;
  /** The instance it is attached to. */
  readonly vm?: VmRef;
  /** 0 is the primary one. */
  readonly index: number;
  /** Private addresses of both families. */
  readonly addresses: readonly Address[];
  readonly publicAddresses: readonly { readonly id: ObjectId; readonly address: Address }[];
  readonly groups: readonly ObjectId[];
}

export interface AwsInstance {
  readonly vm: VmRef;
  readonly scope: ScopeId;
  readonly name: string;
  readonly osType: "linux" | "windows" | "unknown";
  readonly power: "running" | "stopped" | "unknown";
}

/** A prefix list that some rule names. */
export interface AwsPrefixList {
  readonly id: string;
  /** Its content; absent when it could not be read. */
  readonly entries?: readonly Cidr[];
  /** What it counts as in a group's quota. */
  readonly maxEntries?: number;
}

/** The instances asked for, their interfaces with all their groups, and every interface that shares one of these. Plain JSON. */
export interface AwsNet {
  readonly instances: readonly AwsInstance[];
  readonly interfaces: readonly AwsInterface[];
  readonly groups: readonly AwsGroup[];
  readonly prefixLists: readonly AwsPrefixList[];
  /** How many groups the whole region has; absent where not all of it was read. */
  readonly groupsInRegion?: number;
}

// Lists are values: what was found in one stays true, and a list that a change left alone is still the same one.
const groupsByKey = new WeakMap<readonly AwsGroup[], ReadonlyMap<ObjectId, AwsGroup>>();
const interfacesByVm = new WeakMap<readonly AwsInterface[], ReadonlyMap<VmRef, readonly AwsInterface[]>>();

export function groupOf({ groups }: AwsNet, key: ObjectId): AwsGroup | undefined {
  let known = groupsByKey.get(groups);
  if (known === undefined) {
    // The first of a key, where a listing names it twice.
    known = new Map(groups.toReversed().map((group) => [group.key, group]));
    groupsByKey.set(groups, known);
  }
  return known.get(key);
}

/** The VM's interfaces, the primary one first. */
export function interfacesOf({ interfaces }: AwsNet, vm: VmRef): readonly AwsInterface[] {
  let known = interfacesByVm.get(interfaces);
  if (known === undefined) {
    known = byVm(interfaces);
    interfacesByVm.set(interfaces, known);
  }
  return known.get(vm) ?? [];
}

function byVm(interfaces: readonly AwsInterface[]): ReadonlyMap<VmRef, readonly AwsInterface[]> {
  const found = new Map<VmRef, AwsInterface[]>();
  for (const one of interfaces) {
    if (one.vm === undefined) continue;
    const own = found.get(one.vm);
    if (own === undefined) found.set(one.vm, [one]);
    else own.push(one);
  }
  for (const own of found.values()) own.sort((a, b) => a.index - b.index);
  return found;
}

export const holdersOf = (net: AwsNet, group: ObjectId): readonly AwsInterface[] =>
  net.interfaces.filter(({ groups }) => groups.includes(group));
