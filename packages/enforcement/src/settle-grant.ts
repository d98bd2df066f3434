import { msBetween, plusMs, plusSeconds, SallyportError } from "@sallyport/contracts";
import type { GrantId, Instant } from "@sallyport/contracts";
import type { Entry, Ledger } from "@sallyport/backbone";
import {
  closed,
  endOf,
  expire,
  extended,
  isLive,
  knows,
  objectsOf,
  opened,
  refuseOpening,
  retry,
  startOpening,
  wantOf,
} from "@sallyport/domain";
import type { Allow, Closing, GrantState, LiveGrant, Step } from "@sallyport/domain";
import { agree } from "./agree.ts";
import type { AgreeDeps, Agreement } from "./agree.ts";
import { backoffMs, faultLine } from "./backoff.ts";
import type { Claims } from "./claims.ts";
import { promisesOf } from "./promises-of.ts";
import type { Signer } from "./signer.ts";
import { stillOpenAt } from "./still-open.ts";

export interface SettleGrantDeps<Net, Rule> extends AgreeDeps<Net, Rule> {
  readonly grants: Ledger<GrantState>;
  readonly signer: Signer;
  readonly claims: Claims;
  /** A number in [0, 1). */
  readonly chance: () => number;
}

/** A row that is changed again and again under our hands is left to the next trigger. */
const MAX_ROUNDS = 12;

/**
 * Asks the grant's row what the cloud should hold *now*, and makes it so; it does not care who called: the handler's hand-off,
 * `RevokeGrant`, a give-back, an extension, reconcile. So there is one way to open and one way to close, and every trigger may be
 * lost, late or doubled (guarantees.md).
 */
export const settleGrant = <Net, Rule>(deps: SettleGrantDeps<Net, Rule>, id: GrantId): Promise<void> =>
  deps.claims(`grant:${id}`, () => settle(deps, id));

async function settle<Net, Rule>(deps: SettleGrantDeps<Net, Rule>, id: GrantId): Promise<void> {
  const { grants, clock, log } = deps;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const entry = await grants.load(id);
    const grant = entry.value;
    if (grant === undefined || !isLive(grant)) return;
    try {
      if ((await once(deps, entry, grant)) === "settled") return;
    } catch (fault) {
      if (!(fault instanceof SallyportError) || fault.code === "backbone.unavailable") throw fault;
      log.warn("a step of a grant failed for the moment", {
        grantId: id,
        state: grant.state,
        tries: grant.tries + 1,
        code: fault.code,
        detail: fault.message,
      });
      const now = clock.now();
      const nextTry = plusMs(now, backoffMs(grant.tries, fault, deps.chance()));
      if (
        await commit(
          deps,
          entry,
          retry(grant, { fault: faultLine(fault), nextTry, overdueFrom: overdueFrom(deps, grant) }, now),
        )
      )
        return;
    }
  }
  throw new SallyportError({ code: "backbone.stale", detail: `the row of grant ${id} kept changing` });
}

/** Past its end plus what closing usually takes (settled.md §2). */
const overdueFrom = <Net, Rule>({ network }: SettleGrantDeps<Net, Rule>, grant: LiveGrant): Instant =>
  plusSeconds(endOf(grant), network.capabilities.usualWriteTime);

/** One look at the row: one step of it, at most. `again`: it changed; look again. */
async function once<Net, Rule>(
  deps: SettleGrantDeps<Net, Rule>,
  entry: Entry<GrantState>,
  grant: LiveGrant,
): Promise<"settled" | "again"> {
  const { clock } = deps;
  const now = clock.now();
  if (grant.state === "Closing") return close(deps, entry, grant);
  if (endOf(grant) <= now) {
    await commit(deps, entry, expire(grant, now));
    return "again";
  }
  // An old job finds a later end and does nothing.
  if (grant.state === "Open" && grant.extension === undefined) return "settled";
  const want = wantOf(grant, now);
  if (want?.kind !== "allow") return "again";
  return openDoor(deps, entry, grant, want);
}

