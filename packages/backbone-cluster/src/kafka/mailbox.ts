import type { Clock } from "@sallyport/backbone";

/** Hands things from who has them to who wants them, one at a time. */
export interface Mailbox<Item> {
  /** Resolves once the item has been taken, or nobody wants any more. */
  readonly put: (item: Item) => Promise<void>;
  /** `undefined` when nothing came within `ms`. */
  readonly take: (ms: number) => Promise<Item | undefined>;
  /** From now on whoever takes gets the fault. */
  readonly fail: (fault: unknown) => void;
}

export function createMailbox<Item>(clock: Clock): Mailbox<Item> {
  const letters: { readonly item: Item; readonly taken: () => void }[] = [];
  let failure: { readonly fault: unknown } | undefined;
  let arrived = () => {};

  return {
    put: (item) =>
      new Promise((taken) => {
        if (failure !== undefined) return taken();
        letters.push({ item, taken });
        arrived();
      }),
    take: async (ms) => {
      if (letters.length === 0 && failure === undefined)
        await new Promise<void>((resolve) => {
          const cancel = clock.after(ms, resolve);
          arrived = () => {
            cancel();
            resolve();
          };
        });
      if (failure !== undefined) throw failure.fault;
      const letter = letters.shift();
      letter?.taken();
      return letter?.item;
    },
    fail: (fault) => {
      failure ??= { fault };
      for (const { taken } of letters.splice(0)) taken();
      arrived();
    },
  };
}
