import { msBetween, refusal, SallyportError } from "@sallyport/contracts";
import type { Instant, ObjectId, Refusal } from "@sallyport/contracts";
import { wait } from "@sallyport/backbone";
import type { Clock, Lease, Leases } from "@sallyport/backbone";
import { billed, currentBill } from "@sallyport/cloud";
import type { Bill, CloudNetwork, Looked, Outcome } from "@sallyport/cloud";
import { holdsInverse } from "@sallyport/domain";
import type { Allow, Change, Want } from "@sallyport/domain";
import { planChecked } from "./plan-checked.ts";
import type { PlanChecked, PlanCheckedDeps } from "./plan-checked.ts";

/**
 * What came of a want at one object. `written`: or nothing was left to write there. `outdated`: the network changed since the want
 * was planned, and this lockdown would now take away what its row does not know; nothing of it was written, plan it again.
 */
export type TurnResult =
  | { readonly kind: "written" }
  | { readonly kind: "outdated" }
  | { readonly kind: "too-late" }
  | { readonly kind: "refused"; readonly refusals: readonly [Refusal, ...Refusal[]] };

export interface TurnDeps<Net, Rule> extends PlanCheckedDeps<Net, Rule> {
  readonly network: CloudNetwork<Net, Rule>;
  readonly leases: Leases;
  readonly clock: Clock;
}

/** What whoever takes a turn has found out before. */
export interface Known<Rule> {
  /** To be looked at, on today's path or not. */
  readonly objects: readonly ObjectId[];
  /** Changes of this object, planned and checked, that stand alone: who has the turn alone writes them without another look. */
  readonly changes?: readonly Change<Rule>[];
}

/** One writer per firewall object: in this process by a queue, between processes by a lease. */
export interface Turns<Rule> {
  /** Makes `object` agree with `want`, together with whatever else waits for the object; `onWait`: others are at it now. */
  readonly take: (object: ObjectId, want: Want, known?: Known<Rule>, onWait?: () => void) => Promise<TurnResult>;
}

interface Waiting<Rule> {
  readonly want: Want;
  readonly known: Known<Rule>;
  /** Refused together with others: to be tried by itself, so that nobody is refused for another's fault. */
  readonly alone: boolean;
  /** Who pays its part of what the turn calls. */
  readonly bill: Bill;
  readonly settle: (result: TurnResult) => void;
  readonly fail: (fault: unknown) => void;
}

const LEASE_MS = 10_000;
/** How long a want waits for an object that another process is writing, before its job is put off. */
const PATIENCE_MS = 5_000;
const ASK_AGAIN_MS = 50;
/** How long a closing that comes may wait for those that gather. */
const GATHER_STEP_MS = 250;

const isClosing = ({ want }: Pick<Waiting<unknown>, "want">): boolean =>
  want.kind === "withdraw" || want.kind === "unlock";
/** A grant's, which adds and takes away what carries its mark, and nothing else. */
export const isOfGrant = ({ kind }: Want): boolean => kind === "allow" || kind === "withdraw";

/** No more is read than the wants need. */
export function neededBy(wants: readonly Want[]): Pick<Looked, "onlyFor"> {
  if (!wants.every(isOfGrant)) return {};
  return { onlyFor: wants.some(({ kind }) => kind === "allow") ? "opening" : "closing" };
}

/** Objects a want remembers although they may be off today's path. */
const remembered = (want: Want): readonly ObjectId[] =>
  want.kind === "withdraw" || want.kind === "unlock" ? want.objects : [];

/**
 * Waiting *wants* are coalesced, not change sets: two grants planned from one snapshot would pick the same priority. A turn reads
 * once, plans each want on what the ones before it will leave, checks each for every address (G11), and writes once (P3, P38).
 */
