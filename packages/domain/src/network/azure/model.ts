import { refusal, shortNameOf } from "@sallyport/contracts";
import type { ObjectId, Port, Refusal, VmRef } from "@sallyport/contracts";
import { readMark } from "../mark.ts";
import type { Seal } from "../mark.ts";
import type { Flow, NetworkModel, Planned } from "../model.ts";
import type { Allow, LockDown, Want } from "../want.ts";
import { adminBoundaries } from "./admin-rules.ts";
import { planAllow } from "./allow.ts";
import { applyChanges } from "./apply.ts";
import { DEFAULT_BANDS } from "./bands.ts";
import type { Bands } from "./bands.ts";
import { extentOf } from "./extent.ts";
import { closingOf, factsOf, FIREWALL_OPENING_TIME, openingTimeOf, waysOf } from "./facts.ts";
import { boundariesAt, firewallDecidesAlike } from "./firewall.ts";
import { planLockDown } from "./lock-down.ts";
import type { AzureNet, AzureRule } from "./net.ts";
import { coversPort, coversSpot, differingRules, inboundRules } from "./nsg.ts";
import { markedAtFirewalls } from "./own-collections.ts";
import { isOf, markedAtNsgs } from "./own-rules.ts";
import { guardedBy, guardsOf, path, reachable, unsupportedAt, wallsOf } from "./path.ts";
import { indexOf } from "./spot.ts";
import { planRemoval } from "./withdraw.ts";
import { withoutGrants } from "./without-grants.ts";

/** What NSGs on both levels and the firewall of the network mean, and how ours are written (settled.md §4). */
export const createAzureModel = (bands: Bands = DEFAULT_BANDS): NetworkModel<AzureNet, AzureRule> => ({
  plan: (net, want, seal) => plan(net, want, seal, bands),
  apply: applyChanges,
  reachable,
  portBoundaries,
  decidedAlike,
  hops: (net, { vm, destination }) =>
    indexOf(net)
      .spots(vm)
      .find(({ address }) => address === destination)?.firewall?.hops ?? [],
  path,
  objects: objectsOf,
  // An NSG's rules are deleted by their own names: that commutes with whatever else happens to it. A firewall is one document.
  needsTurn: isFirewall,
  standsAlone: ({ object, verb }) => verb === "delete" && !isFirewall(object),
  gatherMs: (object) => (isFirewall(object) ? FIREWALL_GATHER_MS : 0),
  addresses: (net, vm) => [
    ...new Set(
      indexOf(net)
        .spots(vm)
        .map(({ address }) => address),
    ),
  ],
  vms: (net) => net.vms.map(({ ref }) => ref),
  withoutGrants,
  marked: (net, seal) => [...markedAtNsgs(net, seal), ...markedAtFirewalls(net, seal)],
  ways: waysOf,
  closing: closingOf,
  openingTime: openingTimeOf,
  writeTime: (object) => (isFirewall(object) ? FIREWALL_OPENING_TIME : undefined),
  facts: factsOf,
  readStored: () => {
    throw new Error("a lockdown on Azure takes nothing away from others, so it stores no change to undo it");
  },
});

/** A write of a firewall takes minutes: twenty grants within ten seconds are two writes (P38). */
const FIREWALL_GATHER_MS = 12_000;

const isFirewall = (object: ObjectId): boolean => object.includes("/azurefirewalls/");

function plan(net: AzureNet, want: Want, seal: Seal, bands: Bands): Planned<AzureRule> {
  switch (want.kind) {
    case "withdraw":
    case "unlock":
      return planRemoval(net, want, seal);
    case "allow":
    case "lock-down": {
      const objection = objectionTo(net, want);
      if (objection !== undefined) return { ok: false, refusals: [objection] };
      return want.kind === "allow" ? planAllow(net, want, seal, bands) : planLockDown(net, want, seal, bands);
    }
  }
}

