import { createSystemClock, wait } from "@sallyport/backbone";

/**
 * After how long a test in real time gives up, in milliseconds. No guarantee: much longer than anything takes on a machine that is busy
 * with other things, so that only what never happens fails. How long things take is for the bench to say.
 */
export const PATIENCE_MS = 120_000;

const STEP_MS = 10;
const clock = createSystemClock();

/** Waits, in real time, until `holds`; `what` completes "it did not happen that …". */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const began = clock.elapsed(); !(await holds()); await wait(clock, STEP_MS))
    if (clock.elapsed() - began > PATIENCE_MS) throw new Error(`it did not happen that ${what}`);
}
