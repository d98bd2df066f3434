import { isDeepStrictEqual } from "node:util";
import { MOST_AT_ONCE, Problem, refusal, vmKeyOf } from "@sallyport/contracts";
import type { JitPolicy, PoliciesView, PolicyBody, PolicyOutcome, Principal, Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Refused } from "../http/answer.ts";
import type { Call, Handler } from "../http/call.ts";
import { problemOf } from "../http/problem-of.ts";
import { isAskedAbout, tabOfVm } from "../views/vm-filter.ts";
import type { VmQuery } from "../views/vm-filter.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import type { KnownVm } from "../views/vms.ts";
import { planOf } from "./plan-of.ts";
import { policyOf } from "./policy-of.ts";
import { resolveVm } from "./resolve-vms.ts";
import { isRefused } from "./visible.ts";
import { checkRules, commitPolicy, mayConfigure } from "./write-policy.ts";

/** VMs that a filter looks at, at most, and how many are read at once. */
const LOOKS_AT_MOST = 20_000;
const CHUNK = 1000;
const LAST = "\uffff";

type Asked = Call<Routes["createPolicies"]>;

/** A VM that was named or found, or why there is none. */
interface Target {
  readonly text: string;
  readonly vm: KnownVm | Refused;
}

/**
 * Enables JIT on many VMs, each as by its own page (S2): a VM is enabled as a whole or refused as a whole, whatever becomes of the
 * others. A VM with the same policy is left as it is, so a call that died half-way is completed by sending it again; one with another
 * policy is refused, since nobody has seen what would be overwritten.
 */
export const createPolicies =
  (deps: HandlerDeps): Handler<Routes["createPolicies"]> =>
  async (call) => {
    const [tooShort, ...more] = checkRules(call.body.policy, deps).map((one) => ({
      ...one,
      ...(one.field === undefined ? {} : { field: `/policy${one.field}` }),
    }));
    if (tooShort !== undefined) return refuse(tooShort, ...more);
    const targets = await targetsOf(deps, call);
    if (isRefused(targets)) return targets;
    const items: PolicyOutcome[] = [];
    for (const target of targets) items.push(await outcomeOf(deps, call, target));
    const count = (result: PolicyOutcome["result"]) => items.filter((one) => one.result === result).length;
    return answer(200, {
      dryRun: isDryRun(call),
      created: count("Created"),
      unchanged: count("Unchanged"),
      refused: count("Refused"),
      items,
    } satisfies PoliciesView);
  };

const isDryRun = ({ query }: Asked): boolean => query.dryRun === "true";

async function targetsOf(deps: HandlerDeps, { principal, body }: Asked): Promise<readonly Target[] | Refused> {
  if (body.filter !== undefined) return found(deps, principal, body.filter);
  const targets: Target[] = [];
  const places = new Map<string, number>();
  for (const [at, text] of (body.vms ?? []).entries()) {
    const vm = await resolveVm(deps, principal, text, `/vms/${at}`);
    const id = isRefused(vm) ? text.toLowerCase() : vm.vm;
    const before = places.get(id);
    if (before !== undefined)
      return refuse(
        refusal("request.invalid", `/vms/${at} names the same VM as /vms/${before}.`, {
          field: `/vms/${at}`,
          expected: "each VM once",
        }),
      );
    places.set(id, at);
    targets.push({ text, vm });
  }
  return targets;
}

async function found(
  deps: HandlerDeps,
  principal: Principal,
  filter: Omit<VmQuery, "limit" | "cursor">,
): Promise<readonly Target[] | Refused> {
  const targets: Target[] = [];
  let looked = 0;
  for (let after = ""; ;) {
    const rows = await deps.records.find(vmsTable, "vm", after, LAST, CHUNK);
    const fresh = rows.filter(({ value }) => value.vm > after);
    for (const { value } of fresh) {
      looked++;
      if (!isKnown(value) || !isAskedAbout(value, filter)) continue;
      if (filter.tab !== undefined && tabOfVm(value, await policyOf(deps, value.vm)) !== filter.tab) continue;
      if (!(await deps.may(principal, "read-vm", value.profile)).allowed) continue;
      targets.push({ text: value.vm, vm: value });
    }
    if (targets.length > MOST_AT_ONCE || looked > LOOKS_AT_MOST)
      return refuse(
        refusal("request.invalid", `The filter finds more than one call may enable. Narrow it, as by scope or name.`, {
          field: "/filter",
          expected: `a filter that at most ${MOST_AT_ONCE} VMs match`,
        }),
      );
    const last = fresh.at(-1);
    if (rows.length < CHUNK || last === undefined) return targets;
    after = last.value.vm;
  }
}

async function outcomeOf(deps: HandlerDeps, call: Asked, { text, vm: row }: Target): Promise<PolicyOutcome> {
  const { principal, body, id } = call;
  if (isRefused(row)) return { vm: text, result: "Refused", problem: problem(row, "/v1/policies", call) };
  const { vm, profile } = row;
  const about = { vm, vmKey: vmKeyOf(vm), name: profile.name };
  const refused = (why: Refused): PolicyOutcome => ({
    ...about,
    result: "Refused",
    problem: problem(why, `/v1/vms/${about.vmKey}/policy`, call),
  });
  const known = await mayConfigure(deps, { vm, principal });
  if (isRefused(known)) return refused(known);
  if (isDryRun(call)) {
    const current = (await policyOf(deps, vm))?.policy;
    const next = nextOf(current, body.policy);
    if (typeof next === "object" && isRefused(next)) return refused(next);
    const plan = await planOf(deps, known, body.policy);
    return {
      ...about,
      result: next === "unchanged" ? "Unchanged" : "Created",
      ...(current === undefined ? {} : { version: current.version }),
      ...(plan === undefined ? {} : { plan }),
    };
  }
  const written = await commitPolicy(deps, {
    vm,
    principal,
    callId: id,
    preconditions: undefined,
    next: (current) => nextOf(current, body.policy),
  });
  if ("kind" in written) return refused(written);
  return { ...about, result: written.isNew ? "Created" : "Unchanged", version: written.policy.version };
}

/** What the policy of a VM is to be: the one that is wanted, where there is none. */
function nextOf(current: JitPolicy | undefined, wanted: PolicyBody): PolicyBody | "unchanged" | Refused {
  if (current === undefined) return wanted;
  const { ports, approval, lockdown } = current;
  return isDeepStrictEqual({ ports, approval, lockdown }, wanted)
    ? "unchanged"
    : refuse(
        refusal(
          "request.conflict",
          "The VM has another policy already. Read it, then change it by itself with its ETag in If-Match.",
        ),
      );
}

const problem = (refused: Refused, instance: string, { id }: Asked): Problem =>
  Problem.parse(problemOf(refused, { instance, id }).body);
