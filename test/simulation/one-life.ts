import { createLedger, portsThrough, quietLog, quietMetrics, through } from "@sallyport/backbone";
import type { Clock, Gate, GateCall } from "@sallyport/backbone";
import { createEmbeddedPorts, openEmbedded } from "@sallyport/backbone-embedded";
import type { CloudNetwork } from "@sallyport/cloud";
import { lane, plusSeconds, seal } from "@sallyport/contracts";
import type { Fact, SallyportEvent } from "@sallyport/contracts";
import {
  createEnforcer,
  createSigner,
  grantsTable,
  lockdownsTable,
  usualEnforcerSettings,
} from "@sallyport/enforcement";
import { deriveEventId, deriveLockdownId } from "@sallyport/service-kit";
import { anAccess, aPolicy, aUuid, createMortal, createRandom, describeCall } from "@sallyport/testkit";
import { aToyWorld } from "./worlds.ts";
import type { World } from "./worlds.ts";

const signer = createSigner([{ id: "k1", secret: "a secret of at least thirty-two characters" }]);

/** How long the granted minute may be outlived: a job's lease, a claim, and one pass of reconcile. */
const LATEST_CLOSING_MS = 75_000;

export interface LifeOptions {
  /** At which passage of a port each incarnation dies, one after the other; the one after the last of them lives. */
  readonly deaths?: readonly number[];
  /** What else happens to the calls of the first process. */
  readonly faults?: Gate;
  /** Another process does the same work all the time. */
  readonly beside?: boolean;
  /** The cloud makes trouble all the while: whatever is asked of it may take this many times as long, and then it is done. */
  readonly slowness?: number;
  /** The queue forgets what it acknowledged: then reconcile closes, and nothing can be asked of the queue. */
  readonly forgetful?: boolean;
}

export interface Life {
  readonly diedAt: GateCall | undefined;
  /** What is wrong afterwards; nothing, if all is well. */
  readonly complaints: readonly string[];
  readonly passages: number;
}

/** The same life over the smallest cloud. */
export const oneLife = async (options: LifeOptions = {}): Promise<Life> => lifeIn(await aToyWorld(), options);

/**
 * The life of one grant: the policy, its lockdown, an approval, open, the end, the policy removed; over the shipped embedded adapters
 * in memory, on a virtual clock. Whoever dies is started anew a second later, as a supervisor would.
 */
