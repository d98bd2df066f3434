import { isRetryable, SallyportError } from "@sallyport/contracts";
import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import type { Arm, ArmAnswer } from "./arm.ts";
import { retryAfterMs } from "./retry-after.ts";
import { faultOfAnswer, faultOfOperation } from "./translate.ts";

/** Where Azure does not say when to ask again. */
const USUAL_WAIT_MS = 1000;
/** Polls in a row that may fail: the write was accepted, so its end is worth waiting for. */
const MAX_FAILED_POLLS = 5;
/** No operation on an NSG takes that long; whoever waits plans again. */
const LONGEST_MS = 30 * 60_000;

/**
 * Waits for an accepted write to end, one poll per wait of our Clock: the SDK's own pollers sleep by timers that no clock can move, and
 * lose the reason of a failure (azure.md §3, P27). Returns when it succeeded; throws why it did not.
 */
export async function awaitOperation(arm: Arm, clock: Clock, doing: string, accepted: ArmAnswer): Promise<void> {
  const url = accepted.headers.get("azure-asyncoperation") ?? accepted.headers.get("location");
  if (url === undefined) return;
  const startMs = clock.elapsed();
  let failures = 0;
  for (let waitMs = waitOf(accepted); clock.elapsed() - startMs < LONGEST_MS;) {
    await wait(clock, waitMs);
    const polled = await poll();
    if (polled === undefined) {
      failures += 1;
      waitMs = USUAL_WAIT_MS * 2 ** failures;
      continue;
    }
    failures = 0;
    const state = stateOf(polled);
    if (state === "succeeded") return;
    if (state === "failed" || state === "canceled") throw faultOfOperation(doing, polled.json);
    waitMs = waitOf(polled);
  }
  throw new SallyportError({
    code: "azure.operation-failed",
    detail: `${doing}: the operation does not come to an end`,
  });

  function waitOf({ headers }: ArmAnswer): number {
    return Math.max(0, retryAfterMs(headers, clock.now()) ?? USUAL_WAIT_MS);
  }

  /** `undefined`: no answer this time, but perhaps the next. */
  async function poll(): Promise<ArmAnswer | undefined> {
    try {
      const answer = await arm.send(doing, "GET", url ?? "");
      if (answer.status < 400) return answer;
      throw faultOfAnswer(doing, answer, clock.now());
    } catch (error) {
      if (isRetryable(error) && failures + 1 < MAX_FAILED_POLLS) return undefined;
      throw error;
    }
  }
}

/** From the operation's body; a `location` answers 202 while it goes on. */
function stateOf({ status, json }: ArmAnswer): string {
  const said = typeof json === "object" && json !== null && "status" in json ? json.status : undefined;
  if (typeof said === "string") return said.toLowerCase();
  return status === 202 ? "inprogress" : "succeeded";
}
