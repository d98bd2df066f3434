import type { Family, GrantId, LockdownId, PortSpec, Protocol } from "@sallyport/contracts";

/** So much of a list of ports is told in a name: ARM takes 80 characters in all (azure.md §7). */
const LONGEST_PORTS = 32;

/** Rule names are compared without regard to case. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The deny of one lockdown for one family and transport: `sallyport-deny-22-3389-<hash>`; a long list of ports is cut, the hash holds all. */
export function denyName(id: LockdownId, family: Family, protocol: Protocol, ports: readonly number[]): string {
  const all = ports.join("-");
  const cut = all.length <= LONGEST_PORTS ? all : `${all.slice(0, LONGEST_PORTS).replace(/-\d*$/, "")}-more`;
  return `sallyport-deny-${cut}-${hash([id, family, protocol, all].join(" "))}`;
}

/** The `nth` rule of a grant; most grants need one: `sallyport-allow-<grant>`. */
export const allowName = (id: GrantId, nth: number): string =>
  nth === 0 ? `sallyport-allow-${id}` : `sallyport-allow-${id}-${nth + 1}`;

/** The name itself, then others for the case that somebody else's rule has it. */
export function* spellings(name: string): Generator<string> {
  yield name;
  for (let n = 2; ; n += 1) yield `${name}.${n}`;
}

/** FNV-1a, 64 bits: spreads names, protects nothing. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (const character of text)
    value = BigInt.asUintN(64, (value ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n);
  return value.toString(36);
}

/** `22, 3389` with their transport, for sentences. */
export const sayPorts = (ports: readonly PortSpec[]): string =>
  ports.map(({ port, protocol }) => (protocol === "*" ? `${port}` : `${port}/${protocol}`)).join(", ");
