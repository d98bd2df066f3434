import type { Cancel } from "@sallyport/backbone";

/** Who is told, within this process, that something new is in the file: so that nobody polls it. */
export interface WakeUps {
  readonly listen: (channel: string, wake: () => void) => Cancel;
  readonly raise: (channel: string) => void;
}

export function createWakeUps(): WakeUps {
  const listeners = new Map<string, Set<() => void>>();
  return {
    listen: (channel, wake) => {
      const here = listeners.get(channel) ?? new Set();
      listeners.set(channel, here.add(wake));
      return () => {
        here.delete(wake);
        if (here.size === 0 && listeners.get(channel) === here) listeners.delete(channel);
      };
    },
    raise: (channel) => {
      for (const wake of listeners.get(channel) ?? []) wake();
    },
  };
}

/** Who, within this process, has a partition of a group: one at a time. */
export interface Claims {
  readonly take: (name: string, owner: object) => boolean;
  readonly give: (name: string, owner: object) => void;
}

export function createClaims(): Claims {
  const owners = new Map<string, object>();
  return {
    take: (name, owner) => {
      if (owners.has(name)) return owners.get(name) === owner;
      owners.set(name, owner);
      return true;
    },
    give: (name, owner) => {
      if (owners.get(name) === owner) owners.delete(name);
    },
  };
}
