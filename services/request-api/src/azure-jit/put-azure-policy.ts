import { isDeepStrictEqual } from "node:util";
import { AzurePolicyBody, PolicyBody, PolicyName, fieldProblems, isoDurationOf, sourcesOf } from "@sallyport/contracts";
import type { AzurePortRule, JitPolicy } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import { commitRemoval, mayRemove } from "../routes/remove-policy.ts";
import { isRefused } from "../routes/visible.ts";
import { checkRules, commitPolicy, mayConfigure } from "../routes/write-policy.ts";
import type { PolicyContent } from "../routes/write-policy.ts";
import { policyText } from "../views/show-policy.ts";
import type { KnownVm } from "../views/vms.ts";
import { armError, isArmError } from "./arm-error.ts";
import type { ArmError } from "./arm-error.ts";
import { armRefusal } from "./arm-refusal.ts";
import { groupOf } from "./azure-vm-id.ts";
import type { ArmAnswer, ArmCall } from "./call.ts";
import { bodyPath, formError } from "./form-error.ts";
import { collectionsIn, groupIs, keyOf, nameOf } from "./members.ts";
import type { Member } from "./members.ts";
import { namedVms, resourceNotFound } from "./named-vms.ts";
import type { NamedVm } from "./named-vms.ts";
import { refusedOn } from "./refused-at.ts";
import { showAzurePolicy } from "./show-azure-policy.ts";
import { isSameName, regionOf } from "./target.ts";
import type { PolicyPlace } from "./target.ts";

const INVALID = "InvalidRequestContent";
type Wanted = NamedVm<AzurePolicyBody["properties"]["virtualMachines"][number]>;

/** What one VM's policy is to be, with the VM. */
interface Write {
  readonly vm: KnownVm;
  readonly content: Pick<PolicyContent, "ports">;
}

/**
 * CreateOrUpdate: the policy is what the body says, and a VM that is not in the body leaves it, as in Azure. Everything that could be
 * refused is looked at before anything is written. One that dies half-way is completed by sending it again.
 */
export async function putAzurePolicy(deps: HandlerDeps, call: ArmCall, place: PolicyPlace): Promise<ArmAnswer> {
  const name = PolicyName.safeParse(place.name);
  if (!name.success)
    return armError(400, "InvalidResourceName", `'${place.name.slice(0, 100)}' is no name of a policy.`);
  const body = AzurePolicyBody.safeParse(call.body);
  if (!body.success) return formError(body.error, INVALID);
  const named = namedVms(deps, body.data.properties.virtualMachines, "properties.virtualMachines", INVALID);
  if ("kind" in named) return named;
  const writes: Write[] = [];
  for (const wanted of named) {
    const write = await judgeWrite(deps, call, place, wanted);
    if (isArmError(write)) return write;
    writes.push(write);
  }
  const before = (await collectionsIn(deps, place)).get(keyOf(place))?.members ?? [];
  const stays = new Set(named.map(({ vm }) => vm));
  const leaving = before.filter(({ vm }) => !stays.has(vm.vm));
  for (const { vm } of leaving) {
    const refused = await mayRemove(deps, { vm: vm.vm, principal: call.principal });
    if (refused !== undefined) return armRefusal(refused.refusals, { principal: call.principal, invalid: INVALID });
  }
  const members = await commitAll(deps, call, { ...place, name: name.data }, writes);
  if (isArmError(members)) return members;
  await letLeave(deps, call, place, leaving);
  // Spelled as it was first: names are compared in any case.
  const spelled = nameOf(members[0]?.policy ?? { name: name.data });
  return answer(200, await showAzurePolicy(deps, { place: canonical({ ...place, name: spelled }), members }));
}

const canonical = ({ subscription, group, location, name }: PolicyPlace): PolicyPlace => ({
  subscription: subscription.toLowerCase(),
  group: group.toLowerCase(),
  location: regionOf(location),
  name,
});

