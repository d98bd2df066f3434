import type { Clock } from "@sallyport/backbone";

/** How often a waiting call looks by itself: another replica may have handled the event. */
const LOOK_EVERY_MS = 250;

/** Calls that wait for something to happen to a request. */
export interface Waiting {
  /** Something has happened to it. */
  readonly wake: (id: string) => void;
  /** Nobody waits any longer: the service stops. */
  readonly stop: () => void;
  /** Looks until `isDone`, or until `ms` are over; answers what it saw last. */
  readonly until: <Seen>(
    id: string,
    ms: number,
    look: () => Promise<Seen>,
    isDone: (seen: Seen) => boolean,
  ) => Promise<Seen>;
}

export function createWaiting(clock: Clock): Waiting {
  let stopped = false;
  const sleepers = new Map<string, Set<() => void>>();

  const sleep = (id: string, ms: number) => {
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      const group = sleepers.get(id) ?? new Set();
      end = () => {
        cancel();
        group.delete(end);
        if (group.size === 0) sleepers.delete(id);
        resolve();
      };
      const cancel = clock.after(ms, () => end());
      sleepers.set(id, group.add(end));
    });
    return { over, end };
  };

  return {
    wake: (id) => {
      for (const end of sleepers.get(id) ?? []) end();
    },
    stop: () => {
      stopped = true;
      for (const group of sleepers.values()) for (const end of group) end();
    },
    until: async (id, ms, look, isDone) => {
      const end = clock.elapsed() + ms;
      for (;;) {
        // Asleep before looking: what happens in between wakes it.
        const left = stopped ? 0 : end - clock.elapsed();
        const nap = left > 0 ? sleep(id, Math.min(left, LOOK_EVERY_MS)) : undefined;
        const seen = await look();
        if (nap === undefined || isDone(seen)) {
          nap?.end();
          return seen;
        }
        await nap.over;
      }
    },
  };
}
