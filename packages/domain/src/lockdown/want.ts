import type { LockDown, Unlock } from "../network/want.ts";
import type { LockdownState } from "./state.ts";

/** What the cloud should hold for this lockdown now. Nothing more, once it is unlocked. */
export function wantOfLockdown(lockdown: LockdownState): LockDown | Unlock | undefined {
  const { vm, id, ports, options, inverse, objects } = lockdown;
  switch (lockdown.state) {
    case "Locking":
    case "Locked":
    case "NotEffective":
    case "Refused":
      return { kind: "lock-down", vm, id, ports, options, inverse };
    case "Unlocking":
      return { kind: "unlock", vm, id, inverse, objects };
    case "Unlocked":
      return undefined;
  }
}