export function createTurns<Net, Rule>(deps: TurnDeps<Net, Rule>): Turns<Rule> {
  const queues = new Map<ObjectId, Waiting<Rule>[]>();
  const begun = new Map<ObjectId, number>();

  /** Lets wants gather for an object that is slow to write. A closing waits for nobody. */
  async function gather(object: ObjectId, queue: readonly Waiting<Rule>[]): Promise<void> {
    const apartMs = deps.model.gatherMs?.(object) ?? 0;
    if (apartMs === 0) return;
    const { clock } = deps;
    const last = begun.get(object);
    while (last !== undefined && !queue.some(isClosing) && clock.elapsed() - last < apartMs)
      await wait(clock, Math.min(GATHER_STEP_MS, apartMs - (clock.elapsed() - last)));
    begun.set(object, clock.elapsed());
  }

  async function pump(object: ObjectId, queue: Waiting<Rule>[]): Promise<void> {
    while (queue.length > 0) {
      await gather(object, queue);
      const batch = nextBatch(queue);
      try {
        const shared: Bill = (kind, share) => batch.forEach(({ bill }) => bill(kind, share / batch.length));
        await billed(shared, () =>
          withLease(deps, object, () => writeTogether(deps, object, batch, (again) => queue.push(again))),
        );
      } catch (fault) {
        for (const waiting of batch) waiting.fail(fault);
      }
    }
    queues.delete(object);
  }

  return {
    take: (object, want, known = { objects: [] }, onWait) =>
      new Promise((settle, fail) => {
        const queue = queues.get(object);
        const waiting: Waiting<Rule> = { want, known, alone: false, bill: currentBill(), settle, fail };
        if (queue !== undefined) {
          queue.push(waiting);
          onWait?.();
          return;
        }
        const fresh = [waiting];
        queues.set(object, fresh);
        void pump(object, fresh);
      }),
  };
}

/**
 * Takes out of the queue what goes into one write. Whose turn it is: the closing that has waited longest, else whoever has. One that
 * must go alone does; otherwise all that need not go into the same write, closings first.
 */
function nextBatch<Rule>(queue: Waiting<Rule>[]): readonly Waiting<Rule>[] {
  const first = queue.find(isClosing) ?? queue[0];
  const together = queue.filter((waiting) => !waiting.alone);
  const chosen =
    first?.alone === true
      ? [first]
      : [...together.filter(isClosing), ...together.filter((waiting) => !isClosing(waiting))];
  for (const waiting of chosen) queue.splice(queue.indexOf(waiting), 1);
  return chosen;
}

async function withLease<Net, Rule>(
  { leases, clock, metrics }: TurnDeps<Net, Rule>,
  object: ObjectId,
  run: () => Promise<void>,
): Promise<void> {
  const lease = await acquire(leases, clock, `turn:${object}`);
  metrics.count("sallyport_turns_total");
  let over = false;
  const keep = (): void => {
    // A lease that is lost meanwhile is no danger: every write is verified by reading back (guarantees.md, Concurrency).
    if (!over) lease.renew().then(arm, arm);
  };
  const arm = (): void => {
    if (!over) clock.after(LEASE_MS / 3, keep);
  };
  arm();
  try {
    await run();
  } finally {
    over = true;
    await lease.release();
  }
}

async function acquire(leases: Leases, clock: Clock, name: string): Promise<Lease> {
  const since = clock.elapsed();
  for (;;) {
    const lease = await leases.acquire(name, LEASE_MS);
    if (lease !== undefined) return lease;
    if (clock.elapsed() - since > PATIENCE_MS)
      throw new SallyportError({ code: "backbone.lease-held", detail: `${name} is being written by another process` });
    await new Promise<void>((resolve) => {
      clock.after(ASK_AGAIN_MS, resolve);
    });
  }
}

interface Part<Rule> {
  readonly waiting: Waiting<Rule>;
  readonly changes: readonly Change<Rule>[];
}

async function writeTogether<Net, Rule>(
  deps: TurnDeps<Net, Rule>,
  object: ObjectId,
  batch: readonly Waiting<Rule>[],
  again: (waiting: Waiting<Rule>) => void,
): Promise<void> {
  const { network, clock, metrics } = deps;
  const parts = asPlanned(batch) ?? (await planTogether(deps, object, batch));
  const changes = parts.flatMap((part) => part.changes);
  if (changes.length === 0) return parts.forEach(({ waiting }) => waiting.settle({ kind: "written" }));
  metrics.count("sallyport_coalesced_wants_total", {}, parts.length);
  const before = earliestEnd(parts);
  const outcomes =
    before !== undefined && msBetween(clock.now(), before) <= 0
      ? changes.map((): Outcome => ({ kind: "too-late" }))
      : await network.write(object, changes, before);
  let next = 0;
  for (const part of parts) {
    const own = outcomes.slice(next, next + part.changes.length);
    next += part.changes.length;
    tell(part.waiting, own, parts.length > 1, again);
  }
}

