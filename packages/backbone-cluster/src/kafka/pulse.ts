import type { Clock } from "@sallyport/backbone";

/** Tells the group that this member lives for as long as `work` lasts, however slow whoever it waits for is (kafka.md K7). */
export async function whilePulsing<Result>(
  { clock, everyMs, heartbeat }: { clock: Clock; everyMs: number; heartbeat: () => Promise<void> },
  work: () => Promise<Result>,
): Promise<Result> {
  let cancel = () => {};
  const arm = () => {
    cancel = clock.after(everyMs, () => {
      heartbeat().catch(() => {
        // A rebalance: the batch learns of it at its own next heartbeat or commit.
      });
      arm();
    });
  };
  arm();
  try {
    return await work();
  } finally {
    cancel();
  }
}
