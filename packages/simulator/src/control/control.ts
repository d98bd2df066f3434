import { isIP } from "node:net";
import type { Clock } from "@sallyport/backbone";
import { textMatcher } from "../world/faults.ts";
import type { Fault, Faults } from "../world/faults.ts";
import type { Flow, Flows } from "../world/flows.ts";
import type { Ground } from "../world/ground.ts";
import type { History, Interval, Write } from "../world/history.ts";
import type { OutsiderOrder, Outsiders } from "../world/outsiders.ts";
import type { CloudReachability, Packet, Reach } from "../world/reachability.ts";

/** A packet as a person asks for it: the VM in any of its spellings. */
export interface Question {
  readonly vm: string;
  readonly port: number;
  readonly protocol?: "tcp" | "udp";
  readonly source: string;
}

/** Why a question or an order cannot be understood; over HTTP a 400. */
export interface Misunderstood {
  readonly misunderstood: string;
}

/** Beside the clouds' own wires: asks the world, and makes trouble in it (settled.md §5). */
export interface Control {
  /** Over HTTP the question is remembered, too: see `exposeIntervals`. */
  readonly reachable: (question: Question) => Reach | Misunderstood;
  readonly openFlow: (question: Question) => { readonly flow: Flow } | { readonly refused: Reach } | Misunderstood;
  readonly flow: (id: string) => Flow | undefined;
  /** Adds to the script. */
  readonly setFaults: (faults: readonly Fault[]) => Misunderstood | undefined;
  readonly clearFaults: () => void;
  readonly pendingFaults: () => readonly Fault[];
  /** A neighbour's edit: now, with what the cloud answered it; or planned. */
  readonly outsider: (
    order: OutsiderOrder,
  ) => Promise<{ readonly status: number; readonly body: string } | "planned" | Misunderstood>;
  readonly history: () => readonly Write[];
  /** When the port stood open to that source, since the first time this was asked: ask once before what is to be watched. */
  readonly exposeIntervals: (question: Question) => readonly Interval[] | Misunderstood;
  readonly watched: History["watched"];
  /** Absent outside virtual-time mode. */
  readonly passTime?: (ms: number) => Promise<void>;
}

export interface ControlDeps {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly flows: Flows;
  readonly history: History;
  readonly outsiders: Outsiders;
  readonly outsider: Ground["outsider"];
  readonly settle: () => void;
  readonly clouds: readonly CloudReachability[];
  readonly passTime?: (ms: number) => Promise<void>;
}

export function createControl(deps: ControlDeps): Control {
  const { clock, faults, flows, history, outsiders, outsider, settle, clouds, passTime } = deps;

  const packetOf = ({ vm, port, protocol = "tcp", source }: Question): Packet | Misunderstood => {
    settle();
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      return { misunderstood: `port: ${port} is no port number; it is 1 to 65535` };
    if (isIP(source) === 0) return { misunderstood: `source: "${source}" is no IPv4 or IPv6 address` };
    const found = clouds.flatMap((cloud) => cloud.resolve(vm) ?? []);
    const [id] = found;
    if (id === undefined || found.length > 1)
      return {
        misunderstood: `vm: "${vm}" names ${found.length > 1 ? "several VMs" : "no VM, or several"}; give its id`,
      };
    return { vm: id, port, protocol, source };
  };
  const reachableIn = (packet: Packet): Reach => {
    const cloud = clouds.find(({ resolve }) => resolve(packet.vm) !== undefined);
    return cloud?.reachable(packet) ?? { verdict: "denied", hops: [] };
  };

  return {
    reachable: (question) => {
      const packet = packetOf(question);
      return "misunderstood" in packet ? packet : reachableIn(packet);
    },
    openFlow: (question) => {
      const packet = packetOf(question);
      return "misunderstood" in packet ? packet : flows.open(packet, clock.now());
    },
    flow: (id) => {
      settle();
      return flows.find(id);
    },
    setFaults: (script) => {
      const broken = script.find(({ match }) => match.resource !== undefined && !isPattern(match.resource));
      if (broken !== undefined)
        return { misunderstood: `match.resource: ${broken.match.resource ?? ""} is no regular expression` };
      faults.add(script);
      return undefined;
    },
    clearFaults: faults.clear,
    pendingFaults: faults.pending,
    outsider: async ({ edit, duringNextWriteTo }) => {
      if (duringNextWriteTo === undefined) return outsider(edit);
      if (!isPattern(duringNextWriteTo))
        return { misunderstood: `duringNextWriteTo: ${duringNextWriteTo} is no regular expression` };
      outsiders.plan(edit, duringNextWriteTo);
      return "planned";
    },
    history: () => {
      settle();
      return history.writes();
    },
    exposeIntervals: (question) => {
      const packet = packetOf(question);
      return "misunderstood" in packet ? packet : history.intervalsOf(packet, clock.now());
    },
    watched: () => {
      settle();
      return history.watched();
    },
    ...(passTime && {
      passTime: async (ms: number) => {
        await passTime(ms);
        settle();
      },
    }),
  };
}

const isPattern = (pattern: string): boolean => {
  try {
    textMatcher(pattern);
    return true;
  } catch {
    return false;
  }
};