/** Who has the turn alone, with changes that stand alone, has looked already, and looks again afterwards. */
function asPlanned<Rule>([first, ...more]: readonly Waiting<Rule>[]): readonly Part<Rule>[] | undefined {
  return first?.known.changes === undefined || more.length > 0
    ? undefined
    : [{ waiting: first, changes: first.known.changes }];
}

/** One look for all of them; whom it leaves nothing to write, or refuses, is told. */
async function planTogether<Net, Rule>(
  deps: TurnDeps<Net, Rule>,
  object: ObjectId,
  batch: readonly Waiting<Rule>[],
): Promise<readonly Part<Rule>[]> {
  const { network, model } = deps;
  const wants = batch.map(({ want }) => want);
  const net = await network.read({
    vms: [...new Set(wants.map(({ vm }) => vm))],
    objects: [...new Set([object, ...batch.flatMap(({ want, known }) => [...remembered(want), ...known.objects])])],
    // A grant has just looked at its whole path, and looks again afterwards. What a lockdown takes away is decided afresh.
    recentPath: wants.every(isOfGrant),
    ...neededBy(wants),
  });
  const parts: Part<Rule>[] = [];
  let expected: Net = net;
  for (const waiting of batch) {
    try {
      const planned = planOne(deps, object, expected, waiting.want);
      if (planned.kind !== "planned") {
        waiting.settle(planned);
        continue;
      }
      parts.push({ waiting, changes: planned.changes.filter((change) => change.object === object) });
      expected = model.apply(expected, planned.changes);
    } catch (bug) {
      // A bug that one want meets must not keep the others from being written, closings least of all.
      waiting.fail(bug);
    }
  }
  return parts;
}

/** Plans one want on what the ones before it will leave, and checks the plan for every address. */
function planOne<Net, Rule>(
  deps: TurnDeps<Net, Rule>,
  object: ObjectId,
  net: Net,
  want: Want,
): PlanChecked<Rule> | { readonly kind: "outdated" } {
  const planned = planChecked(deps, net, want, object);
  if (planned.kind === "refused") return planned;
  // What is taken away has to be stored first (guarantees.md): a neighbour may have added a rule since the row was written.
  if (want.kind === "lock-down" && !holdsInverse(want.inverse, planned.inverse ?? [])) return { kind: "outdated" };
  return planned;
}

/** The earliest end among the allows that have something to write. */
function earliestEnd<Rule>(parts: readonly Part<Rule>[]): Instant | undefined {
  const ends = parts
    .filter(({ changes }) => changes.length > 0)
    .map(({ waiting }) => waiting.want)
    .filter((want): want is Allow => want.kind === "allow")
    .map(({ end }) => end);
  return ends.length === 0 ? undefined : ends.reduce((least, end) => (end < least ? end : least));
}

function tell<Rule>(
  waiting: Waiting<Rule>,
  outcomes: readonly Outcome[],
  wasTogether: boolean,
  again: (waiting: Waiting<Rule>) => void,
): void {
  const result = resultOf(outcomes);
  if (result.kind === "written") return waiting.settle(result);
  // With company, a refusal or an early end may be another's: tried again alone, it speaks for itself.
  if (wasTogether && !waiting.alone) return again({ ...waiting, alone: true });
  // What is there now may give a better reason than the cloud did.
  const { objects, changes } = waiting.known;
  if (result.kind === "refused" && changes !== undefined) return again({ ...waiting, known: { objects } });
  waiting.settle(result);
}

/** What the outcomes of a want's own changes come to. */
export function resultOf(outcomes: readonly Outcome[]): Exclude<TurnResult, { readonly kind: "outdated" }> {
  const bad = outcomes.find(({ kind }) => kind !== "done" && kind !== "already");
  if (bad === undefined) return { kind: "written" };
  if (bad.kind === "too-late") return { kind: "too-late" };
  return {
    kind: "refused",
    refusals: [bad.kind === "refused" ? bad.refusal : refusal("cloud.unreadable", "The change was not tried.")],
  };
}
