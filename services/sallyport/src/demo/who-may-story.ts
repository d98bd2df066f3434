import { randomUUID } from "node:crypto";
import type { HttpClient } from "./http-client.ts";
import type { StoryDeps } from "./grant-story.ts";
import type { Step } from "./step.ts";
import { until } from "./until.ts";

const VM = "vm-win-01";
const PORT = 3389;
const HOME = "198.51.100.99";
const ELSEWHERE = "192.0.2.45";

interface Vm {
  readonly vm: string;
  readonly vmKey: string;
  readonly name: string;
  readonly finding: {
    readonly status: string;
    readonly severity?: string;
    readonly reasonCode: string;
    readonly evidence?: readonly { readonly kind: string; readonly object: string }[];
  };
  readonly lockdown?: { readonly status: string };
}
interface Reason {
  readonly code: string;
  readonly action?: string;
  readonly object?: string;
  readonly roles?: readonly string[];
}
interface Request {
  readonly id: string;
  readonly status: string;
  readonly grants: readonly { readonly id: string; readonly status: string; readonly reasons: readonly Reason[] }[];
}
interface Check {
  readonly allowed: boolean;
  readonly missing: readonly Reason[];
  readonly leastRole?: { readonly actions: readonly string[]; readonly scopes: readonly string[] };
}

export interface WhoMayDeps extends StoryDeps {
  /** Somebody with the role Reader, and no other. */
  readonly reader: HttpClient;
  /** Gives the reader the least role that may request, in the place where roles are kept. */
  readonly assignRole: () => Promise<void>;
}

