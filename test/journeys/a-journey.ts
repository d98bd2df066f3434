import { randomUUID } from "node:crypto";
import { GrantView, VmRef, VmView, vmKeyOf } from "@sallyport/contracts";
import type { EventOf, EventType, Instant, SallyportEvent } from "@sallyport/contracts";
import { z } from "zod";
import { aSystem } from "./a-system.ts";
import type { Answer, SystemOptions, SystemUnderTest } from "./a-system.ts";
import { GUEST } from "./estates.ts";
import type { Estate } from "./estates.ts";
import type { Person } from "./people.ts";

export interface Ask {
  readonly as?: Person;
  readonly sources?: readonly string[];
  readonly ports?: readonly unknown[];
  readonly duration?: string;
  readonly key?: string;
}

/** One system and one VM of it: what people do there, in the words of the journeys. */
export interface Journey extends SystemUnderTest {
  readonly estate: Estate;
  readonly vm: string;
  readonly vmKey: string;
  /** Does the source get in to port 22, or to another one? */
  readonly getsIn: (source: string, port?: number) => boolean;
  /** When a source could get in to port 22, from now on. */
  readonly watch: (source: string) => () => readonly { readonly from: Instant; readonly to?: Instant }[];
  /** Ada puts port 22 under JIT, or what else the policy says; answers once the network was written. */
  readonly underJit: (policy?: object) => Promise<VmView>;
  readonly removePolicy: () => Promise<void>;
  /** Asks for access; the answer as it came, before anything was decided. */
  readonly ask: (ask?: Ask) => Promise<Answer>;
  /** Asks for access, and waits until what comes of it is settled. */
  readonly opened: (ask?: Ask) => Promise<GrantView>;
  readonly grant: (id: string) => Promise<GrantView>;
  readonly showVm: () => Promise<VmView>;
  readonly told: <Type extends EventType>(type: Type) => Promise<readonly EventOf<Type>[]>;
}

/** Enough for one step of the system over clouds that do not trouble it; far less than any grant lasts. */
export const SOON_MS = 8_000;
/** One pass of reconcile and a step: what every delay is bounded by once everything is back. */
export const RECONCILED_MS = 30_000 + SOON_MS;

// A journey of hours is a second or two of a free machine's; a busy one needs longer.
jest.setTimeout(180_000);

const begun: Journey[] = [];
afterEach(() => {
  for (const journey of begun.splice(0)) journey.close();
});

export async function aJourney(estate: Estate, options: SystemOptions = {}): Promise<Journey> {
  const system = await aSystem(options);
  const vm = VmRef.parse(estate.vm);
  const vmKey = vmKeyOf(vm);
  const { call, pass, reachable, simulator } = system;

  const expectStatus = ({ status, body }: Answer, ...expected: readonly number[]): void => {
    if (!expected.includes(status)) throw new Error(`${status} ${JSON.stringify(body)}`);
  };
  const grant = async (id: string) => {
    const answer = await call("ada", "GET", `/v1/grants/${id}`);
    expectStatus(answer, 200);
    return GrantView.parse(answer.body);
  };
  const showVm = async () => {
    const answer = await call("ada", "GET", `/v1/vms/${vmKey}`);
    expectStatus(answer, 200);
    return VmView.parse(answer.body);
  };
  const ask: Journey["ask"] = ({
    as = "alice",
    sources = [GUEST],
    ports = [22],
    duration = "PT10M",
    key = randomUUID(),
  } = {}) =>
    call(as, "POST", "/v1/access-requests", {
      headers: { "idempotency-key": key },
      body: { vm: vmKey, ports, sources, duration },
    });

  const journey: Journey = {
    ...system,
    estate,
    vm,
    vmKey,
    getsIn: (source, port = 22) => reachable(vm, port, source),
    watch: (source) => {
      const look = () => {
        const seen = simulator.control.exposeIntervals({ vm, port: 22, source });
        if ("misunderstood" in seen) throw new Error(seen.misunderstood);
        return seen;
      };
      look();
      return look;
    },
    underJit: async (policy = {}) => {
      const body = { ports: [{ port: 22, maxDuration: "PT12H" }], ...policy };
      const known = await call("ada", "GET", `/v1/vms/${vmKey}/policy`);
      const headers = known.status === 200 ? { "if-match": known.headers.get("etag") ?? "" } : {};
      expectStatus(await call("ada", "PUT", `/v1/vms/${vmKey}/policy`, { body, headers }), 200, 201);
      await pass(SOON_MS);
      return showVm();
    },
    removePolicy: async () => {
      expectStatus(await call("ada", "DELETE", `/v1/vms/${vmKey}/policy`, { headers: { "if-match": "*" } }), 204);
      await pass(SOON_MS);
    },
    ask,
    opened: async (asked) => {
      const answer = await ask(asked);
      expectStatus(answer, 202);
      await pass(SOON_MS);
      return grant(firstGrantOf(answer));
    },
    grant,
    showVm,
    told: async (type) =>
      (await system.events()).filter((event): event is EventOf<typeof type> & SallyportEvent => event.type === type),
  };
  begun.push(journey);
  return journey;
}

const Asked = z.object({ grants: z.array(z.object({ id: z.string() })).min(1) });

/** The id of the first grant that an accepted request became. */
export function firstGrantOf(answer: Answer): string {
  const [first] = Asked.parse(answer.body).grants;
  if (first === undefined) throw new Error("the request became no grant");
  return first.id;
}
