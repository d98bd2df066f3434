import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";
import { isUncertain } from "./translate.ts";

/** Thrown before a write that would come too late; it ends the writing, and never leaves this package. */
export class TooLate extends Error {}

/** What every step of a write needs. */
export interface Attempting {
  readonly clock: Clock;
  /** Nothing is written once it has passed. */
  readonly before: Instant | undefined;
}

/** How long EC2 may take until it knows what it has made, and until what was detached is detached everywhere (aws.md §2, P47). */
const PAUSES_MS: readonly number[] = [500, 1000, 2000, 4000];

export function inTime({ clock, before }: Attempting): void {
  if (before !== undefined && clock.now() >= before) throw new TooLate();
}

/**
 * Writes, and where the answer was lost asks whether it has been done (P26): `true` from `isDone` is success, `false` leaves the
 * fault as it is. Nobody writes the same thing twice blindly.
 */
export async function writeOnce(
  attempting: Attempting,
  write: () => Promise<void>,
  isDone: () => Promise<boolean>,
): Promise<void> {
  inTime(attempting);
  try {
    await write();
  } catch (error) {
    if (!isUncertain(error) || !(await isDone())) throw error;
  }
}

/** Tries again while EC2 answers with one of these codes, a bounded number of times; what then remains is thrown as `finally`. */
export async function patiently<T>(
  { clock }: Attempting,
  codes: readonly SallyportError["code"][],
  otherwise: SallyportError["code"],
  attempt: () => Promise<T>,
): Promise<T> {
  for (const pause of [...PAUSES_MS, undefined]) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof SallyportError) || !codes.includes(error.code)) throw error;
      if (pause === undefined) throw new SallyportError({ code: otherwise, detail: error.message, cause: error.cause });
    }
    await wait(clock, pause);
  }
  throw new Error("unreachable: the last round returns or throws");
}
