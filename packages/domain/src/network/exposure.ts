import type { Address, Port, PortSpec, VmRef } from "@sallyport/contracts";
import type { Part } from "./address-set.ts";
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

/**
 * Who gets in to these ports of the VM, as the firewall objects decide: every allowed or unknown part, for each of its addresses.
 * What a lockdown leaves open, what a receipt says is still open, and what the recommendation judges.
 */
export const exposureOf = <Net, Rule>(
  model: NetworkModel<Net, Rule>,
  net: Net,
  vm: VmRef,
  ports: readonly PortSpec[],
): readonly Exposure[] =>
  model.addresses(net, vm).flatMap((address) =>
    ports.flatMap(({ port, protocol: wanted }) =>
      transportsOf(wanted).flatMap((protocol) =>
        model
          .reachable(net, { vm, destination: address, port, protocol })
          .parts.filter(({ verdict }) => verdict !== "denied")
          .map((part) => ({ address, port, protocol, part })),
      ),
    ),
  );
