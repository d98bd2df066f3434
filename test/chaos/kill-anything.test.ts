import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { open } from "@sallyport/contracts";
import { startCluster } from "@sallyport/sallyport";
import type { RunningCluster } from "@sallyport/sallyport";
import { createRandom } from "@sallyport/testkit";
import { estate } from "./estate.ts";
import { feelPulse } from "./machine-pulse.ts";
import type { MachinePulse } from "./machine-pulse.ts";
import { judge, unended } from "./judge.ts";
import type { Outage } from "./judge.ts";
import { networkDocuments } from "./network-documents.ts";
import { createPatientClient } from "./patient-client.ts";
import { published } from "./published.ts";
import { createPeople, until } from "./subjects.ts";
import type { OpenGrant, People, Subject } from "./subjects.ts";
import { createWorld } from "./world.ts";
import type { World } from "./world.ts";

/** Everything but the simulators: they are the cloud. */
const victims = ["request-api", "authz", "enforcer-azure", "enforcer-aws", "scanner", "kafka", "redis"] as const;
type Victim = (typeof victims)[number];
const moments = [
  "before the lockdown settles",
  "during the request",
  "during the opening",
  "while open",
  "at expiry",
  "during the closing",
  "during the unlock",
] as const;
type Moment = (typeof moments)[number];

const HOME = "198.51.100.77";
const ELSEWHERE = "192.0.2.44";
const SECONDS = 5;
const AZURE_EACH = 3;
const AWS_EACH = 2;
/** Each victim's round, one in which an enforcer stands still, and one in which Redis is away. */
const ROUNDS = victims.length + 2;
/** How many rounds go on side by side. */
const TRACKS = 3;
/**
 * After the return of what was away: the lease of the dead on a job that it was handed (10 s), a pause before the next try (5 s), and the work itself (1 s) as a
 * machine does it that has nothing else to do. What this machine had to do besides is felt by its pulse, and added.
 */
const DELAY_AT_MOST_MS = 16_000;
const STILL_MS = 8_000;
const AWAY_MS = 15_000;

jest.setTimeout(1_800_000);
const seed = Date.now() % 1_000_000;
const random = createRandom(seed);
const between = (from: number, to: number): number => from + random() * (to - from);

