import type { Keep } from "./keep.ts";

/**
 * Saves a world that many writers change: each call resolves once a state that includes its change is durable. Writers that come while
 * one save is under way share the next.
 */
export function createSaver(keep: Keep, name: string, state: () => unknown): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= running.then(
      () => start(),
      () => start(),
    );
    return next;
  };
  function start(): Promise<void> {
    next = undefined;
    running = keep.write(name, JSON.stringify(state()));
    return running;
  }
}
