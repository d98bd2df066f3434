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
  /** Its last write goes on, or did not succeed: it is shown, and perhaps not in force (P37). */
  readonly inDoubt?: true;
}

export interface Nsg {
  readonly id: ObjectId;
  readonly name: string;
  readonly rules: readonly NsgRule[];
  readonly defaults: readonly NsgRule[];
  /** `flushConnection`: rules are applied to live connections, too, so closing cuts them (P16). */
  readonly flushes: boolean;
}

/**
 * A security admin rule of an Azure Virtual Network Manager, as it is in force in a network: it decides before every NSG (P31). `deny`
 * and `always-allow` are final; `allow` hands on to the NSGs, and keeps rules behind it from deciding.
 */
export interface AdminRule extends Omit<NsgRule, "access" | "description"> {
  readonly id: ObjectId;
  readonly access: "allow" | "deny" | "always-allow";
  /** The network manager that it is from: of two, nobody here knows whose rules come first. */
  readonly manager: ObjectId;
}

/** The security admin rules of one network. */
export interface AdminRules {
  readonly vnet: ObjectId;
  readonly rules: readonly AdminRule[];
  /** Why they could not be read, or not all of them: what they decide is not known, then. */
  readonly unread?: string;
  /** Unread because Azure did not answer for the moment: asked again, it may. */
  readonly mayPass?: true;
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
  readonly routes: readonly {
    readonly prefix: string;
    readonly nextHop: string;
    /** Of an appliance. */
    readonly nextHopAddress?: string;
  }[];
}

/** A rule of an Azure Firewall's NAT or network collection (classic); texts as Azure holds them. */
export interface FirewallRule {
  readonly name: string;
  readonly description: string;
  /** In lower case; `any` for all. */
  readonly protocols: readonly string[];
  readonly sources: readonly string[];
  /** IP groups. */
  readonly sourceGroups: readonly ObjectId[];
  /** Of a NAT rule: the firewall's own addresses. */
  readonly destinations: readonly string[];
  readonly destinationGroups: readonly ObjectId[];
  readonly destinationNames: readonly string[];
  readonly destinationPorts: readonly string[];
  /** Of a NAT rule: where it leads to; a name, where it was not given an address. */
  readonly translated?: { readonly address?: string; readonly name?: string; readonly port?: string };
}

/** The smallest number decides first, within its kind; NAT goes before network (azure.md §9). */
export interface FirewallCollection {
  readonly kind: "nat" | "network";
  readonly name: string;
  /** 100 to 65000, unique within the kind. */
  readonly priority: number;
  readonly action: "allow" | "deny" | "dnat";
  readonly rules: readonly FirewallRule[];
}

export interface Firewall {
  readonly id: ObjectId;
  readonly name: string;
  /** Its last write succeeded: all of its instances hold what is said here. While it goes on, or has failed, some may not (P37). */
  readonly isSettled: boolean;
  readonly subnets: readonly ObjectId[];
  readonly addresses: readonly Address[];
  readonly publicAddresses: readonly ObjectId[];
  /** What governs it instead of classic rules: a firewall policy, or a hub (S24–S26). Its collections are empty, then. */
  readonly governedBy?: ObjectId;
  readonly collections: readonly FirewallCollection[];
}

/** What a change on Azure is about: a rule of an NSG, or a whole collection of a firewall. */
export type AzureRule = NsgRule | FirewallCollection;

export const isCollection = (rule: AzureRule): rule is FirewallCollection => "rules" in rule;

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
 * here was not found.
 */
export interface AzureNet {
  readonly vms: readonly AzureVm[];
  readonly interfaces: readonly Interface[];
  readonly vnets: readonly Vnet[];
  readonly nsgs: readonly Nsg[];
  readonly firewalls: readonly Firewall[];
  readonly publicAddresses: readonly PublicAddress[];
  readonly routeTables: readonly RouteTable[];
  /** One for each network that was asked about; a network without one has none. */
  readonly adminRules: readonly AdminRules[];
}
