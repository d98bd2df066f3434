import { cloudOf, familyOf } from "@sallyport/contracts";
import type { Address, Port, VmRef } from "@sallyport/contracts";
import { verdictAt } from "./address-set.ts";
import type { Verdict } from "./address-set.ts";
import { createAwsModel } from "./aws/model.ts";
import type { AwsNet } from "./aws/net.ts";
import { createAzureModel } from "./azure/model.ts";
import type { AzureNet } from "./azure/net.ts";
import type { Hop, NetworkModel } from "./model.ts";

/** What becomes of one source's packets to one address of the VM, station by station. */
export interface WayIn {
  readonly destination: Address;
  readonly verdict: Verdict;
  readonly hops: readonly Hop[];
}

/** Somebody who knocks at a port of a VM. */
export interface Knock {
  readonly vm: VmRef;
  readonly port: Port;
  readonly protocol: "tcp" | "udp";
  readonly source: Address;
}

/**
 * Explains from a network as a survey stored it: one way for each address of the VM that is of the source's family. `undefined`
 * when what is stored is none of this VM's, or of an earlier form: the next survey writes it anew.
 */
export function explain(stored: unknown, knock: Knock): readonly WayIn[] | undefined {
  if (cloudOf(knock.vm) === "azure") return isAzureNet(stored) ? waysIn(createAzureModel(), stored, knock) : undefined;
  return isAwsNet(stored) ? waysIn(createAwsModel(), stored, knock) : undefined;
}

function waysIn<Net, Rule>(
  model: NetworkModel<Net, Rule>,
  net: Net,
  { vm, port, protocol, source }: Knock,
): readonly WayIn[] | undefined {
  if (!model.vms(net).includes(vm)) return undefined;
  return model
    .addresses(net, vm)
    .filter((destination) => familyOf(destination) === familyOf(source))
    .map((destination) => {
      const flow = { vm, destination, port, protocol };
      return {
        destination,
        verdict: verdictAt(model.reachable(net, flow), source),
        hops: model.path(net, flow, source),
      };
    });
}

const AZURE_LISTS = [
  "vms",
  "interfaces",
  "vnets",
  "nsgs",
  "firewalls",
  "publicAddresses",
  "routeTables",
  "adminRules",
] as const;
const AWS_LISTS = ["instances", "interfaces", "groups", "prefixLists"] as const;

/** A network is plain JSON that we wrote: that every list is there tells its form from an earlier one. */
const holds = <Net>(stored: unknown, lists: readonly (keyof Net)[]): stored is Net =>
  typeof stored === "object" &&
  stored !== null &&
  lists.every((list) => Array.isArray(Object.entries(stored).find(([name]) => name === list)?.[1]));

/** Whether a survey stored this network of Azure, in today's form. */
export const isAzureNet = (stored: unknown): stored is AzureNet => holds<AzureNet>(stored, AZURE_LISTS);
/** Whether a survey stored this network of AWS, in today's form. */
export const isAwsNet = (stored: unknown): stored is AwsNet => holds<AwsNet>(stored, AWS_LISTS);
