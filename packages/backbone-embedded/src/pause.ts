import type { Cancel, Clock } from "@sallyport/backbone";

/** A wait that can be cut short. */
export interface Pause {
  /** Resolves after `ms` milliseconds, or as soon as it is cut short. */
  readonly wait: (ms: number) => Promise<void>;
  readonly cutShort: () => void;
  /** Takes the wait back: it never resolves. */
  readonly cancel: () => void;
}

export function createPause(clock: Clock): Pause {
  let cancel: Cancel = () => {};
  let goOn = () => {};
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        goOn = resolve;
        cancel = clock.after(ms, resolve);
      }),
    cutShort: () => {
      cancel();
      goOn();
    },
    cancel: () => cancel(),
  };
}
