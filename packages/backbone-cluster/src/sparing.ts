import type { Clock } from "@sallyport/backbone";

/** Often enough to be seen, seldom enough to read on. */
const SAY_AGAIN_MS = 5000;

/** Whether it is time to say something again that was said before, a moment ago perhaps. */
export function createSparing(clock: Clock): (what: string) => boolean {
  const saidAt = new Map<string, number>();
  return (what) => {
    const now = clock.elapsed();
    for (const [said, at] of saidAt) if (now - at >= SAY_AGAIN_MS) saidAt.delete(said);
    if (saidAt.has(what)) return false;
    saidAt.set(what, now);
    return true;
  };
}