/** An exposed VM becomes healthy; a Reader is refused, and told what is missing; with the role, the same request is permitted. */
export async function tellWhoMayStory({
  administrator,
  reader,
  assignRole,
  world,
  say,
}: WhoMayDeps): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const tell = (step: string, story: string, ok: boolean, observed: Step["observed"]): void => {
    const told: Step = { step, cloud: "azure", vm: VM, ok, observed };
    steps.push(told);
    say(told, story);
  };
  const { vm, vmKey } = await until("the VM to be surveyed", async () => {
    const { body } = await reader.call<{ items: readonly Vm[] }>("GET", `/v1/vms?name=${VM}`);
    return body.items.find(({ name }) => name === VM);
  });
  const show = async () => (await administrator.call<Vm>("GET", `/v1/vms/${vmKey}`)).body;
  const found = (what: string, is: (now: Vm) => boolean) =>
    until(what, async () => {
      const now = await show();
      return is(now) ? now : undefined;
    });
  const who = async () => ({
    [HOME]: await world.reachable(vm, PORT, HOME),
    [ELSEWHERE]: await world.reachable(vm, PORT, ELSEWHERE),
  });
  const isOpen = (verdicts: Awaited<ReturnType<typeof who>>) =>
    Object.values(verdicts).every((one) => one === "allowed");
  const isClosed = (verdicts: Awaited<ReturnType<typeof who>>) =>
    Object.values(verdicts).every((one) => one === "denied");
  const told = ({ finding }: Vm) => ({
    finding: finding.status,
    severity: finding.severity,
    because: finding.reasonCode,
    evidence: finding.evidence?.filter(({ kind }) => kind === "rule").map(({ object }) => object),
  });

  const exposed = await show();
  const before = await who();
  tell(
    "unhealthy",
    `${VM} is Unhealthy: RDP is open to the whole Internet, and the rules that open it are named.`,
    exposed.finding.status === "Unhealthy" && (exposed.finding.evidence ?? []).length > 0 && isOpen(before),
    { ...told(exposed), ...before },
  );

  await administrator.call("PUT", `/v1/vms/${vmKey}/policy`, {
    body: { ports: [{ port: PORT, maxDuration: "PT1H" }], lockdown: { precedence: "strict" } },
  });
  const healthy = await found(
    "the VM to be locked and found healthy",
    ({ finding, lockdown }) =>
      ["NotEffective", "Failed"].includes(lockdown?.status ?? "") ||
      (lockdown?.status === "Locked" && finding.status !== "Unhealthy"),
  );
  const locked = await who();
  tell(
    "healthy",
    "JIT is enabled on it, and it is Healthy: nobody gets in unasked.",
    healthy.finding.status === "Healthy" && healthy.finding.reasonCode === "JIT_ENABLED" && isClosed(locked),
    { ...told(healthy), lockdown: healthy.lockdown?.status, ...locked },
  );

  const ask = async () => {
    const { body } = await reader.call<Request>("POST", "/v1/access-requests", {
      headers: { "idempotency-key": randomUUID(), prefer: "wait=20" },
      body: { vm: vmKey, ports: [PORT], sources: [HOME], duration: "PT10M", justification: "who may" },
    });
    return until("the request to be decided and what was approved to be open", async () => {
      const now = (await reader.call<Request>("GET", `/v1/access-requests/${body.id}`)).body;
      return now.grants.some(({ status }) => ["Requested", "Approved"].includes(status)) ? undefined : now;
    });
  };
  const check = async () => (await reader.call<Check>("GET", `/v1/access-check?vm=${vmKey}&task=request-access`)).body;
  const refused = await ask();
  const lacking = await check();
  const reasons = refused.grants.flatMap((grant) => grant.reasons);
  const still = await who();
  tell(
    "refused-and-explained",
    "A Reader asks, and is refused: the answer says which action is missing, on which resource, and which roles hold it.",
    refused.grants.every(({ status }) => status === "Denied") &&
      reasons.length > 0 &&
      reasons.every(
        ({ code, action, object, roles = [] }) =>
          code === "rbac.missing-action" && action !== undefined && object !== undefined && roles.length > 0,
      ) &&
      !lacking.allowed &&
      lacking.missing.map(({ action }) => action).join() === reasons.map(({ action }) => action).join() &&
      isClosed(still),
    {
      status: refused.status,
      missing: reasons.map(({ action, object, roles }) => ({ action, on: object, roles })),
      leastRole: lacking.leastRole,
      ...still,
    },
  );

  await assignRole();
  const checked = await until("the role to count", async () => {
    const now = await check();
    return now.allowed ? now : undefined;
  });
  tell("role-assigned", "The least role that may request is assigned to them, and counts at once.", checked.allowed, {
    allowed: checked.allowed,
    missing: checked.missing,
  });

  const permitted = await ask();
  const open = await who();
  tell(
    "permitted",
    "The same request again: permitted, and open for them alone.",
    permitted.grants.every(({ status }) => status === "Open") &&
      open[HOME] === "allowed" &&
      open[ELSEWHERE] === "denied",
    { status: permitted.status, reasons: permitted.grants.flatMap((grant) => grant.reasons), ...open },
  );

  await administrator.call("DELETE", `/v1/vms/${vmKey}/policy`, { headers: { "if-match": "*" } });
  const after = await found(
    "the lockdown to be undone and the VM to be found as it was",
    ({ finding, lockdown }) => lockdown?.status === "Unlocked" && finding.reasonCode === exposed.finding.reasonCode,
  );
  const ended = await until("the grant to be closed", async () => {
    const now = (await reader.call<Request>("GET", `/v1/access-requests/${permitted.id}`)).body;
    return now.grants.every(({ status }) => ["Closed", "Denied", "Failed"].includes(status)) ? now : undefined;
  });
  const restored = await who();
  tell(
    "unhealthy-again",
    "The policy is removed, its grant is closed, the network is as it was, and so is the finding.",
    after.finding.status === exposed.finding.status &&
      ended.grants.every(({ status }) => status === "Closed") &&
      restored[HOME] === before[HOME] &&
      restored[ELSEWHERE] === before[ELSEWHERE],
    { ...told(after), grant: ended.status, ...restored },
  );
  return steps;
}
