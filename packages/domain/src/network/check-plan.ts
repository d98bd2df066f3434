import { familyOf, protocolsMeet, shortNameOf } from "@sallyport/contracts";
import type { Port, PortSpec } from "@sallyport/contracts";
import { decider, decidersOf, difference, everySource, partsIn } from "./address-set.ts";
import type { AddressSet, Shift } from "./address-set.ts";
import { transportsOf } from "./exposure.ts";
import type { Claim, Seal } from "./mark.ts";
import type { Change, Flow, NetworkModel } from "./model.ts";
import { overlap, sayStretch, stretchesOf, without } from "./stretch.ts";
import type { Stretch } from "./stretch.ts";
import type { Allow, LockDown, Want } from "./want.ts";

/** Whether a plan does what was asked and no more; a problem is a bug of the planner, and nothing is applied. */
export type Checked = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** A change in who gets in, to one kind of packet. */
interface Effect {
  readonly flow: Flow;
  readonly shift: Shift;
}

/** What a want permits; the first objection to an effect, or `undefined`. */
type Permits = (effect: Effect) => string | undefined;

/**
 * G11: computes the effect of a plan for every source address, on every port and both transports, for every VM in the Net, and
 * compares it with the want (house.md §6). Flows that provably the same rules decide are passed over.
 */
export function checkPlan<Net, Rule>(
  model: NetworkModel<Net, Rule>,
  before: Net,
  want: Want,
  changes: readonly Change<Rule>[],
  seal: Seal,
): Checked {
  const stranger = changes.find(({ mark }) => isClosed(want) && mark !== undefined && !claims(mark.claim, want));
  if (stranger !== undefined)
    return problem(want, `changes something of ${stranger.mark?.claim.id ?? ""} on ${stranger.object}`);
  const after = model.apply(before, changes);
  const unopened = want.kind === "allow" ? unopenedBy(model, after, want) : undefined;
  if (unopened !== undefined) return problem(want, unopened);
  if (changes.length === 0) return { ok: true };
  const permits = permitsOf(model, before, want, seal);
  for (const flow of flowsOf(model, before, after, want)) {
    if (model.decidedAlike?.(before, after, flow) === true) continue;
    for (const shift of difference(reach(model, before, flow), reach(model, after, flow))) {
      const objection = permits({ flow, shift });
      if (objection !== undefined) return problem(want, `${objection}: ${say({ flow, shift })}`);
    }
  }
  return { ok: true };
}

/** A grant's plan touches nothing but the grant's own; a lockdown's may give back and take away what others wrote (AWS). */
const isClosed = (want: Want): boolean => want.kind === "allow" || want.kind === "withdraw";

const claims = (claim: Claim, want: Want): boolean =>
  want.kind === "allow" || want.kind === "withdraw"
    ? claim.kind === "grant" && claim.id === want.grantId
    : claim.kind === "lockdown" && claim.id === want.id;

const problem = (want: Want, text: string): Checked => ({
  ok: false,
  problem: `the plan to ${want.kind} on ${shortNameOf(want.vm)} ${text}`,
});

/** Every kind of packet that must be looked at: each address of each VM, one port of every interval of equal treatment. */
function* flowsOf<Net, Rule>(model: NetworkModel<Net, Rule>, before: Net, after: Net, want: Want): Generator<Flow> {
  for (const vm of new Set([...model.vms(before), ...model.vms(after)])) {
    const own = vm === want.vm ? portsOf(want).flatMap(({ port }) => [port, port + 1]) : [];
    const bounds = [1, ...own, ...model.portBoundaries(before, vm), ...model.portBoundaries(after, vm)];
    const ports = [...new Set(bounds)].filter((port) => port >= 1 && port <= 65_535);
    for (const destination of new Set([...model.addresses(before, vm), ...model.addresses(after, vm)]))
      for (const port of ports)
        for (const protocol of ["tcp", "udp"] as const) yield { vm, destination, port: port as Port, protocol };
  }
}

const portsOf = (want: Want): readonly PortSpec[] =>
  want.kind === "allow" || want.kind === "lock-down" ? want.ports : [];

/** Nobody gets in to an address that the VM does not have. */
const reach = <Net, Rule>(model: NetworkModel<Net, Rule>, net: Net, flow: Flow): AddressSet =>
  model.addresses(net, flow.vm).includes(flow.destination)
    ? model.reachable(net, flow)
    : everySource(familyOf(flow.destination), "denied", "no such address");

