import type { Clock } from "@sallyport/backbone";

/** Runs what belongs to one `key` one after the other, in the order of coming; what is urgent before what is not. */
export type OneByOne = <T>(key: string, isUrgent: boolean, run: () => Promise<T>) => Promise<T>;

/** Nothing on an NSG takes that long; whoever hangs is left to hang alone. */
const LONGEST_MS = 60_000;

interface Lane {
  isBusy: boolean;
  readonly urgent: (() => void)[];
  readonly others: (() => void)[];
}

/**
 * ARM locks an NSG while one of its rules is written, and refuses the others (P5): fifty that come at once would need hundreds of tries.
 * Here they wait for each other, and a closing waits for no more than the one write that is under way.
 */
export function createOneByOne(clock: Pick<Clock, "after">): OneByOne {
  const lanes = new Map<string, Lane>();

  const goOn = (key: string, lane: Lane): void => {
    const next = lane.urgent.shift() ?? lane.others.shift();
    if (next !== undefined) return next();
    lane.isBusy = false;
    lanes.delete(key);
  };

  return async (key, isUrgent, run) => {
    const lane = lanes.get(key) ?? { isBusy: false, urgent: [], others: [] };
    lanes.set(key, lane);
    if (lane.isBusy)
      await new Promise<void>((resolve) => {
        (isUrgent ? lane.urgent : lane.others).push(resolve);
      });
    lane.isBusy = true;
    let hasLeft = false;
    const leave = () => {
      if (hasLeft) return;
      hasLeft = true;
      goOn(key, lane);
    };
    const cancel = clock.after(LONGEST_MS, leave);
    try {
      return await run();
    } finally {
      cancel();
      leave();
    }
  };
}
