import { SallyportError, cloudOf, scopeOf } from "@sallyport/contracts";
import type { VmRef } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import { noteSighting } from "./note-sighting.ts";
import type { SurveyedCloud } from "./surveyed-cloud.ts";

/** Puts a look at one VM, at once; no handler calls a cloud itself. */
export const putLook = async (
  { queue, clock }: Pick<ScannerParts, "queue" | "clock">,
  clouds: readonly SurveyedCloud[],
  vm: VmRef,
): Promise<void> => {
  const cloud = cloudOf(vm);
  const isOurs = clouds.some((one) => one.cloud === cloud && one.scopes.includes(scopeOf(vm)));
  if (isOurs) await queue.put({ name: "LookAtVm", data: { cloud, vm } }, clock.now());
};

/**
 * Reads one VM afresh and says what is news. That a VM is new, or gone, only a survey says. A fault that will not pass is left to the
 * next survey, which is told.
 */
export async function lookAtVm(parts: ScannerParts, { scopes, read }: SurveyedCloud, vm: VmRef): Promise<void> {
  if (!scopes.includes(scopeOf(vm))) return;
  const before = await parts.ledger.load(vm);
  if (before.value?.state !== "Seen") return;
  const startedAt = parts.clock.now();
  try {
    const sighting = await read(vm, parts.recommendation.managementPorts);
    if (sighting === undefined) return;
    const id = `look ${startedAt}`;
    const occasion = { causationId: id, correlationId: id, now: parts.clock.now() };
    await noteSighting(parts, sighting, { startedAt, lookedAt: occasion.now }, occasion);
  } catch (error) {
    if (error instanceof SallyportError && error.retryable) throw error;
    parts.log.error("a VM could not be looked at; the next survey will", { vm, error });
  }
}