async function openDoor<Net, Rule>(
  deps: SettleGrantDeps<Net, Rule>,
  start: Entry<GrantState>,
  grant: Exclude<LiveGrant, Closing>,
  want: Allow,
): Promise<"settled" | "again"> {
  const { model, clock } = deps;
  let entry = start;
  let current = grant;
  const result: Agreement<Net> = await agree(deps, want, objectsOf(grant), async (objects) => {
    if (knows(current, objects)) return "go";
    const committed = await commitEntry(deps, entry, startOpening(current, objects, clock.now()));
    if (committed?.value === undefined || !isLive(committed.value) || committed.value.state === "Closing")
      return "moved";
    entry = committed;
    current = committed.value;
    return "go";
  });
  const now = clock.now();
  switch (result.kind) {
    case "agreed": {
      if (endOf(current) <= now) return "again";
      const step =
        current.state === "Open"
          ? extended(current, now)
          : opened(current, { ways: model.ways(result.net, want), closing: model.closing(result.net, want.vm) }, now);
      if (step === undefined) return "settled";
      deps.metrics.observe("sallyport_grant_opening_seconds", Math.max(0, msBetween(current.approvedAt, now)) / 1000);
      return (await commit(deps, entry, step)) ? "settled" : "again";
    }
    case "refused":
      await commit(deps, entry, refuseOpening(current, result.refusals, now));
      return "again";
    case "too-late":
    case "moved":
      return "again";
  }
}

async function close<Net, Rule>(
  deps: SettleGrantDeps<Net, Rule>,
  entry: Entry<GrantState>,
  grant: Closing,
): Promise<"settled" | "again"> {
  const { model, clock, metrics } = deps;
  const want = {
    kind: "withdraw",
    vm: grant.access.vm,
    grantId: grant.access.grantId,
    objects: grant.objects,
  } as const;
  const result = await agree(deps, want, grant.objects, () => Promise.resolve("go"));
  if (result.kind === "refused") {
    // A closing has no "gave up": what the cloud refuses for good is an alarm that keeps being retried.
    const [first] = result.refusals;
    throw new SallyportError({ code: first.code, detail: first.detail, retryable: true });
  }
  if (result.kind !== "agreed") return "again";
  const now = clock.now();
  metrics.observe("sallyport_grant_closing_lateness_seconds", Math.max(0, msBetween(grant.since, now)) / 1000);
  const { access, reason, objects, openedAt } = grant;
  const receipt = deps.signer.signReceipt({
    grantId: access.grantId,
    ...(openedAt === undefined ? {} : { openedAt }),
    closedAt: now,
    reason,
    // The plan over what was read back is empty: nothing carrying the grant's mark is left at these.
    readBack: [...new Set([...objects, ...model.objects(result.net, want)])].sort(),
    stillOpen: stillOpenAt(model, result.net, access.vm, access.ports),
  });
  return (await commit(deps, entry, closed(grant, receipt, now))) ? "settled" : "again";
}

const correlationOf = (grant: GrantState, fallback: string): string =>
  "access" in grant && grant.access !== undefined ? grant.access.requestId : fallback;

async function commitEntry<Net, Rule>(
  { grants, clock }: SettleGrantDeps<Net, Rule>,
  entry: Entry<GrantState>,
  step: Step<GrantState>,
): Promise<Entry<GrantState> | undefined> {
  const committed = await grants.commit(
    entry,
    step.next,
    promisesOf(step, correlationOf(step.next, entry.id), clock.now()),
  );
  return committed.kind === "done" ? committed.entry : undefined;
}

/** False when somebody else was faster. */
const commit = async <Net, Rule>(
  deps: SettleGrantDeps<Net, Rule>,
  entry: Entry<GrantState>,
  step: Step<GrantState>,
): Promise<boolean> => (await commitEntry(deps, entry, step)) !== undefined;
