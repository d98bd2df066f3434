import { instantOf, msOf, ObjectId, plusMs, plusSeconds, refusal } from "@sallyport/contracts";
import type { Fact, Instant, JobName, Receipt } from "@sallyport/contracts";
import { aGrantId, anAccess, anEventId, aVm } from "@sallyport/testkit";
import fc from "fast-check";
import type { LockdownState } from "../lockdown/state.ts";
import { wantOf } from "./want.ts";
import type { Step } from "../step.ts";
import {
  approve,
  closed,
  collected,
  collectNow,
  expire,
  extended,
  opened,
  refuseOpening,
  reopened,
  retry,
  revoke,
  startOpening,
} from "./decide.ts";
import { dueOf } from "./index-keys.ts";
import { endOf, isLeaving, isLive, objectsOf } from "./state.ts";
import type { GrantState } from "./state.ts";

const START = instantOf(Date.UTC(2026, 0, 31, 8));
const vm = aVm();
const gates = [ObjectId.parse("nsg-nic"), ObjectId.parse("nsg-subnet")];
const lockdown = (policyVersion: number, ports: readonly number[]) =>
  ({
    state: "Locked",
    policyVersion,
    ports: ports.map((port) => ({ port, protocol: "tcp" })),
  }) as unknown as LockdownState;
const receipt = {} as Receipt;
const seen = { ways: [], closing: { sessions: "kept", because: "x" } } as const;

/** settled.md §2, and what may follow what. A state may follow itself: a retry, an extension, one more object. */
const FOLLOWS: Readonly<Record<GrantState["state"] | "none", readonly GrantState["state"][]>> = {
  none: ["Approved", "Failed"],
  Approved: ["Approved", "Opening", "Open", "Closing", "Failed"],
  Opening: ["Opening", "Open", "Closing"],
  Open: ["Open", "Closing"],
  Closing: ["Closing", "Closed", "Failed"],
  // What it has left goes.
  Closed: ["Closed"],
  // A forestalled one learns what it was about.
  Failed: ["Failed"],
};

/** One grant and all that was promised for it, as the ledger and the queue would hold them. */
interface World {
  row: GrantState | undefined;
  now: Instant;
  promised: { readonly name: JobName; readonly due: Instant }[];
  facts: Fact["type"][];
  ends: number;
}

const fresh = (): World => ({ row: undefined, now: START, promised: [], facts: [], ends: 0 });

function commit(world: World, step: Step<GrantState> | "wait" | undefined): void {
  if (step === undefined || step === "wait") return;
  const before = world.row;
  const { next } = step;
  if (!FOLLOWS[before?.state ?? "none"].includes(next.state))
    throw new Error(`${before?.state} is followed by ${next.state}`);
  if (before !== undefined && isLive(before) && isLive(next)) {
    const known = new Set(objectsOf(next));
    if (!objectsOf(before).every((object) => known.has(object))) throw new Error("an object was forgotten");
  }
  world.promised.push(...step.jobs.map(({ job, due }) => ({ name: job.name, due })));
  for (const { fact } of step.facts) {
    if (world.ends > 0) throw new Error(`${fact.type} was told after the end`);
    world.facts.push(fact.type);
    if (fact.type === "sallyport.access.revoked.v1" || fact.type === "sallyport.access.failed.v1") world.ends += 1;
  }
  world.row = next;
  check(world);
}

function check({ row, promised, facts }: World): void {
  if (row === undefined || !isLive(row)) return;
  const closings = promised.filter(({ name }) => name === "RevokeGrant").map(({ due }) => due);
  const byItsEnd = closings.some((due) => due <= endOf(row));
  const again = row.state === "Closing" && closings.includes(row.nextTry);
  // G1, G2: whatever happens to this process, a closing is promised.
  if (!byItsEnd && !again) throw new Error(`${row.state} until ${endOf(row)}, and no closing is promised by then`);
  if (endOf(row) > row.notAfter) throw new Error("it would end later than was approved");
  const due = dueOf(row);
  if (due === undefined || (row.state !== "Closing" && due > endOf(row)))
    throw new Error("reconcile would come too late");
  if (row.state === "Open" && !facts.includes("sallyport.access.granted.v1")) throw new Error("opened, and not told");
}

const name = (text: string) => ({ toString: () => text });
const command = (text: string, run: (world: World) => Step<GrantState> | "wait" | undefined) => ({
  check: () => true,
  run: (_: object, world: World) => commit(world, run(world)),
  ...name(text),
});
const later = fc.constantFrom(0, 1, 999, 15_000, 30_000, 59_999, 60_000, 75_000, 90_000);

