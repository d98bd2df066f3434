import {
  ObjectId,
  boundsOf,
  familyOf,
  addressNumber,
  awsParts,
  Cidr,
  managementPorts,
  scopeOf,
  seconds,
} from "@sallyport/contracts";
import type { Address, Seconds, SessionEffect, VmRef, Way } from "@sallyport/contracts";
import { transportsOf } from "../exposure.ts";
import type { Allow } from "../want.ts";
import type { VmFacts } from "../../recommendation/vm-facts.ts";
import { interfacesFor } from "./allow.ts";
import { groupOf, interfacesOf } from "./net.ts";
import type { AwsInterface, AwsNet, AwsPermit } from "./net.ts";
import { permitText, permits } from "./permit.ts";

/** What a change of a security group usually takes until packets meet it (settled.md §2). */
export const OPENING_TIME: Seconds = seconds(15);

const groupsOf = (net: AwsNet, interfaces: readonly AwsInterface[]) =>
  [...new Set(interfaces.flatMap(({ groups }) => groups))].flatMap((key) => groupOf(net, key) ?? []);

/**
 * Flows that a grant lets in are tracked, since no grant is written as 0.0.0.0/0, and tracked flows outlive their rule. What a rule
 * from everywhere lets in while everything may leave is not tracked: it ends with the rule, so locking down cuts it (aws.md §4, P17).
 */
export function closingOf(net: AwsNet, vm: VmRef): SessionEffect {
  for (const one of interfacesOf(net, vm)) {
    const groups = groupsOf(net, [one]);
    for (const group of groups) {
      const untracked = group.ingress.find((permit) =>
        isUntracked(
          permit,
          groups.flatMap(({ egress }) => egress),
        ),
      );
      if (untracked !== undefined)
        return {
          sessions: "may-be-cut",
          because: `EC2 does not track what ${group.key} lets in by ${permitText(untracked)}: those connections end when that rule is revoked, or when it lets them in beside a grant and goes. Connections that a grant alone lets in are kept`,
        };
    }
  }
  return {
    sessions: "kept",
    because: "EC2 tracks the connections that a grant lets in, and tracked ones outlive their rule",
  };
}

const isEverywhere = ({ peer }: AwsPermit): boolean =>
  peer.kind === "cidr" && (peer.cidr === "0.0.0.0/0" || peer.cidr === "::/0");

const isUntracked = (permit: AwsPermit, egress: readonly AwsPermit[]): boolean =>
  isEverywhere(permit) &&
  managementPorts.some((port) => permits(permit, "tcp", port)) &&
  egress.some(
    (out) =>
      isEverywhere(out) &&
      out.peer.kind === "cidr" &&
      permit.peer.kind === "cidr" &&
      out.peer.cidr === permit.peer.cidr &&
      permits(out, "tcp", 1024) &&
      permits(out, "tcp", 65_535),
  );

const LOCAL = ["fc00::/7", "fe80::/10"].map((text) => boundsOf(Cidr.parse(text)));

/** IPv6 addresses in a VPC are the Internet's own, unless they are local ones. */
const isGlobal = (address: Address): boolean => {
  if (familyOf(address) === "ipv4") return false;
  const value = addressNumber(address);
  return !LOCAL.some(({ first, last }) => first <= value && value <= last);
};

export function factsOf(net: AwsNet, vm: VmRef): VmFacts | undefined {
  const instance = net.instances.find((one) => one.vm === vm);
  if (instance === undefined) return undefined;
  const interfaces = interfacesOf(net, vm);
  const publicAddresses = [
    ...interfaces.flatMap((one) => one.publicAddresses),
    ...interfaces.flatMap(({ addresses }) =>
      addresses.filter(isGlobal).map((address) => ({ id: ObjectId.parse(address), address })),
    ),
  ];
  return {
    profile: {
      vm,
      cloud: "aws",
      scope: scopeOf(vm),
      name: instance.name,
      location: awsParts(vm).region,
      osType: instance.osType,
      power: instance.power,
      interfaces: interfaces.map(({ id }) => id),
      publicAddresses,
      privateAddresses: [...new Set(interfaces.flatMap(({ addresses }) => addresses))].sort(),
      openingTime: OPENING_TIME,
      closing: closingOf(net, vm),
    },
    generation: "current",
    guards: groupsOf(net, interfaces).map(({ key }) => key),
    exposedBy: publicAddresses.map(({ id }) => id),
  };
}

/** Where to connect to: the public addresses first. */
export const waysTo = (net: AwsNet, allow: Allow): readonly Way[] => {
  const targets = interfacesFor(net, allow);
  const addresses = [
    ...targets.flatMap((one) => one.publicAddresses.map(({ address }) => address)),
    ...targets.flatMap((one) => one.addresses),
  ];
  const ways = allow.ports.flatMap(({ port, protocol, sources }) =>
    addresses
      .filter(
        (address) => transportsOf(protocol).length > 0 && sources.some((one) => familyOf(one) === familyOf(address)),
      )
      .map((address): Way => ({ address, port })),
  );
  return [...new Map(ways.map((way) => [`${way.address} ${way.port}`, way])).values()];
};