async function judgeWrite(
  deps: HandlerDeps,
  call: ArmCall,
  place: PolicyPlace,
  wanted: Wanted,
): Promise<Write | ArmError> {
  const { vm, target, item } = wanted;
  const context = (targetOf?: (field: string) => string) => ({
    principal: call.principal,
    invalid: INVALID as typeof INVALID,
    ...(targetOf === undefined ? {} : { targetOf }),
  });
  const forbidden = await refusedOn(deps, call, "configure-policy", vm);
  if (forbidden !== undefined) return { ...forbidden, target: `${target}.id` };
  const row = await mayConfigure(deps, { vm, principal: call.principal });
  if (isRefused(row)) {
    const isUnseen = row.refusals[0].code === "request.not-found" || row.refusals[0].code === "vm.unknown";
    return isUnseen
      ? resourceNotFound(wanted)
      : armRefusal(
          row.refusals,
          context(() => `${target}.id`),
        );
  }
  const elsewhere = notAt(row, place, deps);
  if (elsewhere !== undefined) return armError(400, INVALID, elsewhere, { target: `${target}.id` });
  const ports = PolicyBody.shape.ports.safeParse(item.ports.map(asRule));
  if (!ports.success) {
    const [problem] = fieldProblems(ports.error);
    const where = `${target}.ports${bodyPath(problem?.field ?? "")}`;
    return armError(400, INVALID, `${where}: expected ${problem?.expected ?? "port rules"}.`, { target: where });
  }
  const [first, ...others] = checkRules({ ports: ports.data }, deps);
  if (first !== undefined)
    return armRefusal(
      [first, ...others],
      context((field) => `${target}.${bodyPath(field).replace(/maxDuration$/, "maxRequestAccessDuration")}`),
    );
  return { vm: row, content: { ports: ports.data } };
}

/** As our own API would take it, so that it is judged alike. */
const asRule = (rule: AzurePortRule) => ({
  port: rule.number,
  protocol: rule.protocol,
  allowedSources: sourcesOf(rule) ?? ("*" as const),
  maxDuration: isoDurationOf(rule.maxRequestAccessDuration),
});

/** A VM's policy lives with the VM; why it cannot be here. */
function notAt(row: KnownVm, place: PolicyPlace, deps: HandlerDeps): string | undefined {
  if (groupIs(row, place, deps)) return undefined;
  const home = groupOf(row.vm, deps.connectors);
  const where =
    home === undefined
      ? "belongs to an account that no security connector connects"
      : `is in subscription ${home.subscription}, resource group ${home.group}, ${regionOf(row.profile.location)}`;
  return `A policy holds virtual machines of its own resource group and region. ${row.profile.name} ${where}.`;
}

async function commitAll(
  deps: HandlerDeps,
  { id, principal }: ArmCall,
  { name }: PolicyPlace & { readonly name: PolicyName },
  writes: readonly Write[],
): Promise<readonly Member[] | ArmError> {
  const members: Member[] = [];
  for (const { vm, content } of writes) {
    const written = await commitPolicy(deps, {
      vm: vm.vm,
      principal,
      callId: id,
      preconditions: undefined,
      next: (current) => nextOf(current, { ...content, name }),
    });
    if ("kind" in written) return armRefusal(written.refusals, { principal, invalid: INVALID });
    members.push({ vm, policy: written.policy });
  }
  return members;
}

/** What Azure's API cannot say stays as it is, or is what it would be by default. */
function nextOf(
  current: JitPolicy | undefined,
  { ports, name }: Pick<PolicyContent, "ports"> & { readonly name: PolicyName },
): PolicyContent | "unchanged" {
  if (current === undefined) {
    const defaults = PolicyBody.omit({ ports: true }).parse({});
    return { ...defaults, ports, name };
  }
  const { ports: _before, ...others } = current;
  const next: JitPolicy = { ...others, ports };
  const isSame = isSameName(nameOf(current), name) && isDeepStrictEqual(policyText(current), policyText(next));
  const { vm: _vm, version: _version, updatedAt: _at, name: _name, ...content } = next;
  return isSame ? "unchanged" : { ...content, name };
}

/** Said in the event and in the log: nobody asked for these removals by name. */
async function letLeave(
  deps: HandlerDeps,
  { id, principal }: ArmCall,
  place: PolicyPlace,
  leaving: readonly Member[],
): Promise<void> {
  const { group, location, name } = place;
  for (const { vm } of leaving)
    await commitRemoval(deps, {
      vm: vm.vm,
      principal,
      callId: id,
      note: `left out by a PUT of the JIT policy ${name} of ${group} in ${location}, which replaces all of its VMs`,
      onlyIf: (policy) => isSameName(nameOf(policy), name),
    });
  if (leaving.length > 0)
    deps.log.warn("a PUT of a JIT policy left out VMs that were in it: their policies are removed", {
      request_id: id,
      principal: principal.id,
      policy: keyOf(place),
      vms: leaving.map(({ vm }) => vm.vm),
    });
}
