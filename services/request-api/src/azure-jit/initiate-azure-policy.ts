import { createHash } from "node:crypto";
import { AzureInitiateBody, Cidr, RequestId, sourcesOf } from "@sallyport/contracts";
import type { JitPolicy } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import { takeTurn } from "../http/idempotency.ts";
import { askFor } from "../routes/ask-for.ts";
import { enrolledNow } from "../views/scopes.ts";
import { decideRequest } from "../routes/decide-request.ts";
import type { Target } from "../routes/decide-request.ts";
import { endOf } from "../routes/doors-of.ts";
import type { Door } from "../routes/doors-of.ts";
import { policyOf } from "../routes/policy-of.ts";
import { isRefused, visibleVm } from "../routes/visible.ts";
import { requestRows } from "../views/requests.ts";
import type { RequestRow } from "../views/requests.ts";
import { answerOf, armError, isArmError, methodNotAllowed, policyNotFound } from "./arm-error.ts";
import type { ArmError } from "./arm-error.ts";
import { armRefusal } from "./arm-refusal.ts";
import { azureIdOf } from "./azure-vm-id.ts";
import type { ArmAnswer, ArmCall } from "./call.ts";
import { bodyPath, formError } from "./form-error.ts";
import { collectionsIn, groupIs, keyOf, nameOf } from "./members.ts";
import { namedVms, resourceNotFound } from "./named-vms.ts";
import type { NamedVm } from "./named-vms.ts";
import { refusedOn } from "./refused-at.ts";
import { showAzureRequest } from "./show-azure-request.ts";
import { isSameName } from "./target.ts";
import type { PolicyPlace } from "./target.ts";

const INVALID = "InvalidInitiateInput";
/** How long an answer waits for authz: Resource Manager says at once that an action is missing. */
const DECIDED_WITHIN_MS = 10_000;

type Wanted = NamedVm<AzureInitiateBody["virtualMachines"][number]>;

/**
 * Initiate: asks for what the body says, as `POST /v1/access-requests` would. Answered when it is decided, or 202 where that takes
 * longer; then Get tells.
 */
export async function initiateAzurePolicy(
  deps: HandlerDeps,
  call: ArmCall,
  { place, type }: { readonly place: PolicyPlace; readonly type: string },
): Promise<ArmAnswer> {
  if (!isSameName(type, "initiate")) return methodNotAllowed("POST");
  const body = AzureInitiateBody.safeParse(call.body);
  if (!body.success) return formError(body.error, INVALID);
  const named = namedVms(deps, body.data.virtualMachines, "virtualMachines", INVALID);
  if ("kind" in named) return named;
  const targets: Target[] = [];
  for (const wanted of named) {
    const target = await targetFor(deps, call, place, wanted);
    if (isArmError(target)) return target;
    targets.push(target);
  }
  const justification = body.data.justification ?? undefined;
  return once(deps, call, async ({ id, at }) => {
    const entry = await deps.requests.load(id);
    // There already: an earlier run of this very call got that far and could not say so.
    if (entry.value !== undefined) return accepted(deps, call, entry.value);
    const { principal } = call;
    const decided = decideRequest(
      { id, at, principal, justification, reference: undefined, targets },
      { ...deps, enrolled: await enrolledNow(deps) },
    );
    if (decided.kind === "refused")
      return armRefusal(decided.refusals, { principal, invalid: INVALID, targetOf: asIs });
    await askFor(deps, entry, decided.request);
    return accepted(deps, call, decided.request);
  });
}

/** Doors carry the places of Azure's body already. */
const asIs = (field: string): string => (field.startsWith("/") ? bodyPath(field) : field);

async function targetFor(
  deps: HandlerDeps,
  call: ArmCall,
  place: PolicyPlace,
  wanted: Wanted,
): Promise<Target | ArmError> {
  const { vm, target, item } = wanted;
  const { principal } = call;
  const row = await visibleVm(deps, principal, vm);
  if (isRefused(row)) {
    if (row.refusals[0].code !== "request.not-found") return armRefusal(row.refusals, { principal, invalid: INVALID });
    return (await refusedOn(deps, call, "request-access", vm)) ?? resourceNotFound(wanted);
  }
  const policy = (await policyOf(deps, vm))?.policy;
  if (policy === undefined || !isSameName(nameOf(policy), place.name) || !groupIs(row, place, deps)) {
    const isThere = (await collectionsIn(deps, place)).has(keyOf(place));
    if (!isThere) return policyNotFound(place.name);
    const message = `The virtual machine '${row.profile.name}' is not in the policy '${place.name}'.`;
    return armError(400, INVALID, message, { target: `${target}.id` });
  }
  const doors = item.ports.flatMap((asked, at) => doorsFor(asked, `${target}.ports[${at}]`, policy, call));
  const refused = doors.find(isArmError);
  if (refused !== undefined) return refused;
  const wantedDoors = doors.filter((door): door is Door => !isArmError(door));
  const numbers = new Set(item.ports.map(({ number }) => number));
  if (numbers.size < item.ports.length)
    return armError(400, INVALID, `${target}.ports: expected each port once.`, { target: `${target}.ports` });
  return { vm: row, policy, doors: wantedDoors };
}