/** Why this VM can be neither locked nor opened. */
function objectionTo(net: AzureNet, { vm }: Allow | LockDown): Refusal | undefined {
  const { spots } = indexOf(net);
  const name = shortNameOf(vm);
  if (!net.vms.some(({ ref }) => ref === vm))
    return refusal("vm.gone", `${name} does not exist any more`, { object: vm });
  if (spots(vm).length === 0)
    return refusal("network.unsupported", `${name} has no private address yet, so no rule could name it`, {
      object: vm,
    });
  const unsupported = unsupportedAt(net, vm);
  if (unsupported !== undefined) return unsupported;
  if (guardsOf(net, vm).length + wallsOf(net, vm).length > 0) return undefined;
  return refusal("network.no-nsg", `no network security group guards ${name}, neither its interface nor its subnet`, {
    object: vm,
  });
}

/** Where a rule about the VM begins or ends. */
function portBoundaries(net: AzureNet, vm: VmRef): readonly Port[] {
  const bounds = guardedBy(net, vm).flatMap(({ nsg, spots }) =>
    inboundRules(nsg)
      .filter((rule) => spots.some((spot) => coversSpot(rule, spot)))
      .flatMap((rule) => extentOf(rule).ports.flatMap(([first, last]) => [first, last + 1])),
  );
  const walled = indexOf(net)
    .spots(vm)
    .flatMap((spot) => (spot.firewall === undefined ? [] : boundariesAt(spot.firewall, spot)));
  return [...new Set([...bounds, ...walled, ...adminBoundaries(net, vm)])]
    .filter((bound) => bound >= 1 && bound <= 65_535)
    .map((bound) => bound as Port);
}

/** All around the NSGs and firewalls is the same value, and no rule that came, went or changed is about the flow. */
function decidedAlike(before: AzureNet, after: AzureNet, { vm, destination, port, protocol }: Flow): boolean {
  if (before.interfaces !== after.interfaces || before.vnets !== after.vnets || before.vms !== after.vms) return false;
  if (before.routeTables !== after.routeTables || before.adminRules !== after.adminRules) return false;
  const [was, is] = [indexOf(before), indexOf(after)];
  return was.spots(vm).every((spot) => {
    if (spot.address !== destination) return true;
    if (spot.firewall !== undefined) {
      const firewall = is.firewall(spot.firewall.is.id);
      if (firewall === undefined || !firewallDecidesAlike(spot.firewall.is, firewall, { spot, port, protocol }))
        return false;
    }
    return spot.levels.every((id) => {
      const [one, other] = [was.nsg(id), is.nsg(id)];
      if (one === other) return true;
      if (one === undefined || other === undefined) return false;
      return !differingRules(one, other).some((rule) => coversPort(rule, port, protocol) && coversSpot(rule, spot));
    });
  });
}

/** The NSGs in the path, then the firewalls, and what carries, or is said to carry, something of the want. */
function objectsOf(net: AzureNet, want: Want): readonly ObjectId[] {
  const claim =
    want.kind === "allow" || want.kind === "withdraw"
      ? ({ kind: "grant", id: want.grantId } as const)
      : ({ kind: "lockdown", id: want.id } as const);
  const isOurs = isOf(claim);
  const isMarked = ({ description }: { readonly description: string }) => {
    const mark = readMark(description);
    return mark !== undefined && isOurs(mark.claim);
  };
  const named: readonly ObjectId[] = "objects" in want ? want.objects : [];
  const walls = new Set(wallsOf(net, want.vm).map(({ firewall }) => firewall.id));
  const guards = new Set(guardsOf(net, want.vm));
  const nsgs = net.nsgs.filter(({ id, rules }) => guards.has(id) || named.includes(id) || rules.some(isMarked));
  const firewalls = net.firewalls.filter(
    ({ id, collections }) =>
      walls.has(id) || named.includes(id) || collections.some(({ rules }) => rules.some(isMarked)),
  );
  const here = new Set(nsgs.map(({ id }) => id));
  // Those of the path first, in the order in which a packet passes them.
  return [...new Set([...[...guards].filter((id) => here.has(id)), ...here, ...firewalls.map(({ id }) => id)])];
}
