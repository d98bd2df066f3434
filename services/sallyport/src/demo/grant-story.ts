import { randomUUID } from "node:crypto";
import type { HttpClient } from "./http-client.ts";
import type { Say, Step } from "./step.ts";
import { until } from "./until.ts";
import type { WorldControl } from "./world-control.ts";

export interface StoryDeps {
  readonly administrator: HttpClient;
  readonly requester: HttpClient;
  readonly world: WorldControl;
  readonly say: Say;
}

export interface Hero {
  readonly cloud: "azure" | "aws";
  /** Its name in the demonstration's world. */
  readonly vm: string;
  readonly about: string;
  /** Whether everybody gets in before it is locked down. */
  readonly exposed: boolean;
  /** What closing does to an established session, as was said beforehand. */
  readonly session: "kept" | "cut";
  /** Another VM in its security group, which must lose nothing: the hero gets a copy of the group. */
  readonly sharesWith?: string;
}

const PORT = 22;
const HOME = "198.51.100.77";
const ELSEWHERE = "192.0.2.44";
const SECONDS = 5;

interface VmRow {
  readonly vmKey: string;
  readonly vm: string;
  readonly name: string;
  readonly lockdown?: { readonly status: string };
}
interface Calls {
  readonly reads: number;
  readonly writes: number;
  readonly polls: number;
}
interface Grant {
  readonly id: string;
  readonly status: string;
  readonly ways: readonly { readonly address: string; readonly port: number }[];
  readonly reasons: readonly { readonly detail: string }[];
  readonly closing?: { readonly sessions: string; readonly because: string };
  readonly receipt?: { readonly readBack: readonly string[]; readonly signature: string };
  readonly cloudCalls?: { readonly opening?: Calls; readonly closing?: Calls };
}

/** The life of one grant, told step by step, with what the world itself says at each. */
export async function tellGrantStory(
  { administrator, requester, world, say }: StoryDeps,
  hero: Hero,
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const tell = (step: string, story: string, ok: boolean, observed: Step["observed"]): void => {
    const told: Step = { step, cloud: hero.cloud, vm: hero.vm, ok, observed };
    steps.push(told);
    say(told, story);
  };
  const who = async () => ({
    [HOME]: await world.reachable(vm.vm, PORT, HOME),
    [ELSEWHERE]: await world.reachable(vm.vm, PORT, ELSEWHERE),
  });
  const surveyed = (wanted: string) =>
    until(`${wanted} to be surveyed`, async () => {
      const { body } = await administrator.call<{ items: readonly VmRow[] }>("GET", `/v1/vms?name=${wanted}`);
      return body.items.find(({ name }) => name === wanted);
    });
  const vm = await surveyed(hero.vm);

  const before = await who();
  tell(
    "exposed",
    `${hero.vm}: ${hero.about}. Port ${PORT} is ${hero.exposed ? "open to everybody" : "not open, so far"}.`,
    Object.values(before).every((verdict) => (verdict === "allowed") === hero.exposed),
    before,
  );

  const policy = {
    ports: [{ port: PORT, maxDuration: "PT1H" }],
    lockdown: {
      precedence: "strict",
      ...(hero.sharesWith !== undefined && { sharedGroups: "clone" }),
    },
  };
  await administrator.call("PUT", `/v1/vms/${vm.vmKey}/policy`, { body: policy });
  const locked = await until("the lockdown", async () => {
    const { body } = await administrator.call<VmRow>("GET", `/v1/vms/${vm.vmKey}`);
    return body.lockdown !== undefined && ["Locked", "NotEffective", "Failed"].includes(body.lockdown.status)
      ? body.lockdown
      : undefined;
  });
  const closed = await who();
  tell(
    "locked-down",
    "The security administrator put it under JIT: the port is closed, read back.",
    locked.status === "Locked" && Object.values(closed).every((verdict) => verdict === "denied"),
    { lockdown: locked.status, ...closed },
  );

  if (hero.sharesWith !== undefined) {
    const other = await surveyed(hero.sharesWith);
    const verdict = await world.reachable(other.vm, PORT, ELSEWHERE);
    tell(
      "others-untouched",
      `… and ${hero.sharesWith}, in the same security group, is as it was: ${hero.vm} got a copy of it without the port.`,
      verdict === "allowed",
      { [hero.sharesWith]: verdict },
    );
  }

  const asked = await requester.call<{ id: string; grants: readonly Grant[] }>("POST", "/v1/access-requests", {
    headers: { "idempotency-key": randomUUID(), prefer: "wait=20" },
    body: { vm: vm.vmKey, ports: [PORT], sources: [HOME], duration: `PT${SECONDS}S`, justification: "demonstration" },
  });
  const grant = asked.body.grants[0];
  const open = await until("the door to open", async () => {
    const { body } = await requester.call<Grant>("GET", `/v1/grants/${grant?.id ?? ""}`);
    return ["Open", "Failed", "Denied", "Closed"].includes(body.status) ? body : undefined;
  });
  const during = await who();
  tell(
    "opened",
    `An engineer asked for ${SECONDS} seconds from ${HOME}: RBAC and policy say yes, the door is open.`,
    open.status === "Open" && during[HOME] === "allowed",
    {
      grant: open.id,
      status: open.status,
      ways: open.ways,
      reasons: open.reasons.map(({ detail }) => detail),
      cloudCalls: open.cloudCalls?.opening,
    },
  );
  tell(
    "only-from-there",
    `… from ${HOME}, and from nowhere else.`,
    during[HOME] === "allowed" && during[ELSEWHERE] === "denied",
    during,
  );

  const connection = during[HOME] === "allowed" ? await world.connect(vm.vm, PORT, HOME) : undefined;
  tell(
    "connected",
    "An SSH session is established.",
    connection !== undefined && (await world.connection(connection)) === "established",
    { connection },
  );

  const ended = await until("the door to close", async () => {
    const { body } = await requester.call<Grant>("GET", `/v1/grants/${open.id}`);
    return ["Closed", "Failed"].includes(body.status) ? body : undefined;
  });
  const after = await who();
  tell(
    "closed",
    "Time is up: the door is closed, read back, with a signed receipt.",
    ended.status === "Closed" &&
      ended.receipt !== undefined &&
      Object.values(after).every((verdict) => verdict === "denied"),
    {
      status: ended.status,
      readBack: ended.receipt?.readBack,
      signature: ended.receipt?.signature,
      ...after,
      cloudCalls: ended.cloudCalls?.closing,
    },
  );

  const session = connection === undefined ? "never established" : await world.connection(connection);
  tell(
    hero.session === "kept" ? "session-survives" : "session-ends",
    hero.session === "kept"
      ? "The session that was established goes on."
      : "The session that was established has ended: an Azure Firewall drops what it allows no more, as the answer had said.",
    session === (hero.session === "kept" ? "established" : "cut"),
    { session, announced: open.closing },
  );

  await administrator.call("DELETE", `/v1/vms/${vm.vmKey}/policy`, { headers: { "if-match": "*" } });
  await until("the lockdown to be undone", async () => {
    const { body } = await administrator.call<VmRow>("GET", `/v1/vms/${vm.vmKey}`);
    return body.lockdown?.status === "Unlocked" ? true : undefined;
  });
  const restored = await who();
  tell(
    "restored",
    "The policy is removed: the network is as it was.",
    restored[HOME] === before[HOME] && restored[ELSEWHERE] === before[ELSEWHERE],
    restored,
  );
  return steps;
}