/** A port is asked for by its number alone: every protocol that the policy has it for. */
function doorsFor(
  asked: Wanted["item"]["ports"][number],
  target: string,
  policy: JitPolicy,
  { at, remoteAddress }: ArmCall,
): readonly (Door | ArmError)[] {
  const sources = sourcesOf(asked) ?? callersAddress(remoteAddress);
  if (sources === undefined)
    return [
      armError(400, INVALID, `${target}: your own address cannot be told from here. Send allowedSourceAddressPrefix.`, {
        target: `${target}.allowedSourceAddressPrefix`,
      }),
    ];
  const end = asked.duration == null ? asked.endTimeUtc && { endTime: asked.endTimeUtc } : { duration: asked.duration };
  if (end == null) return [];
  const protocols = policy.ports.filter(({ port }) => port === asked.number).map(({ protocol }) => protocol);
  return (protocols.length === 0 ? (["tcp"] as const) : protocols).map((protocol) => ({
    door: { port: asked.number, protocol, sources },
    ...endOf(end, at),
    portField: `${target}.number`,
    sourcesField: `${target}.${asked.allowedSourceAddressPrefixes == null ? "allowedSourceAddressPrefix" : "allowedSourceAddressPrefixes"}`,
    timeField: `${target}.${asked.duration == null ? "endTimeUtc" : "duration"}`,
  }));
}

/** Where the connection comes from; not known where it comes from this machine: then a proxy is in between. */
function callersAddress(remote: string | undefined): readonly Cidr[] | undefined {
  const address = remote?.replace(/^::ffff:/, "") ?? "";
  if (address === "::1" || address.startsWith("127.")) return undefined;
  const cidr = Cidr.safeParse(address);
  return cidr.success ? [cidr.data] : undefined;
}

/** A client that did not hear the answer sends its call again under the same id of its own; it is run once. */
async function once(
  deps: HandlerDeps,
  call: ArmCall,
  run: (turn: Pick<ArmCall, "id" | "at">) => Promise<ArmAnswer>,
): Promise<ArmAnswer> {
  if (call.clientRequestId === undefined) return run(call);
  const payload = [call.here, call.body];
  const content = createHash("sha256").update(JSON.stringify(payload)).digest("hex");
  const turn = await takeTurn(deps, {
    principal: call.principal,
    route: "post azure-jit initiate",
    key: `${call.clientRequestId}:${content}`,
    payload,
    waitMs: DECIDED_WITHIN_MS,
  });
  switch (turn.kind) {
    case "refused":
      return armRefusal([turn.refusal], { principal: call.principal, invalid: INVALID });
    case "replay":
      return turn.answer;
    case "run":
      try {
        const result = await run({ id: RequestId.parse(turn.callId), at: turn.at });
        const said = isArmError(result) ? answerOf(result) : result;
        await (said.status < 500 ? turn.done(said) : turn.failed());
        return said;
      } catch (error) {
        await turn.failed();
        throw error;
      }
  }
}

async function accepted(deps: HandlerDeps, { principal }: ArmCall, request: RequestRow): Promise<ArmAnswer> {
  const seen = await deps.waiting.until(
    request.id,
    DECIDED_WITHIN_MS,
    async () => (await deps.records.get(requestRows, request.id))?.value.value ?? request,
    ({ grants }) => grants.every(({ status }) => status !== "Requested"),
  );
  const reasons = seen.grants.flatMap((grant) => grant.reasons);
  const [first, ...others] = reasons;
  if (first !== undefined && seen.grants.every(({ status }) => status === "Denied"))
    return armRefusal([first, ...others], { principal, invalid: INVALID });
  const names = new Map(seen.grants.map(({ access }) => [access.vm, access.vmName ?? access.vm]));
  const shown = showAzureRequest(seen, (vm) => azureIdOf({ vm, name: names.get(vm) ?? vm }, deps.connectors));
  // The 202 says what was taken down; how far it has come meanwhile is Get's to tell.
  return answer(202, shown && { ...shown, virtualMachines: shown.virtualMachines.map(initiating) });
}

type ShownVm = NonNullable<ReturnType<typeof showAzureRequest>>["virtualMachines"][number];
const initiating = ({ id, ports }: ShownVm): ShownVm => ({
  id,
  ports: ports.map((port) => (port.status === "Initiated" ? { ...port, status: "Initiating" } : port)),
});
