import type { EventOf, SallyportEvent, VmRef } from "@sallyport/contracts";
import { SallyportError } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import { putLook } from "./look-at-vm.ts";
import { judgeAgain } from "./note-sighting.ts";
import type { SurveyedCloud } from "./surveyed-cloud.ts";
import { standings } from "./tables.ts";
import type { Standing } from "./tables.ts";

type Parts = Pick<ScannerParts, "ledger" | "records" | "recommendation" | "clock" | "queue">;

/** Takes down what was heard of a VM's policy or lockdown, judges it again at once, and has it read afresh. */
const onStandingChanged =
  <Event extends SallyportEvent>(vmOf: (event: Event) => VmRef, change: (known: Standing, event: Event) => Standing) =>
  (parts: Parts, clouds: readonly SurveyedCloud[]) =>
  async (event: Event): Promise<void> => {
    const vm = vmOf(event);
    const row = await parts.records.get(standings, vm);

    const next = change(row?.value ?? { policyVersion: 0 }, event);

    if ((await parts.records.put(standings, vm, next, row?.version ?? 0)) === "stale")
      throw new SallyportError({ code: "backbone.stale", detail: `another writer took down what was heard of ${vm}` });
    await judgeAgain(parts, vm, {
      causationId: event.id,
      correlationId: event.correlationid,
      now: parts.clock.now(),
    });
    await putLook(parts, clouds, vm);
  };

export const onPolicyConfigured = onStandingChanged<EventOf<"sallyport.policy.configured.v1">>(
  ({ data }) => data.policy.vm,
  (known, { data: { policy } }) =>
    policy.version < known.policyVersion ? known : { ...known, policyVersion: policy.version, policy },
);

export const onPolicyRemoved = onStandingChanged<EventOf<"sallyport.policy.removed.v1">>(
  ({ data }) => data.vm,
  (known, { data: { version } }) => {
    if (version < known.policyVersion) return known;
    const { policy: _, ...rest } = known;
    return { ...rest, policyVersion: version };
  },
);

export const onVmLockedDown = onStandingChanged<EventOf<"sallyport.lockdown.locked.v1">>(
  ({ data }) => data.lockdown.vm,
  (known, { data: { lockdown, effective } }) => ({
    ...known,
    lockdown: {
      ports: lockdown.ports,
      outcome: effective ? { kind: "locked" } : { kind: "not-effective", shadows: lockdown.shadows },
    },
  }),
);

export const onLockdownFailed = onStandingChanged<EventOf<"sallyport.lockdown.failed.v1">>(
  ({ data }) => data.lockdown.vm,
  (known, { data: { lockdown, reasons } }) => ({
    ...known,
    lockdown: { ports: lockdown.ports, outcome: { kind: "failed", reasons } },
  }),
);

export const onVmUnlocked = onStandingChanged<EventOf<"sallyport.lockdown.unlocked.v1">>(
  ({ data }) => data.lockdown.vm,
  (known) => {
    const { lockdown: _, ...rest } = known;
    return rest;
  },
);
