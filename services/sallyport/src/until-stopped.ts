/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once. */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        for (const again of ["SIGINT", "SIGTERM"] as const) process.once(again, () => process.exit(130));
        resolve();
      });
    }
  });
