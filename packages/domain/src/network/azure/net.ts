import type { Address, ObjectId, VmRef } from "@sallyport/contracts";

/** An inbound or outbound rule of an NSG. Singular and plural fields are one list; absent, `""` and `[]` are the same (P32). */
export interface NsgRule {
  /** As Azure spells it; compared without regard to case. */
  readonly name: string;
  readonly description: string;
  readonly access: "allow" | "deny";
  readonly direction: "inbound" | "outbound";
  /** 100 to 4096, unique per direction; the default rules stand behind, from 65000. The smallest decides first. */
  readonly priority: number;
  /** In lower case; `*` for any, also where Azure says `All` (P33). */
  readonly protocol: string;
  /** Texts as Azure holds them: `22`, `8000-8100`, `*`. */
  readonly sourcePorts: readonly string[];
  readonly destinationPorts: readonly string[];
  /** Prefixes, ranges, `*`, service tags, and nonsense that ARM accepts (P34). */
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  /** Application security groups. */
  readonly sourceGroups: readonly ObjectId[];
  readonly destinationGroups: readonly ObjectId[];
}

export interface Nsg {
  readonly id: ObjectId;
  readonly name: string;
  readonly rules: readonly NsgRule[];
  readonly defaults: readonly NsgRule[];
  /** `flushConnection`: rules are applied to live connections, too, so closing cuts them (P16). */
  readonly flushes: boolean;
}

export interface Subnet {
  readonly id: ObjectId;
  readonly prefixes: readonly string[];
  readonly nsg?: ObjectId;
  readonly routeTable?: ObjectId;
}

export interface Vnet {
  readonly id: ObjectId;
  readonly prefixes: readonly string[];
  /** Address spaces of connected peers. */
  readonly peers: readonly string[];
  /** A gateway, its own or a peer's, may lead to further private networks. */
  readonly hasGateway: boolean;
  /** An Azure Firewall stands in it: its firewall subnet is in use. */
  readonly hasFirewall: boolean;
  readonly subnets: readonly Subnet[];
}

/** One private address of an interface, with what hangs on it. */
export interface IpConfiguration {
  readonly name: string;
  /** Absent while it is not allocated. */
  readonly address?: Address;
  readonly isPrimary: boolean;
  readonly subnet?: ObjectId;
  readonly publicAddress?: ObjectId;
  /** Application security groups. */
  readonly groups: readonly ObjectId[];
  readonly isBehindLoadBalancer: boolean;
}

export interface Interface {
  readonly id: ObjectId;
  readonly vm?: ObjectId;
  readonly nsg?: ObjectId;
  readonly configurations: readonly IpConfiguration[];
}

export interface PublicAddress {
  readonly id: ObjectId;
  /** Absent while it is not allocated. */
  readonly address?: Address;
}

export interface RouteTable {
  readonly id: ObjectId;
  readonly routes: readonly { readonly prefix: string; readonly nextHop: string }[];
}

export interface AzureVm {
  readonly ref: VmRef;
  /** As Azure spells it. */
  readonly name: string;
  readonly location: string;
  readonly osType: "linux" | "windows" | "unknown";
  readonly power: "running" | "stopped" | "unknown";
  /** The first is the primary one. */
  readonly interfaces: readonly ObjectId[];
}

/**
 * The network around some VMs, in plain JSON: the VMs, and every NSG on their paths or asked for. What is referred to and not in
 * here was not found. Firewalls get their place beside the NSGs.
 */
export interface AzureNet {
  readonly vms: readonly AzureVm[];
  readonly interfaces: readonly Interface[];
  readonly vnets: readonly Vnet[];
  readonly nsgs: readonly Nsg[];
  readonly publicAddresses: readonly PublicAddress[];
  readonly routeTables: readonly RouteTable[];
}
