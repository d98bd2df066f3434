import type { Address, Port, PortSpec, VmRef } from "@sallyport/contracts";
import { remembered } from "../remembered.ts";
import type { AddressSet, Part } from "./address-set.ts";
import type { NetworkModel } from "./model.ts";

/** Sources that get in to one port of one address, or may, and by which rule. */
export interface Exposure {
  readonly address: Address;
  readonly port: Port;
  readonly protocol: "tcp" | "udp";
  readonly part: Part;
}

/** The transports that a port rule is about, one by one. */
export const transportsOf = (protocol: PortSpec["protocol"]): readonly ("tcp" | "udp")[] =>
  protocol === "*" ? ["tcp", "udp"] : [protocol];

const open = new WeakMap<AddressSet, readonly Part[]>();

/** The parts that are not denied. One set is shared by all VMs behind the same rules. */
const openParts = (set: AddressSet): readonly Part[] =>
  remembered(open, set, () => set.parts.filter(({ verdict }) => verdict !== "denied"));

/**
 * Who gets in to these ports of the VM, as the firewall objects decide: every allowed or unknown part, for each of its addresses.
 * What a lockdown leaves open, what a receipt says is still open, and what the recommendation judges.
 */
export function exposureOf<Net, Rule>(
  model: NetworkModel<Net, Rule>,
  net: Net,
  vm: VmRef,
  ports: readonly PortSpec[],
): readonly Exposure[] {
  const exposures: Exposure[] = [];
  for (const address of model.addresses(net, vm))
    for (const { port, protocol: wanted } of ports)
      for (const protocol of transportsOf(wanted))
        for (const part of openParts(model.reachable(net, { vm, destination: address, port, protocol })))
          exposures.push({ address, port, protocol, part });
  return exposures;
}
