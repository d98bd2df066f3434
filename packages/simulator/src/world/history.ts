import type { Instant } from "@sallyport/contracts";
import type { Packet, Verdict } from "./reachability.ts";

/** Who sent a write: the id that was authenticated (Azure `appid`, AWS access key, `outsider`) and the client's user agent. */
export interface Caller {
  readonly id: string;
  readonly agent: string;
  /** AWS: the user or the role's session, `arn:aws:sts::…:assumed-role/<role>/<session>`. */
  readonly arn?: string;
  /** AWS: what the session was opened for, whatever roles it went through. */
  readonly sourceIdentity?: string;
}

/** A write as the cloud saw it, whatever became of it. */
export interface Write {
  readonly seq: number;
  readonly at: Instant;
  readonly caller: Caller;
  readonly cloud: "azure" | "aws";
  /** ARM id, `sg-…`, `eni-…`. */
  readonly object: string;
  /** HTTP verb, or EC2 action. */
  readonly verb: string;
  readonly result: { readonly status: number; readonly code?: string };
  /** What was asked, for a reader: a rule's properties, the EC2 parameters. */
  readonly detail?: unknown;
}

/** A stretch of time in which a door stood open; `to` is absent while it still does. */
export interface Interval {
  readonly from: Instant;
  readonly to?: Instant;
  readonly openedBy?: number;
  readonly closedBy?: number;
}

export interface History {
  /** Remembers a write and gives it its number. */
  readonly record: (write: Omit<Write, "seq">) => Write;
  readonly writes: () => readonly Write[];
  /**
   * The intervals in which this packet got in (`allowed`), since it was first asked for. Every later change of the world is judged
   * for it at the instant at which it took effect.
   */
  readonly intervalsOf: (packet: Packet, now: Instant) => readonly Interval[];
  readonly watched: () => readonly { readonly packet: Packet; readonly intervals: readonly Interval[] }[];
  /** To be called whenever the world has changed: judges every packet asked for anew. */
  readonly changed: (at: Instant, write: Write | undefined) => void;
}

interface Watched {
  readonly packet: Packet;
  readonly intervals: Interval[];
}

/** `keep` bounds the number of writes remembered; the oldest go first. */
export function createHistory(verdictOf: (packet: Packet) => Verdict, keep = 100_000): History {
  let seq = 0;
  const writes: Write[] = [];
  const watched = new Map<string, Watched>();
  const judge = (watch: Watched, at: Instant, write: Write | undefined) => {
    const isOpen = verdictOf(watch.packet) === "allowed";
    const last = watch.intervals.at(-1);
    const wasOpen = last !== undefined && last.to === undefined;
    if (isOpen && !wasOpen) watch.intervals.push({ from: at, ...(write && { openedBy: write.seq }) });
    if (!isOpen && wasOpen) watch.intervals.splice(-1, 1, { ...last, to: at, ...(write && { closedBy: write.seq }) });
  };
  return {
    record: (write) => {
      seq += 1;
      const recorded = { ...write, seq };
      writes.push(recorded);
      if (writes.length > keep) writes.shift();
      return recorded;
    },
    writes: () => writes,
    intervalsOf: (packet, now) => {
      const key = [packet.vm, packet.port, packet.protocol, packet.source].join(" ");
      let watch = watched.get(key);
      if (watch === undefined) {
        watch = { packet, intervals: [] };
        watched.set(key, watch);
        judge(watch, now, undefined);
      }
      return [...watch.intervals];
    },
    watched: () => [...watched.values()].map(({ packet, intervals }) => ({ packet, intervals: [...intervals] })),
    changed: (at, write) => {
      for (const watch of watched.values()) judge(watch, at, write);
    },
  };
}