(process.env["KAFKA_BROKERS"] === undefined ? describe.skip : describe)(
  `killing anything at any moment of a grant's life (KAFKA_BROKERS; seed ${seed})`,
  () => {
    // CHAOS_DATA names a folder that is left behind: logs, the broker's data, the world.
    const kept = process.env["CHAOS_DATA"];
    const folder = kept ?? mkdtempSync(join(tmpdir(), "sallyport-chaos-"));
    const kills: { readonly victim: Victim; readonly moment: Moment }[] = [];
    const rounds = new Map<string, Promise<void>>();
    const outages: Outage[] = [];
    const said: string[] = [];
    let cluster: RunningCluster;
    let people: People;
    let world: World;
    let pulse: MachinePulse;
    let before: unknown;
    const documents = () => networkDocuments(readFileSync(join(folder, "clouds/world.json"), "utf8"));
    const processOf = (name: string) => {
      const found = cluster.processes[name];
      if (found === undefined) throw new Error(`there is no process ${name}`);
      return found;
    };

    beforeAll(async () => {
      mkdirSync(folder, { recursive: true });
      const file = join(folder, "estate.json");
      const all = { azure: AZURE_EACH * ROUNDS, aws: AWS_EACH * ROUNDS };
      writeFileSync(file, JSON.stringify(estate({ ...all, perSubnetNsg: AZURE_EACH })));
      const { KAFKA_BROKERS: _brokers, REDIS_URL: _redis, ...env } = process.env;
      cluster = await startCluster({
        dataDir: folder,
        port: 0,
        say: (line) => void said.push(`${new Date().toISOString()} ${line}`),
        env,
        world: file,
      });
      const { url, tokens, simulator } = cluster.ready;
      people = createPeople(createPatientClient(url, tokens.administrator), createPatientClient(url, tokens.requester));
      world = createWorld(simulator.ec2.url);
      const subjects = await people.vms(all.azure + all.aws);
      const [{ vm: first } = { vm: "" }] = subjects;
      pulse = feelPulse(() => world.reachable(first, 22, HOME));
      for (const { vm } of subjects) for (const source of [HOME, ELSEWHERE]) await world.watch(vm, 22, source);
      before = await documents();

      const azure = subjects.filter(({ vm }) => vm.startsWith("/"));
      const aws = subjects.filter(({ vm }) => vm.startsWith("arn:"));
      const castOf = (round: number): readonly Subject[] => [
        ...azure.slice(round * AZURE_EACH, (round + 1) * AZURE_EACH),
        ...aws.slice(round * AWS_EACH, (round + 1) * AWS_EACH),
      ];
      const plans: readonly (readonly [string, (cast: readonly Subject[]) => Promise<void>])[] = [
        ["paused", standStill],
        ["away", goAway],
        ...victims.map((victim) => [victim, (cast: readonly Subject[]) => killAtEveryMoment(victim, cast)] as const),
      ];
      const free = Array.from({ length: TRACKS }, () => Promise.resolve());
      for (const [i, [name, run]] of plans.entries()) {
        const after = free[i % TRACKS] ?? Promise.resolve();
        const round = after.then(() => run(castOf(i)));
        rounds.set(name, round);
        free[i % TRACKS] = round.catch(() => undefined);
      }
    });
    afterAll(async () => {
      pulse?.stop();
      await cluster?.close();
      if (kept !== undefined) writeFileSync(join(folder, "said.log"), said.join("\n"));
      else rmSync(folder, { recursive: true, force: true });
    });

    it.each(victims)("a life in which %s is killed at every moment ends closed", async (victim) => {
      await expect(rounds.get(victim)).resolves.toBeUndefined();
    });
    it("so does one in which an enforcer stands still for eight seconds while it opens", async () => {
      await expect(rounds.get("paused")).resolves.toBeUndefined();
    });
    it("and one in which Redis is away for fifteen seconds, over the expiry", async () => {
      await expect(rounds.get("away")).resolves.toBeUndefined();
    });

    it("killed each victim at each moment", () => {
      const each = new Set(kills.map(({ victim, moment }) => `${victim} ${moment}`));
      expect(each.size).toBe(victims.length * moments.length);
    });

    it("ends each grant once, closed or refused as too late; and no door stands open past its end", async () => {
      // What a process owed when it died is told by the next reconcile, half a minute later at the most.
      const events = await until("every grant to have ended", async () => {
        const told = (await published(cluster.brokers, "sallyport.access")).map(open);
        return unended(told).length === 0 ? told : undefined;
      });
      const { wrong, closed } = judge(events, await world.exposure(), {
        home: HOME,
        delayAtMostMs: DELAY_AT_MOST_MS,
        lostMs: pulse.lostMs,
        outages,
      });
      expect(wrong).toEqual([]);
      // Each machine was opened in each life, but for the one in which the enforcer stands still.
      expect(closed).toBeGreaterThanOrEqual((ROUNDS - 1) * (AZURE_EACH + AWS_EACH));
    });

    it("dead-letters nothing", async () => {
      expect(await published(cluster.brokers, "sallyport.dead-letter")).toEqual([]);
    });

    it("leaves the network as it was, rule for rule", async () => {
      // The clouds write their world down soon after it has changed.
      await until("the network to be written down", async () =>
        isDeepStrictEqual(await documents(), before) ? true : undefined,
      ).catch(() => {});
      expect(await documents()).toEqual(before);
    });

    /** All the moments of a life, one after the other, with one kill in each. */
    async function killAtEveryMoment(victim: Victim, cast: readonly Subject[]): Promise<void> {
      const kill = async (moment: Moment, afterMs: number): Promise<void> => {
        await sleep(afterMs);
        // Of the last kill it may not even have come back yet.
        await until(`${victim} to run`, () => Promise.resolve(isAlive(processOf(victim).pid) ? true : undefined));
        kills.push({ victim, moment });
        const from = Date.now();
        processOf(victim).kill();
        void back(victim, from);
      };
      await together([kill("before the lockdown settles", between(10, 500)), ...cast.map(people.enable)]);
      await together(cast.map((one) => people.lockdownIs(one, "Locked")));

      const first = await insistAll(
        cast.filter((_, i) => i % 2 === 0),
        kill("during the request", between(0, 40)),
      );
      await kill("while open", between(0, 500));
      await sleepUntil(lastEnd(first) + between(-60, 40));
      await kill("at expiry", 0);
      await together(first.map(({ grant }) => people.ended(grant)));

      const second = await insistAll(
        cast.filter((_, i) => i % 2 === 1),
        kill("during the opening", between(60, 500)),
      );
      await sleepUntil(lastEnd(second) + between(20, 350));
      await kill("during the closing", 0);
      await together(second.map(({ grant }) => people.ended(grant)));
      await endLife(cast, kill("during the unlock", between(10, 500)));
    }

    async function standStill(cast: readonly Subject[]): Promise<void> {
      await startLife(cast);
      const enforcer = processOf("enforcer-azure");
      const still = async () => {
        await sleep(between(60, 400));
        const from = Date.now();
        enforcer.pause();
        await sleep(STILL_MS);
        enforcer.resume();
        await back("enforcer-azure", from);
      };
      const grants = await askAll(cast, still());
      await together(grants.map(people.ended));
      await endLife(cast);
    }

    async function goAway(cast: readonly Subject[]): Promise<void> {
      await startLife(cast);
      const grants = await insistAll(cast);
      const redis = processOf("redis");
      redis.hold();
      const from = Date.now();
      redis.kill();
      await sleep(AWAY_MS);
      redis.release();
      await back("redis", from);
      await together(grants.map(({ grant }) => people.ended(grant)));
      await endLife(cast);
    }

    async function back(part: string, from: number): Promise<void> {
      await processOf(part).up();
      outages.push({ part, from, to: Date.now() });
    }
    async function startLife(cast: readonly Subject[]): Promise<void> {
      await together(cast.map(people.enable));
      await together(cast.map((one) => people.lockdownIs(one, "Locked")));
    }
    const askAll = async (cast: readonly Subject[], meanwhile: Promise<void> = Promise.resolve()) => {
      const [grants] = await Promise.all([together(cast.map((one) => people.ask(one, HOME, SECONDS))), meanwhile]);
      return grants;
    };
    const insistAll = async (cast: readonly Subject[], meanwhile: Promise<void> = Promise.resolve()) => {
      const [grants] = await Promise.all([together(cast.map((one) => people.insist(one, HOME, SECONDS))), meanwhile]);
      return grants;
    };
    const lastEnd = (grants: readonly OpenGrant[]) => Math.max(...grants.map(({ end }) => end));
    async function endLife(cast: readonly Subject[], meanwhile: Promise<void> = Promise.resolve()): Promise<void> {
      for (const { vm, name } of cast)
        for (const source of [HOME, ELSEWHERE])
          expect({ name, source, verdict: await world.reachable(vm, 22, source) }).toMatchObject({ verdict: "denied" });
      await Promise.all([together(cast.map(people.disable)), meanwhile]);
      await together(cast.map((one) => people.lockdownIs(one, "Unlocked")));
    }
  },
);

/** Waits for all, also when one fails: what goes on in the background would disturb the next. */
async function together<Value>(all: readonly Promise<Value>[]): Promise<readonly Value[]> {
  await Promise.allSettled(all);
  return Promise.all(all);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function sleepUntil(wallMs: number): Promise<void> {
  await sleep(Math.max(0, wallMs - Date.now()));
}
