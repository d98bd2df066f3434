import { createSystemClock, wait } from "@sallyport/backbone";

const PATIENCE_MS = 30_000;

/** Looks again and again until there is something to see. Throws what it waited for in vain. */
export async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
  const clock = createSystemClock();
  const deadline = clock.elapsed() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (clock.elapsed() > deadline) throw new Error(`waited ${PATIENCE_MS / 1000} s for ${what}`);
    await wait(clock, 100);
  }
}
