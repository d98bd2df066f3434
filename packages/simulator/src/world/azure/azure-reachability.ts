import type { CloudReachability, Reach } from "../reachability.ts";
import { keyOf } from "./estate.ts";
import type { Estate } from "./estate.ts";
import { pathOf, pathsOf } from "./path.ts";

/** What Azure does with a packet, and with a connection whose door was closed behind it (azure.md §7). */
export function createAzureReachability(estate: Estate): CloudReachability {
  return {
    resolve: (vm) => {
      if (vm.startsWith("/")) return estate.vm(vm) === undefined ? undefined : keyOf(vm);
      const named = estate
        .effective()
        .filter((resource) => resource.kind === "vm" && resource.doc.name.toLowerCase() === vm.toLowerCase());
      return named.length === 1 && named[0] !== undefined ? keyOf(named[0].doc.id) : undefined;
    },
    reachable: (packet) => {
      const vm = estate.vm(packet.vm);
      if (vm !== undefined) return pathOf(estate, vm, packet);
      return { verdict: "denied", hops: [{ object: packet.vm, kind: "vm", verdict: "denied", why: "no such VM" }] };
    },
    survivesClosing: (packet, opened, now) => {
      const wall = opened.hops.find(({ kind }) => kind === "firewall");
      const vm = estate.vm(packet.vm);
      // A connection stays on the way by which it came, whatever other ways there are by now.
      const same = vm && wall ? pathsOf(estate, vm, packet).filter((reach) => passes(reach, wall.object)) : [now];
      if (wall !== undefined && same.length === 0)
        return { survives: false, why: `${wall.object} drops connections that its rules no longer allow` };
      const again = same.find(({ verdict }) => verdict !== "denied") ?? same[0] ?? now;
      const denial = again.hops.find(({ verdict }) => verdict !== "allowed");
      if (denial === undefined || denial.verdict === "unknown")
        return { survives: true, why: "not known to be denied" };
      const nsg = estate.nsg(denial.object);
      if (nsg === undefined) return { survives: false, why: denial.why };
      if (nsg.properties.flushConnection === true)
        return {
          survives: false,
          why: `${nsg.name} has flushConnection: its rules are applied to live connections, too`,
        };
      return { survives: true, why: "an NSG judges only new connections" };
    },
  };
}

/** Whether the firewall, at least, lets it by. */
const passes = ({ hops }: Reach, firewall: string): boolean =>
  hops.some(({ object, kind, verdict }) => kind === "firewall" && object === firewall && verdict !== "denied");
