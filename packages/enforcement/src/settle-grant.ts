import { msBetween, plusMs, plusSeconds, refusal, SallyportError } from "@sallyport/contracts";
import type { GrantId, Instant, ObjectId } from "@sallyport/contracts";
import type { Entry, Ledger } from "@sallyport/backbone";
import { billed, createTally } from "@sallyport/cloud";
import type { Bill, Tally } from "@sallyport/cloud";
import {
  closed,
  endOf,
  expire,
  extended,
  isLeaving,
  isLive,
  knows,
  objectsOf,
  opened,
  refuseOpening,
  reopened,
  retry,
  startOpening,
  wantOf,
  withdrawOf,
} from "@sallyport/domain";
import type { Allow, Closing, GrantState, LiveGrant, Step } from "@sallyport/domain";
import { agree } from "./agree.ts";
import type { AgreeDeps, Agreement } from "./agree.ts";
import { backoffMs } from "./backoff.ts";
import type { Claims, Ended } from "./claims.ts";
import { collectLeft, leftOf, makeRoom } from "./collect-left.ts";
import { promisesOf } from "./promises-of.ts";
import { faultLine, isAway, isForGood, noteSetback } from "./setback.ts";
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

type Unclosed = Exclude<LiveGrant, Closing>;

/** The row as this run knows it. It moves on with each commit, so that a setback is stored on what is there. */
interface Position {
  entry: Entry<GrantState>;
  grant: LiveGrant;
  /** What this run has cost in calls of the cloud. */
  readonly tally: Tally;
  readonly stepAside: () => void;
}

/**
 * Asks the grant's row what the cloud should hold *now*, and makes it so; it does not care who called: the handler's hand-off,
 * `RevokeGrant`, a give-back, an extension, a lockdown that has changed, reconcile. So there is one way to open and one way to
 * close, and every trigger may be lost, late or doubled (guarantees.md).
 */
export const settleGrant = <Net, Rule>(deps: SettleGrantDeps<Net, Rule>, id: GrantId): Promise<Ended> =>
  deps.claims.run(`grant:${id}`, (stepAside) => settle(deps, id, stepAside));

async function settle<Net, Rule>(deps: SettleGrantDeps<Net, Rule>, id: GrantId, stepAside: () => void): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const entry = await deps.grants.load(id);
    if (entry.value !== undefined && isLeaving(entry.value)) return collectLeft(deps, entry, entry.value);
    if (entry.value === undefined || !isLive(entry.value)) return;
    const at: Position = { entry, grant: entry.value, tally: createTally(), stepAside };
    const step = () => once(deps, at).catch((fault: unknown) => setBack(deps, at, fault));
    if ((await billed(billOf(deps, at), step)) === "settled") return;
  }
  throw new SallyportError({ code: "backbone.stale", detail: `the row of grant ${id} kept changing` });
}

/** Each call counts for this run, and in `sallyport_grant_cloud_calls_total{cloud,phase,kind}`. */
function billOf<Net, Rule>({ network, metrics }: SettleGrantDeps<Net, Rule>, { grant, tally }: Position): Bill {
  const labels = { cloud: network.capabilities.cloud, phase: grant.state === "Closing" ? "close" : "open" };
  return (kind, share) => {
    tally.bill(kind, share);
    metrics.count("sallyport_grant_cloud_calls_total", { ...labels, kind }, share);
  };
}

/**
 * What may pass is tried again, and the next try stored; what is refused for good ends an opening. A closing has no "gave up":
 * whatever is thrown, a bug included, it comes again, and is told once it is overdue.
 */
async function setBack<Net, Rule>(
  deps: SettleGrantDeps<Net, Rule>,
  at: Position,
  fault: unknown,
): Promise<"settled" | "again"> {
  const { grant } = at;
  if (isAway(fault)) throw fault;
  noteSetback(deps, fault, { rows: "grants", id: grant.access.grantId, state: grant.state, tries: grant.tries + 1 });
  const now = deps.clock.now();
  if ((grant.state === "Approved" || grant.state === "Opening") && isForGood(fault)) {
    await commit(deps, at, refuseOpening(grant, [refusal(fault.code, fault.message)], now));
    return "again";
  }
  const nextTry = plusMs(now, backoffMs(grant.tries, fault, deps.chance()));
  const setback = { fault: faultLine(fault), nextTry, overdueFrom: overdueFrom(deps, grant) };
  return (await commit(deps, at, retry(grant, setback, now))) ? "settled" : "again";
}