const commands = [
  later.map((ms) => ({
    check: () => true,
    run: (_: object, world: World) => {
      world.now = plusMs(world.now, ms);
    },
    ...name(`pass ${ms} ms`),
  })),
  fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom<readonly number[]>([22], [3389])).map(([version, ports]) =>
    command(`approve under policy ${version} on ${ports.join()}`, ({ row, now }) =>
      approve(
        row,
        {
          access: anAccess({ vm, duration: 60 }),
          notAfter: plusSeconds(START, 120),
          approvedAt: START,
          extends: false,
          cause: anEventId(1),
        },
        version === 0 ? undefined : lockdown(version, ports),
        now,
      ),
    ),
  ),
  fc.constantFrom(60, 119, 121, 180, 300).map((end) =>
    command(`extend until ${end} s`, ({ row, now }) =>
      approve(
        row,
        {
          access: anAccess({ vm, duration: 300 }),
          notAfter: plusSeconds(START, end),
          approvedAt: now,
          extends: true,
          cause: anEventId(end),
        },
        lockdown(1, [22]),
        now,
      ),
    ),
  ),
  fc
    .constantFrom("given-back" as const, "policy-removed" as const)
    .map((reason) =>
      command(`revoke, ${reason}`, ({ row, now }) => revoke(row, { grantId: aGrantId(), vm, reason }, now)),
    ),
  fc
    .subarray(gates, { minLength: 1 })
    .map((objects) =>
      command(`start writing at ${objects.join()}`, ({ row, now }) =>
        row !== undefined && wantOf(row, now)?.kind === "allow" && isLive(row) && row.state !== "Closing"
          ? startOpening(row, objects, now)
          : undefined,
      ),
    ),
  fc.constant(
    command("see it open", ({ row, now }) => {
      if (row === undefined || !isLive(row) || row.state === "Closing" || endOf(row) <= now) return undefined;
      return row.state === "Open" ? extended(row, now) : opened(row, seen, now);
    }),
  ),
  fc.constant(
    command("put back what somebody took", ({ row, now }) =>
      row?.state === "Open" && now < row.expiresAt ? reopened(row, gates[0] ?? ObjectId.parse("x"), now) : undefined,
    ),
  ),
  fc.constant(
    command("be refused", ({ row, now }) =>
      row !== undefined && isLive(row) && row.state !== "Closing"
        ? refuseOpening(row, [refusal("network.shadowed", "a rule before ours")], now)
        : undefined,
    ),
  ),
  fc.constant(
    command("expire", ({ row, now }) =>
      row !== undefined && isLive(row) && row.state !== "Closing" && endOf(row) <= now ? expire(row, now) : undefined,
    ),
  ),
  later.map((ms) =>
    command(`fail for the moment, again in ${ms} ms`, ({ row, now }) =>
      row !== undefined && isLive(row)
        ? retry(row, { fault: "busy", nextTry: plusMs(now, ms), overdueFrom: plusSeconds(endOf(row), 15) }, now)
        : undefined,
    ),
  ),
  fc.constant(
    command("see it closed", ({ row, now }) => (row?.state === "Closing" ? closed(row, receipt, now) : undefined)),
  ),
  later.map((ms) =>
    command(`see it closed, and something left for ${ms} ms`, ({ row, now }) =>
      row?.state === "Closing" && row.openedAt !== undefined
        ? closed(row, receipt, now, { left: { objects: row.objects, until: plusMs(now, ms) } })
        : undefined,
    ),
  ),
  fc.constantFrom(
    command("collect what is left", ({ row }) =>
      row !== undefined && isLeaving(row) ? collected(row, undefined) : undefined,
    ),
    command("need its place", ({ row, now }) =>
      row !== undefined && isLeaving(row) ? collectNow(row, now) : undefined,
    ),
  ),
];

/** What an enforcer does for any row that is left to it. */
function bringToAnEnd(world: World): void {
  for (let step = 0; step < 5; step++) {
    const { row } = world;
    if (row === undefined || !isLive(row)) return;
    if (row.state === "Closing") commit(world, closed(row, receipt, world.now));
    else {
      world.now = instantOf(Math.max(msOf(world.now), msOf(endOf(row))));
      commit(world, expire(row, world.now));
    }
  }
  throw new Error("it does not end");
}

describe("the life of a grant, whatever happens in whatever order", () => {
  it("follows the state machine, always has a closing promised, and ends once: in one of failed and closed", () => {
    const ends = { failed: 0, revoked: 0 };
    fc.assert(
      fc.property(fc.commands(commands, { size: "+1", maxCommands: 40 }), (drawn) => {
        let world = fresh();
        fc.modelRun(() => {
          world = fresh();
          return { model: {}, real: world };
        }, drawn);
        const wasApproved = world.promised.length > 0;
        bringToAnEnd(world);
        if (wasApproved && world.ends !== 1) throw new Error(`it ended ${world.ends} times`);
        const granted = world.facts.indexOf("sallyport.access.granted.v1");
        const revoked = world.facts.indexOf("sallyport.access.revoked.v1");
        const failed = world.facts.indexOf("sallyport.access.failed.v1");
        if (granted >= 0 && (revoked < granted || failed >= 0))
          throw new Error("what was opened is told closed, after it");
        if (world.facts.filter((type) => type === "sallyport.access.overdue.v1").length > 1)
          throw new Error("told overdue twice");
        ends.failed += failed >= 0 ? 1 : 0;
        ends.revoked += revoked >= 0 ? 1 : 0;
      }),
      { numRuns: 3000 },
    );
    // The commands reach both ends often, or the law says little.
    expect(Math.min(ends.failed, ends.revoked)).toBeGreaterThan(200);
  });
});
