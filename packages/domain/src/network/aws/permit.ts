import type { PortSpec } from "@sallyport/contracts";
import type { AwsPeer, AwsPermit } from "./net.ts";

const LAST_PORT = 65_535;

type Transport = "tcp" | "udp";
const isTransport = (protocol: string): protocol is Transport => protocol === "tcp" || protocol === "udp";

interface Ports {
  readonly from: number;
  readonly to: number;
}

export function peerText(peer: AwsPeer): string {
  switch (peer.kind) {
    case "cidr":
      return peer.cidr;
    case "prefix-list":
    case "group":
      return peer.id;
    case "unreadable":
      return peer.text;
  }
}

/**
 * What makes a rule the rule it is: protocol, ports and peer. EC2 refuses a second one whatever its description. It is also the name
 * under which a rule of ours is marked, and by which people are told of it: `tcp 22 from 203.0.113.0/24`.
 */
export function permitText({ protocol, from, to, peer }: AwsPermit): string {
  const name = protocol === "-1" ? "all" : protocol;
  const join = protocol.startsWith("icmp") ? ":" : "-";
  const range = from === undefined ? "" : from === to || to === undefined ? ` ${from}` : ` ${from}${join}${to}`;
  return `${name}${range} from ${peerText(peer)}`;
}

/** The ports that the rule lets through with this transport. */
export function portsOf({ protocol, from, to }: AwsPermit, transport: Transport): Ports | undefined {
  if (protocol === "-1") return { from: 0, to: LAST_PORT };
  return protocol === transport ? { from: Math.max(from ?? 0, 0), to: to ?? LAST_PORT } : undefined;
}

export function permits(permit: AwsPermit, transport: Transport, port: number): boolean {
  const ports = portsOf(permit, transport);
  return ports !== undefined && ports.from <= port && port <= ports.to;
}

const TRANSPORTS: readonly Transport[] = ["tcp", "udp"];

/** Does the rule let anything through to one of these ports? */
export const meets = (permit: AwsPermit, selected: readonly PortSpec[]): boolean =>
  TRANSPORTS.some((transport) => selectedIn(selected, transport).some((port) => permits(permit, transport, port)));

const selectedIn = (selected: readonly PortSpec[], transport: Transport): readonly number[] =>
  selected.filter(({ protocol }) => protocol === transport || protocol === "*").map(({ port }) => port);

/**
 * What the rule lets through beside the selected ports, as rules: 22 out of 0–65535 leaves 0–21 and 23–65535 (P44). A rule for every
 * protocol leaves TCP, UDP and ICMP; whatever else it lets through is lost, since EC2 has no rule for "all but these".
 */
export function remainderOf(permit: AwsPermit, selected: readonly PortSpec[]): readonly AwsPermit[] {
  const { id: _id, from: _from, to: _to, ...base } = permit;
  const parts = TRANSPORTS.flatMap((protocol) => {
    const ports = portsOf(permit, protocol);
    const left = ports === undefined ? [] : without(ports, selectedIn(selected, protocol));
    return left.map(({ from, to }): AwsPermit => ({ ...base, protocol, from, to }));
  });
  const control = permit.protocol === "-1" ? icmpOf(permit.peer) : [];
  return [...parts, ...control.map((protocol): AwsPermit => ({ ...base, protocol, from: -1, to: -1 }))];
}

/** EC2 takes `icmp` for IPv4 ranges and `icmpv6` for IPv6 ones. */
const icmpOf = (peer: AwsPeer): readonly string[] => {
  if (peer.kind !== "cidr") return ["icmp", "icmpv6"];
  return [peer.cidr.includes(":") ? "icmpv6" : "icmp"];
};

function without(ports: Ports, taken: readonly number[]): readonly Ports[] {
  const left: Ports[] = [];
  let from = ports.from;
  for (const port of new Set(taken.filter((one) => ports.from <= one && one <= ports.to).toSorted((a, b) => a - b))) {
    if (port > from) left.push({ from, to: port - 1 });
    from = port + 1;
  }
  if (from <= ports.to) left.push({ from, to: ports.to });
  return left;
}

/** Does `outer` let through all that `inner` does? */
export const isWithin = (inner: AwsPermit, outer: AwsPermit): boolean =>
  peerText(inner.peer) === peerText(outer.peer) &&
  (outer.protocol === "-1" ||
    (inner.protocol === outer.protocol &&
      (outer.from ?? 0) <= (inner.from ?? 0) &&
      (inner.to ?? LAST_PORT) <= (outer.to ?? LAST_PORT)));

/** Without those that another one includes: what remains of overlapping rules becomes one rule where it can. */
export const widest = (permits: readonly AwsPermit[]): readonly AwsPermit[] =>
  permits.filter(
    (one, i) => !permits.some((other, j) => i !== j && isWithin(one, other) && (!isWithin(other, one) || j < i)),
  );

/** First ports of the intervals that the rule treats alike. */
export const boundariesOf = (permit: AwsPermit): readonly number[] =>
  isTransport(permit.protocol) ? [permit.from ?? 0, (permit.to ?? LAST_PORT) + 1] : [];
