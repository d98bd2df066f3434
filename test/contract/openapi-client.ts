import { createHmac } from "node:crypto";
import { quietLog } from "@sallyport/backbone";
import { createAzureNetwork, createFunctionTransport as azureTransport } from "@sallyport/cloud-azure";
import { Cidr, GrantId, instantOf, LockdownId, port, ScopeId, VmRef } from "@sallyport/contracts";
import type { Instant, ObjectId } from "@sallyport/contracts";
import { createAzureModel, signedText } from "@sallyport/domain";
import type { Allow, LockDown, Seal, Want } from "@sallyport/domain";
import { createSimulator } from "@sallyport/simulator";
import type { WorldDocuments } from "@sallyport/simulator";
import { createVirtualClock } from "@sallyport/testkit";
import type { VirtualClock } from "@sallyport/testkit";
import { recorded } from "./openapi-calls.ts";
import type { WireExchange } from "./openapi-specification.ts";

const ENDPOINT = "https://127.0.0.1";
const END = instantOf(Date.UTC(2027, 0, 31));
const LATER = instantOf(Date.UTC(2027, 1, 28));
const ssh = { port: port(22), protocol: "tcp" } as const;
const model = createAzureModel();

const hmac = (text: string) =>
  createHmac("sha256", "a secret of the test").update(text).digest().subarray(0, 16).toString("base64url");
const seal: Seal = {
  sign: (claim, place) => ({ claim, keyId: "k1", signature: hmac(signedText(claim, place)) }),
  verifies: ({ claim, signature }, place) => signature === hmac(signedText(claim, place)),
};

export interface ClientLife {
  readonly exchanges: readonly WireExchange[];
  /** What was written: `lock-down` and the type of the object, e.g. `lock-down networksecuritygroups`, once for each object. */
  readonly written: readonly string[];
}

/** Our own client surveys, locks a machine down, opens it, for longer, closes it, unlocks it: what it says, and what it is answered. */
export async function driveClient(world: WorldDocuments, machine: string): Promise<ClientLife> {
  const clock = createVirtualClock();
  const simulator = await createSimulator({ world, clock, auth: true });
  const { tenantId, clientId, clientSecret, subscriptionIds } = simulator.describe();
  const exchanges: WireExchange[] = [];
  const network = createAzureNetwork({
    clock,
    log: quietLog,
    subscriptionIds,
    settings: {
      endpoint: ENDPOINT,
      authorityHost: ENDPOINT,
      tenantId,
      clientId,
      clientSecret,
      disableInstanceDiscovery: true,
    },
    httpClient: azureTransport(recorded(simulator.arm, exchanges)),
  });
  const vm = VmRef.parse(machine);
  const written: string[] = [];
  const objects = new Set<ObjectId>();

  const survey = async () => {
    for await (const _page of network.survey(ScopeId.parse(subscriptionIds[0]))) continue;
  };
  const bringAbout = async (want: Want) => {
    const net = await network.read({ vms: [vm], objects: [...objects] });
    const planned = model.plan(net, want, seal);
    if (!planned.ok) throw new Error(planned.refusals[0].detail);
    for (const object of new Set(planned.changes.map((one) => one.object))) {
      const changes = planned.changes.filter((one) => one.object === object);
      const outcomes = await network.write(object, changes);
      if (outcomes.some(({ kind }) => kind !== "done")) throw new Error(JSON.stringify(outcomes));
      objects.add(object);
      written.push(`${want.kind} ${object.split("/").at(-2) ?? ""}`);
    }
  };

  const id = LockdownId.parse("l0ckd0wn1");
  const grantId = GrantId.parse("grant0001");
  const lockDown: LockDown = {
    kind: "lock-down",
    vm,
    id,
    ports: [ssh],
    options: { precedence: "seed", sharedGroups: "refuse" },
    inverse: [],
  };
  const allow = (end: Instant): Allow => ({
    kind: "allow",
    vm,
    grantId,
    ports: [{ ...ssh, sources: [Cidr.parse("198.51.100.7/32"), Cidr.parse("192.0.2.0/24")] }],
    end,
  });
  const live = async () => {
    await survey();
    for (const want of [lockDown, allow(END), allow(LATER)]) await bringAbout(want);
    await survey();
    await bringAbout({ kind: "withdraw", vm, grantId, objects: [...objects] });
    await bringAbout({ kind: "unlock", vm, id, inverse: [], objects: [...objects] });
  };
  await during(clock, live());
  return { exchanges, written };
}

/** Waits for work while time goes by: only what waits for the clock is given time. */
async function during(clock: VirtualClock, work: Promise<void>): Promise<void> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  while (!isOver) {
    if (clock.armed() > 0) await clock.pass(100);
    else
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
  }
  await work;
}
