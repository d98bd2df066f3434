import { randomUUID } from "node:crypto";
import type { StoryDeps } from "./grant-story.ts";
import type { HttpClient } from "./http-client.ts";
import type { Step } from "./step.ts";
import { until } from "./until.ts";

const VM = "vm-web-01";
const PORT = 22;
const HOME = "198.51.100.88";

interface Vm {
  readonly vm: string;
  readonly vmKey: string;
  readonly name: string;
  readonly lockdown?: { readonly status: string };
}
interface Request {
  readonly id: string;
  readonly status: string;
  readonly approvals?: {
    readonly needed: number;
    readonly given: readonly { readonly by: { readonly displayName?: string } }[];
  };
  readonly grants: readonly { readonly id: string }[];
}

export interface ApprovalDeps extends StoryDeps {
  readonly approver: HttpClient;
  /** The group that has to agree: three people. */
  readonly approvers: string;
}

/** Two of three people have to agree before a door opens, told step by step. */
export async function tellApprovalStory({
  administrator,
  requester,
  approver,
  approvers,
  world,
  say,
}: ApprovalDeps): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const tell = (step: string, story: string, ok: boolean, observed: Step["observed"]): void => {
    const told: Step = { step, cloud: "azure", vm: VM, ok, observed };
    steps.push(told);
    say(told, story);
  };
  const key = { "idempotency-key": randomUUID() };
  const find = async (query: string) =>
    (await administrator.call<{ items: readonly Vm[] }>("GET", `/v1/vms?name=${query}`)).body.items[0];
  const vm = await until("the VM to be surveyed", () => find(VM));
  await administrator.call("PUT", `/v1/vms/${vm.vmKey}/policy`, {
    body: {
      ports: [{ port: PORT }],
      lockdown: { precedence: "strict" },
      approval: { required: true, needed: 2, approvers },
    },
  });
  const lockdown = (status: string) => async () => {
    const { body } = await administrator.call<Vm>("GET", `/v1/vms/${vm.vmKey}`);
    return body.lockdown?.status === status ? true : undefined;
  };
  await until("the lockdown", lockdown("Locked"));

  const asked = await requester.call<Request>("POST", "/v1/access-requests", {
    headers: key,
    body: { vm: vm.vmKey, ports: [PORT], sources: [HOME], duration: "PT1M", justification: "two of three" },
  });
  const path = `/v1/access-requests/${asked.body.id}`;
  const request = async () => (await requester.call<Request>("GET", path)).body;
  const when = (what: string, is: (now: Request) => boolean) =>
    until(what, async () => {
      const now = await request();
      return is(now) ? now : undefined;
    });
  const yes = (who: HttpClient) =>
    who.call("POST", `${path}/approve`, { headers: { "idempotency-key": randomUUID() }, body: { comment: "go" } });
  const observed = ({ status, approvals }: Request, reachable: string) => ({
    status,
    needed: approvals?.needed,
    given: approvals?.given.map(({ by }) => by.displayName),
    [HOME]: reachable,
  });

  await when("the request to wait for people", ({ status }) => status === "AwaitingApproval");
  await yes(approver);
  const waiting = await when("the first yes", ({ approvals }) => approvals?.given.length === 1);
  const closed = await world.reachable(vm.vm, PORT, HOME);
  tell(
    "one-of-two",
    `${VM} asks for two of three people. One has said yes: the door stays closed.`,
    waiting.status === "AwaitingApproval" && closed === "denied",
    observed(waiting, closed),
  );

  await yes(administrator);
  const open = await when("the door to open", ({ status }) => !["AwaitingApproval", "Approved"].includes(status));
  const reachable = await world.reachable(vm.vm, PORT, HOME);
  tell(
    "two-of-two",
    "A second one has said yes: the door is open, and its time counts from now.",
    open.status === "Open" && reachable === "allowed",
    observed(open, reachable),
  );

  await requester.call("DELETE", `/v1/grants/${open.grants[0]?.id ?? ""}`);
  const back = await when("the door to close", ({ status }) => status === "Closed");
  const after = await world.reachable(vm.vm, PORT, HOME);
  tell("given-back", "The engineer gave it back: closed, read back.", after === "denied", observed(back, after));

  await administrator.call("DELETE", `/v1/vms/${vm.vmKey}/policy`, { headers: { "if-match": "*" } });
  await until("the lockdown to be undone", lockdown("Unlocked"));
  return steps;
}
