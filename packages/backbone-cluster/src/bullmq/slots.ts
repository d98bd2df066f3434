/** Who may run: at most so many at once. */
export interface Slots {
  /** A slot if one is free now. */
  readonly takeFree: () => Slot | undefined;
  /** A slot as soon as one is free; `undefined` once the slots are closed. */
  readonly take: () => Promise<Slot | undefined>;
  readonly hasFree: () => boolean;
  /** Gives out no more, and resolves when all are back. */
  readonly close: () => Promise<void>;
}

export interface Slot {
  readonly free: () => void;
}

export function createSlots(count: number): Slots {
  const waiting: ((slot: Slot | undefined) => void)[] = [];
  let taken = 0;
  let closed = false;
  let allBack = () => {};

  const slot = (): Slot => {
    taken++;
    let freed = false;
    return {
      free: () => {
        if (freed) return;
        freed = true;
        taken--;
        const next = waiting.shift();
        if (next !== undefined) next(slot());
        else if (taken === 0) allBack();
      },
    };
  };
  const hasFree = () => !closed && taken < count;
  const takeFree = () => (hasFree() ? slot() : undefined);
  return {
    hasFree,
    takeFree,
    take: async () => {
      const free = takeFree();
      if (free !== undefined || closed) return free;
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    close: async () => {
      closed = true;
      for (const refuse of waiting.splice(0)) refuse(undefined);
      if (taken > 0)
        await new Promise<void>((resolve) => {
          allBack = resolve;
        });
    },
  };
}