export async function lifeIn<Net, Rule>(
  world: World<Net, Rule>,
  { deaths = [], faults, beside = false, forgetful = false, slowness = 1 }: LifeOptions = {},
): Promise<Life> {
  const { clock, vm, cloud, reachable, home, elsewhere } = world;
  const complaints: string[] = [];
  // Each death may cost the lease of a job; who dies time and again may come too late to open, never to close.
  const patience = Math.max(1, deaths.length) * slowness;
  const isPrompt = deaths.length <= 1;
  const store = openEmbedded({ file: ":memory:" });
  const random = createRandom(1);
  const incarnate = (mortal: Clock) => createEmbeddedPorts({ store, clock: mortal, random });
  const outside = incarnate(clock).ports;
  const initial = world.picture();
  const closingJobs = () => store.read.all("SELECT id FROM jobs WHERE name = 'RevokeGrant'").length;
  const ledgerDeps = { ...outside, deriveEventId, source: "/test" };
  const grants = createLedger({ table: grantsTable(cloud), ...ledgerDeps });
  const lockdowns = createLedger({ table: lockdownsTable(cloud), ...ledgerDeps });

  /** G1, asked at the moment when the door opens: its closing is in the queue. */
  const watched = (network: CloudNetwork<Net, Rule>): CloudNetwork<Net, Rule> => ({
    ...network,
    write: async (object, changes, before) => {
      const opens = changes.some(({ verb, mark }) => verb === "put" && mark?.claim.kind === "grant");
      if (opens && !forgetful && closingJobs() === 0) complaints.push("a door opens although no closing is scheduled");
      return network.write(object, changes, before);
    },
  });

  let tokens = 0;
  const begin = ([dieAt, ...later]: readonly number[], gate?: Gate) => {
    const restart = () => {
      process.abandon();
      clock.after(1000, () => begin(later));
    };
    const mortal = createMortal({ clock, dieAt, onDeath: restart, ...(gate === undefined ? {} : { faults: gate }) });
    const process = incarnate(mortal.clock);
    createEnforcer({
      ...portsThrough(process.ports, mortal.gate),
      clock: mortal.clock,
      cloud,
      network: through("cloud", watched(world.connect(mortal.isDead, mortal.clock)), mortal.gate),
      model: world.model,
      signer,
      deriveEventId,
      lockdownIdOf: deriveLockdownId,
      newToken: () => `t${(tokens += 1)}`,
      chance: () => 0.5,
      log: quietLog,
      metrics: quietMetrics,
      settings: usualEnforcerSettings,
      // A service that cannot start ends, and is started again.
    }).catch(() => mortal.die());
    return mortal;
  };
  const first = begin(deaths, faults);
  if (beside) begin([]);

  let told = 0;
  const tell = async (fact: Fact) => {
    const id = deriveEventId(aUuid((told += 1)), "told");
    await outside.bus.publish([
      seal(fact, { id, source: "/test", time: clock.now(), correlationId: id, causationId: id }),
    ]);
  };
  const expect = (what: string, is: boolean) => {
    if (!is) complaints.push(what);
  };

  await tell({ type: "sallyport.policy.configured.v1", data: { policy: aPolicy({ vm }), by: anAccess().principal } });
  await world.pass(patience * LATEST_CLOSING_MS);
  expect("the ports are closed", !reachable(home) && !reachable(elsewhere));

  const access = anAccess({ vm, duration: 60 * slowness, ports: [{ port: 22, sources: [home] }] });
  const approvedAt = clock.now();
  const notAfter = plusSeconds(approvedAt, 75 * slowness);
  await tell({ type: "sallyport.access.approved.v1", data: { access, approvedAt, notAfter, extends: false } });
  await world.pass(45_000 * slowness);
  expect("the door is open for its source", reachable(home) || !isPrompt);
  expect("the door is closed for all others", !reachable(elsewhere));
  await world.pass(30_000 * slowness + patience * LATEST_CLOSING_MS);
  expect("the door is closed again", !reachable(home));

  const removed = { vm, by: access.principal, version: 2, at: clock.now() };
  await tell({ type: "sallyport.policy.removed.v1", data: removed });
  await world.pass(2 * patience * LATEST_CLOSING_MS);
  expect("the network is as it was", world.picture() === initial);

  const events: SallyportEvent[] = [];
  for (const topic of ["sallyport.access", "sallyport.lockdown"] as const)
    for await (const event of outside.bus.replay(topic)) events.push(event);
  const idsOf = (...types: readonly string[]) =>
    new Set(events.filter(({ type }) => types.includes(type)).map(({ id }) => id)).size;
  const openings = idsOf("sallyport.access.granted.v1");
  expect("it is told once that the door opened", openings === 1 || (openings === 0 && !isPrompt));
  expect("it ends once", idsOf("sallyport.access.revoked.v1", "sallyport.access.failed.v1") === 1);
  expect("it is told once that the ports were closed", idsOf("sallyport.lockdown.locked.v1") === 1);
  expect("it is told once that they were given back", idsOf("sallyport.lockdown.unlocked.v1") === 1);
  expect("nothing is told of drift", idsOf("sallyport.access.drift-detected.v1") === 0);

  for (const [name, ledger] of [["grants", grants] as const, ["lockdowns", lockdowns] as const])
    expect(`no row of the ${name} owes anything`, (await ledger.owing(10)).length === 0);
  for (const name of ["RevokeGrant", "OpenGrant", "LockVm", "UnlockVm"] as const)
    expect(`no ${name} is left`, (await outside.queue.waiting(lane(name, cloud))) === 0);
  const letters: unknown[] = [];
  for await (const letter of outside.bus.deadLetters()) letters.push(letter);
  expect("nothing is a dead letter", letters.length === 0);
  const [grant, lockdown] = [(await grants.load(access.grantId)).value, (await lockdowns.load(vm)).value];
  expect("the grant is over", grant?.state === "Closed" || (grant?.state === "Failed" && !isPrompt));
  expect("nothing is left to collect", grant?.state !== "Closed" || grant.left === undefined);
  expect("the receipt is ours", grant?.state !== "Closed" || signer.verifiesReceipt(grant.receipt));
  expect("the lockdown is undone", lockdown?.state === "Unlocked");
  store.close();
  return { diedAt: first.diedAt(), complaints, passages: first.passages() };
}

/** What went wrong where: for a failing run. */
export const sayRun = (at: string, { complaints, diedAt }: Life): string | undefined =>
  complaints.length === 0
    ? undefined
    : `${at}${diedAt === undefined ? "" : ` (${describeCall(diedAt)})`}: not so: ${complaints.join("; ")}`;