/** Past its end plus what closing usually takes at its slowest object (settled.md §2). */
function overdueFrom<Net, Rule>({ network, model }: SettleGrantDeps<Net, Rule>, grant: LiveGrant): Instant {
  const times = objectsOf(grant).flatMap((object) => model.writeTime?.(object) ?? []);
  const slowest = times.reduce((most, time) => (time > most ? time : most), network.capabilities.usualWriteTime);
  return plusSeconds(endOf(grant), slowest);
}

/** One look at the row: one step of it, at most. `again`: it changed; look again. */
async function once<Net, Rule>(deps: SettleGrantDeps<Net, Rule>, at: Position): Promise<"settled" | "again"> {
  const { grant } = at;
  const now = deps.clock.now();
  if (grant.state === "Closing") return close(deps, at, grant);
  if (endOf(grant) <= now) {
    await commit(deps, at, expire(grant, now));
    return "again";
  }
  const want = wantOf(grant, now);
  if (want?.kind !== "allow") return "again";
  return openDoor(deps, at, grant, want);
}

async function openDoor<Net, Rule>(
  deps: SettleGrantDeps<Net, Rule>,
  at: Position,
  grant: Unclosed,
  want: Allow,
): Promise<"settled" | "again"> {
  const { model, clock } = deps;
  let current = grant;
  let mended: ObjectId | undefined;
  const result: Agreement<Net> = await agree(
    deps,
    want,
    objectsOf(grant),
    async (objects) => {
      mended ??= objects.find((object) => objectsOf(grant).includes(object));
      if (knows(current, objects)) return want;
      if (!(await commit(deps, at, startOpening(current, objects, clock.now()))) || at.grant.state === "Closing")
        return "moved";
      current = at.grant;
      return want;
    },
    at.stepAside,
  );
  const now = clock.now();
  switch (result.kind) {
    case "agreed": {
      if (endOf(current) <= now) return "again";
      if (current.state === "Open") {
        const step = extended(current, now) ?? (mended === undefined ? undefined : reopened(current, mended, now));
        return step === undefined || (await commit(deps, at, step)) ? "settled" : "again";
      }
      const seen = {
        ways: model.ways(result.net, want),
        closing: model.closing(result.net, want.vm),
        cloudCalls: at.tally.calls(),
      };
      deps.metrics.observe("sallyport_grant_opening_seconds", Math.max(0, msBetween(current.approvedAt, now)) / 1000);
      return (await commit(deps, at, opened(current, seen, now))) ? "settled" : "again";
    }
    case "refused":
      if (await makeRoom(deps, want.vm, result.refusals, (id) => settleGrant(deps, id))) return "again";
      await commit(deps, at, refuseOpening(current, result.refusals, now));
      return "again";
    case "too-late":
    case "moved":
      return "again";
  }
}

async function close<Net, Rule>(
  deps: SettleGrantDeps<Net, Rule>,
  at: Position,
  grant: Closing,
): Promise<"settled" | "again"> {
  const { model, clock, metrics } = deps;
  const want = withdrawOf(grant);
  const result = await agree(deps, want, grant.objects, () => Promise.resolve(want), at.stepAside);
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
    // The plan over what was read back is empty: nothing carrying the grant's mark lets anybody in at these.
    readBack: [...new Set([...objects, ...model.objects(result.net, want)])].sort(),
    stillOpen: stillOpenAt(model, result.net, access.vm, access.ports),
  });
  return (await commit(
    deps,
    at,
    closed(grant, receipt, now, { cloudCalls: at.tally.calls(), left: leftOf(deps, result.net, want, objects) }),
  ))
    ? "settled"
    : "again";
}

/** False when somebody else was faster. */
async function commit<Net, Rule>(
  { grants, clock }: SettleGrantDeps<Net, Rule>,
  at: Position,
  step: Step<GrantState>,
): Promise<boolean> {
  const promises = promisesOf(step, at.grant.access.requestId, clock.now());
  const committed = await grants.commit(at.entry, step.next, promises);
  if (committed.kind === "stale") return false;
  at.entry = committed.entry;
  if (isLive(step.next)) at.grant = step.next;
  return true;
}