/** Every granted source must get in to the granted ports, on every address of its family. */
function unopenedBy<Net, Rule>(model: NetworkModel<Net, Rule>, after: Net, want: Allow): string | undefined {
  let isHeard = false;
  for (const { port, protocol: transport, sources } of want.ports)
    for (const destination of model.addresses(after, want.vm)) {
      const family = familyOf(destination);
      const granted = stretchesOf(family, sources);
      isHeard ||= granted.length > 0;
      for (const protocol of granted.length === 0 ? [] : transportsOf(transport)) {
        const flow = { vm: want.vm, destination, port, protocol };
        const stretches = without(granted, model.hops?.(after, flow) ?? []);
        const shut = partsIn(model.reachable(after, flow), stretches).find(({ verdict }) => verdict !== "allowed");
        if (shut !== undefined)
          return `leaves a granted source ${shut.verdict}: ${sayStretch(family, shut)} to ${sayFlow(flow)} by ${shut.by}`;
      }
    }
  return isHeard ? undefined : "opens nothing: the VM has no address of the sources' family";
}

function permitsOf<Net, Rule>(model: NetworkModel<Net, Rule>, before: Net, want: Want, seal: Seal): Permits {
  const own = new Set(
    model
      .marked(before, seal)
      .filter(({ mark, verified }) => verified && claims(mark.claim, want))
      .map(({ object, rule }) => decider(object, rule)),
  );
  const wasOurs = ({ shift }: Effect) => decidersOf(shift.before.by).some((one) => own.has(one));
  switch (want.kind) {
    case "allow":
      return (effect) => {
        if (!opens(effect.shift)) return wasOurs(effect) ? undefined : "shuts out who got in without the grant";
        const granted = grantedTo(want, effect.flow);
        return without([effect.shift], granted).length === 0 ? undefined : "lets in who was not granted";
      };
    case "withdraw":
      return (effect) => {
        if (opens(effect.shift)) return "lets somebody in by closing";
        return wasOurs(effect) ? undefined : "shuts out who got in without the grant";
      };
    case "lock-down": {
      const givesBack = givenBack(model, before, want);
      return (effect) => {
        const selected = isSelected(want, effect.flow);
        if (opens(effect.shift)) {
          if (selected) return "opens a port that is to be closed";
          return wasOurs(effect) || givesBack(effect) ? undefined : "lets in who did not get in before the lockdown";
        }
        // What follows an original closes what that one let in and does no more: undone, it would be closed as well.
        if (wasOurs(effect) && givesBack(effect)) return undefined;
        if (selected && (effect.flow.vm === want.vm || want.options.sharedGroups === "revoke")) return undefined;
        return effect.flow.vm === want.vm ? "closes a port that was not selected" : "closes a port of another VM";
      };
    }
    case "unlock": {
      const givesBack = givenBack(model, before, want);
      return (effect) => {
        if (opens(effect.shift))
          return wasOurs(effect) || givesBack(effect) ? undefined : "lets in who did not get in before the lockdown";
        return wasOurs(effect) ? undefined : "shuts somebody out by unlocking";
      };
    }
  }
}

const OPENNESS = { denied: 0, unknown: 1, allowed: 2 } as const;
/** More open than before, if only perhaps. */
const opens = ({ before, after }: Shift): boolean => OPENNESS[after.verdict] > OPENNESS[before.verdict];

const grantedTo = (want: Allow, flow: Flow): readonly Stretch[] =>
  flow.vm === want.vm
    ? want.ports
        .filter(({ port, protocol }) => port === flow.port && protocolsMeet(protocol, flow.protocol))
        .flatMap(({ sources }) => stretchesOf(familyOf(flow.destination), sources))
    : [];

const isSelected = (want: LockDown, flow: Flow): boolean =>
  want.ports.some(({ port, protocol }) => port === flow.port && protocolsMeet(protocol, flow.protocol));

/** Is what opens exactly what the stored inverse, applied by itself, would open? */
function givenBack<Net, Rule>(
  model: NetworkModel<Net, Rule>,
  before: Net,
  want: Extract<Want, { kind: "lock-down" | "unlock" }>,
): (effect: Effect) => boolean {
  if (want.inverse.length === 0) return () => false;
  let restored: Net | undefined;
  return ({ flow, shift }) => {
    restored ??= model.apply(before, want.inverse.map(model.readStored));
    const open = reach(model, restored, flow).parts.filter(({ verdict }) => verdict === shift.after.verdict);
    return overlap([shift], open).some(({ first, last }) => first === shift.first && last === shift.last);
  };
}

const sayFlow = ({ vm, destination, port, protocol }: Flow): string =>
  `${shortNameOf(vm)} (${destination}) ${port}/${protocol}`;

function say({ flow, shift }: Effect): string {
  const family = familyOf(flow.destination);
  return `${sayStretch(family, shift)} to ${sayFlow(flow)}, ${shift.before.verdict} by ${shift.before.by}, would be ${shift.after.verdict} by ${shift.after.by}`;
}
