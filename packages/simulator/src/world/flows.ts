import type { Instant } from "@sallyport/contracts";
import type { Write } from "./history.ts";
import type { Fate, Packet, Reach } from "./reachability.ts";

/** One connection. A cut one stays cut: whoever wants in again opens a new one. */
export interface Flow {
  readonly id: string;
  readonly packet: Packet;
  readonly openedAt: Instant;
  readonly opened: Reach;
  /** How its packets were let in when the world last changed and still let them in. */
  readonly latest: Reach;
  readonly state: "established" | "cut";
  readonly cut?: { readonly at: Instant; readonly why: string; readonly by?: Write };
}

export interface Flows {
  /** Connects, when the packet gets in now; otherwise says how it fared. */
  readonly open: (packet: Packet, at: Instant) => { readonly flow: Flow } | { readonly refused: Reach };
  readonly find: (id: string) => Flow | undefined;
  readonly all: () => readonly Flow[];
  /** To be called whenever the world has changed: every established connection either goes on or is cut by this write. */
  readonly changed: (at: Instant, write: Write | undefined) => void;
}

export interface FlowsDeps {
  readonly reachable: (packet: Packet) => Reach;
  readonly survivesClosing: (packet: Packet, opened: Reach, now: Reach, latest: Reach) => Fate;
}

export function createFlows({ reachable, survivesClosing }: FlowsDeps): Flows {
  const flows = new Map<string, Flow>();
  return {
    open: (packet, at) => {
      const opened = reachable(packet);
      if (opened.verdict !== "allowed") return { refused: opened };
      const flow: Flow = {
        id: `flow-${flows.size + 1}`,
        packet,
        openedAt: at,
        opened,
        latest: opened,
        state: "established",
      };
      flows.set(flow.id, flow);
      return { flow };
    },
    find: (id) => flows.get(id),
    all: () => [...flows.values()],
    changed: (at, write) => {
      for (const flow of flows.values()) {
        if (flow.state === "cut") continue;
        const now = reachable(flow.packet);
        if (now.verdict === "allowed") {
          flows.set(flow.id, { ...flow, latest: now });
          continue;
        }
        const fate = survivesClosing(flow.packet, flow.opened, now, flow.latest);
        if (fate.survives) continue;
        flows.set(flow.id, { ...flow, state: "cut", cut: { at, why: fate.why, ...(write && { by: write }) } });
      }
    },
  };
}
