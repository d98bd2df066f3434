import type { Clock } from "@sallyport/backbone";

/** A place among those that survey at once. */
export interface Slot {
  /** Still at work. */
  readonly renew: () => void;
  readonly release: () => void;
}

export interface Slots {
  /** Waits for a place, in the order of coming. */
  readonly take: () => Promise<Slot>;
}

/** Who has not been heard of for so long hangs, and holds up nobody else. */
const LENT_MS = 120_000;

/** At most so many surveys of a cloud at once: each holds a whole scope in memory, and spends of the cloud's read budget. */
export function createSlots(most: number, clock: Clock): Slots {
  let free = most;
  const waiting: (() => void)[] = [];
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    take: async () => {
      if (free > 0) free -= 1;
      else
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      let isHeld = true;
      const end = (): void => {
        if (isHeld) giveBack();
        isHeld = false;
      };
      let cancel = clock.after(LENT_MS, end);
      return {
        renew: () => {
          cancel();
          if (isHeld) cancel = clock.after(LENT_MS, end);
        },
        release: () => {
          cancel();
          end();
        },
      };
    },
  };
}
