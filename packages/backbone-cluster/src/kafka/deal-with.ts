import { wordsOf } from "@sallyport/backbone";
import type { Handle, Interest, Observe, Random } from "@sallyport/backbone";
import { open, SallyportError } from "@sallyport/contracts";
import type { SallyportEvent } from "@sallyport/contracts";
import type { KafkaMessage } from "kafkajs";
import { createHolds } from "./holds.ts";
import { TYPE_HEADER } from "./type-header.ts";

/** How long until it is tried again to put a message aside. */
const PUT_ASIDE_AGAIN_MS = 1000;

/** A message, and where it stands. */
export interface Received {
  readonly message: KafkaMessage;
  /** By our own name. */
  readonly topic: string;
  readonly partition: number;
}

/** `passed`: what had to be done is done, durably. `hold`: the partition stays where it is, and the message comes again. */
export type Dealt = { readonly kind: "passed" } | { readonly kind: "hold"; readonly waitMs: number };

export interface DealDeps {
  readonly group: string;
  readonly handle: Handle;
  readonly interest: Interest | undefined;
  /** Puts a message aside, durably. */
  readonly putAside: (received: Received, reason: string) => Promise<void>;
  /** Once it is, nothing more is put aside or said. */
  readonly isAbandoned: () => boolean;
  readonly observe: Observe;
  readonly random: Random;
}

/** Deals with one message at a time of each partition; never throws (kafka.md K2). */
export function createDealer({ group, handle, interest, putAside, isAbandoned, observe, random }: DealDeps) {
  const holds = createHolds(random);

  return async (received: Received): Promise<Dealt> => {
    const { message, topic, partition } = received;
    const where = `${topic} ${partition}`;
    const key = message.key?.toString() ?? "";
    const passed = (): Dealt => {
      holds.passed(where);
      return { kind: "passed" };
    };
    const held = (tries: number, waitMs: number, fault: unknown): Dealt => {
      observe({ kind: "held", group, topic, key, tries, waitMs, fault });
      return { kind: "hold", waitMs };
    };
    const giveUp = async (reason: string): Promise<Dealt> => {
      try {
        await putAside(received, reason);
      } catch (fault) {
        // Nothing is skipped that is not kept somewhere.
        return held(1, PUT_ASIDE_AGAIN_MS, fault);
      }
      observe({ kind: "dead-letter", group, topic, key, reason });
      return passed();
    };

    if (!isWanted(interest, key, message)) return passed();
    const event = read(message);
    if ("unreadable" in event) return giveUp(event.unreadable);
    try {
      await handle(event);
    } catch (fault) {
      if (isAbandoned()) return { kind: "hold", waitMs: 0 };
      const failed = holds.failed(where, message.offset, fault);
      return failed.kind === "dead" ? giveUp(wordsOf(fault)) : held(failed.tries, failed.waitMs, fault);
    }
    return passed();
  };
}

/** Told from outside of the message: reading it costs more than all else that is done about one that is not wanted. */
function isWanted(interest: Interest | undefined, key: string, { headers }: KafkaMessage): boolean {
  if (interest?.concerns?.(key) === false) return false;
  const type = headers?.[TYPE_HEADER];
  // A message of who does not say is read.
  return type === undefined || (interest?.types?.has(type.toString()) ?? true);
}

function read({ value }: KafkaMessage): SallyportEvent | { readonly unreadable: string } {
  try {
    return open(value?.toString() ?? "");
  } catch (fault) {
    if (!(fault instanceof SallyportError)) throw fault;
    return { unreadable: `${fault.code}: ${fault.message}` };
  }
}
