import type { AdminRule, AzureResource, Nic, Nsg, PublicIp, RouteTable, Vm, Vnet } from "./resources.ts";

/**
 * One resource. What the management plane shows and what packets meet differ while a write is under way, and after one that failed:
 * a write takes effect whole, at the instant at which its operation completes.
 */
export interface Entry {
  /** What a GET answers; absent when it was deleted, or is not there yet. */
  readonly shown?: AzureResource;
  /** What packets meet. */
  readonly effective?: AzureResource;
  /** What was shown before the last write, and since when it no longer is (epoch ms). For stale reads. */
  readonly before?: { readonly shown: AzureResource | undefined; readonly untilMs: number };
  /** Id of the operation under way. */
  readonly operation?: string;
}

/** ARM ids are compared without regard to case; the stored spelling is kept. */
export const keyOf = (id: string): string => id.toLowerCase();

/** All resources of all subscriptions, by id. */
export interface Estate {
  readonly entry: (id: string) => Entry | undefined;
  readonly put: (id: string, entry: Entry) => void;
  readonly remove: (id: string) => void;
  /** In the order in which they came. */
  readonly entries: () => IterableIterator<readonly [string, Entry]>;
  /** Grows with every change that can alter who refers to whom: of everything but NSGs, and when one comes or goes. */
  readonly linksRevision: () => number;
  readonly nsg: (id: string) => Nsg | undefined;
  readonly nic: (id: string) => Nic | undefined;
  readonly vnet: (id: string) => Vnet | undefined;
  readonly publicIp: (id: string) => PublicIp | undefined;
  readonly vm: (id: string) => Vm | undefined;
  readonly routeTable: (id: string) => RouteTable | undefined;
  /** The security admin rules in force in a network. */
  readonly adminRules: (vnetId: string) => readonly AdminRule[];
  /** Everything that packets meet. */
  readonly effective: () => readonly AzureResource[];
}

export interface AdminRulesOfNetwork {
  readonly virtualNetwork: string;
  readonly value: readonly AdminRule[];
}

export function createEstate(adminRules: readonly AdminRulesOfNetwork[] = []): Estate {
  const adminRulesByNetwork = new Map(adminRules.map(({ virtualNetwork, value }) => [keyOf(virtualNetwork), value]));
  const entries = new Map<string, Entry>();
  let linksRevision = 0;
  const effective = (id: string) => entries.get(keyOf(id))?.effective;
  return {
    entry: (id) => entries.get(keyOf(id)),
    put: (id, entry) => {
      const was = entries.get(keyOf(id));
      if (entry.shown?.kind !== "nsg" || was?.shown?.kind !== "nsg") linksRevision += 1;
      entries.set(keyOf(id), entry);
    },
    remove: (id) => {
      linksRevision += 1;
      entries.delete(keyOf(id));
    },
    entries: () => entries.entries(),
    linksRevision: () => linksRevision,
    nsg: (id) => {
      const found = effective(id);
      return found?.kind === "nsg" ? found.doc : undefined;
    },
    nic: (id) => {
      const found = effective(id);
      return found?.kind === "nic" ? found.doc : undefined;
    },
    vnet: (id) => {
      const found = effective(id);
      return found?.kind === "vnet" ? found.doc : undefined;
    },
    publicIp: (id) => {
      const found = effective(id);
      return found?.kind === "publicIp" ? found.doc : undefined;
    },
    vm: (id) => {
      const found = effective(id);
      return found?.kind === "vm" ? found.doc : undefined;
    },
    routeTable: (id) => {
      const found = effective(id);
      return found?.kind === "routeTable" ? found.doc : undefined;
    },
    adminRules: (vnetId) => adminRulesByNetwork.get(keyOf(vnetId)) ?? [],
    effective: () => [...entries.values()].flatMap((entry) => entry.effective ?? []),
  };
}
