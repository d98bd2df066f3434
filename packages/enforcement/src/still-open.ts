import { familyOf } from "@sallyport/contracts";
import type { PortSpec, Shadow, StillOpen, VmRef } from "@sallyport/contracts";
import { cidrsOf, exposureOf } from "@sallyport/domain";
import type { Exposure, NetworkModel } from "@sallyport/domain";

const MOST_RANGES = 1000;
const MOST_ROWS = 256;

interface Open {
  readonly by: string;
  readonly port: PortSpec["port"];
  readonly protocol: "tcp" | "udp";
  readonly sources: StillOpen["sources"];
}

/** Who gets in, grouped by the rule that lets them in. */
function byRule(exposures: readonly Exposure[]): readonly Open[] {
  const groups = new Map<string, Exposure[]>();
  for (const one of exposures) {
    const key = [one.part.by, one.port, one.protocol, one.address].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const sources = cidrsOf(
      familyOf(first.address),
      group.map(({ part }) => part),
    ).slice(0, MOST_RANGES);
    return [{ by: `${first.part.by} (to ${first.address})`, port: first.port, protocol: first.protocol, sources }];
  });
}

/** Who still gets in to these ports, and by which rule: what a receipt states (G3). */
export function stillOpenAt<Net, Rule>(
  model: NetworkModel<Net, Rule>,
  net: Net,
  vm: VmRef,
  ports: readonly PortSpec[],
): StillOpen[] {
  const allowed = exposureOf(model, net, vm, ports).filter(({ part }) => part.verdict === "allowed");
  return byRule(allowed)
    .slice(0, MOST_ROWS)
    .map(({ port, protocol, sources, by }) => ({ port, protocol, sources, by }));
}

/**
 * Foreign rules that let traffic through to ports under lockdown, or may: the lockdown is not effective, and they are named (P1).
 * Rules of ours are grants: they are meant to let traffic through.
 */
export function shadowsAt<Net, Rule>(
  model: NetworkModel<Net, Rule>,
  net: Net,
  vm: VmRef,
  ports: readonly PortSpec[],
  ours: (by: string) => boolean,
): Shadow[] {
  const through = exposureOf(model, net, vm, ports).filter(({ part }) => !ours(part.by));
  return byRule(through)
    .slice(0, MOST_ROWS)
    .map(({ port, protocol, sources, by }) => ({ port, protocol, by, sources: sources.slice(0, 20).join(", ") }));
}
