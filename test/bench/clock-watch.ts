import { setTimeout as sleep } from "node:timers/promises";

const EVERY_MS = 200;
const PARTED_MS = 60;

/** Watches for moments at which the machine stood still, or its clocks parted (performance.md §5). */
export interface ClockWatch {
  /** Whether that happened since the last time this was asked. */
  readonly wasDisturbed: () => boolean;
  readonly stop: () => void;
}

export function watchClocks(): ClockWatch {
  let disturbed = false;
  let watching = true;
  const watch = async (): Promise<void> => {
    while (watching) {
      const [wall, monotonic] = [Date.now(), performance.now()];
      await sleep(EVERY_MS, undefined, { ref: false });
      if (Math.abs(Date.now() - wall - (performance.now() - monotonic)) > PARTED_MS) disturbed = true;
    }
  };
  void watch();
  return {
    wasDisturbed: () => {
      const was = disturbed;
      disturbed = false;
      return was;
    },
    stop: () => {
      watching = false;
    },
  };
}
