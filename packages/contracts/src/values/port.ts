import { z } from "zod";

/** A TCP or UDP port number. */
export const Port = z.int().min(1).max(65_535).brand<"Port">().describe("port number, 1 to 65535");
export type Port = z.infer<typeof Port>;

export const port = (n: number): Port => n as Port;

/** The transport of a port rule; `*` is every protocol that has this port. */
export const Protocol = z.enum(["tcp", "udp", "*"]);
export type Protocol = z.infer<typeof Protocol>;

/** One door of a VM. */
export const PortSpec = z.object({ port: Port, protocol: Protocol });
export type PortSpec = z.infer<typeof PortSpec>;

/** What the recommendation looks at, for every operating system, unless configured otherwise (seed.md §8). */
export const managementPorts: readonly Port[] = [22, 3389, 5985, 5986].map(port);

/** Do the two transports share one? */
export const protocolsMeet = (a: Protocol, b: Protocol): boolean => a === b || a === "*" || b === "*";
