import { familyOf, refusal, seconds } from "@sallyport/contracts";
import type { Address, Cidr, ObjectId, Port, StoredChange, VmRef } from "@sallyport/contracts";
import { decider, everySource, firstMatch, intersect, sameClaim, stretchesOf } from "@sallyport/domain";
import type { AddressSet, Change, Claim, Flow, Mark, NetworkModel, Planned, Seal, Want } from "@sallyport/domain";

/** A rule of a gate, for TCP. The first that matches decides; allows stand before denies; where none matches, everybody gets in. */
export interface ToyEntry {
  readonly name: string;
  readonly access: "allow" | "deny";
  readonly ports: readonly number[];
  readonly sources: readonly Cidr[];
  readonly mark?: Mark;
}

/** What a change is about: an entry of a gate, a gate as a whole, or that a VM stands behind a gate. */
export type ToyRule =
  | ({ readonly kind: "entry" } & ToyEntry)
  | { readonly kind: "gate"; readonly entries: readonly ToyEntry[] }
  | { readonly kind: "behind"; readonly gate: ObjectId };

/** A network of gates. A VM is reached through all the gates it stands behind. */
export interface ToyNet {
  readonly gates: Readonly<Record<ObjectId, readonly ToyEntry[]>>;
  readonly vms: Readonly<Record<VmRef, { readonly address: Address; readonly behind: readonly ObjectId[] }>>;
}

/** The object whose change puts a VM behind another gate: its place. */
export const placeOf = (vm: VmRef): ObjectId => `place-of-${vm.slice(vm.lastIndexOf("/") + 1)}` as ObjectId;
const cloneOf = (gate: ObjectId, vm: VmRef): ObjectId => `${gate}-for-${vm.slice(vm.lastIndexOf("/") + 1)}` as ObjectId;

const allow = (name: string): { readonly verdict: "allowed"; readonly by: string } => ({
  verdict: "allowed",
  by: name,
});

function gateSet(net: ToyNet, gate: ObjectId, { destination, port, protocol }: Flow): AddressSet {
  const family = familyOf(destination);
  const entries = [...(net.gates[gate] ?? [])].sort((a, b) =>
    a.access === b.access ? 0 : a.access === "allow" ? -1 : 1,
  );
  const rules = entries
    .filter(({ ports }) => protocol === "tcp" && ports.includes(port))
    .map(({ name, access, sources }) => ({
      ruling: { verdict: access === "allow" ? ("allowed" as const) : ("denied" as const), by: decider(gate, name) },
      sources: stretchesOf(family, sources),
    }));
  return firstMatch(family, rules, allow(decider(gate, "otherwise")));
}

const EVERYBODY = ["0.0.0.0/0", "::/0"] as Cidr[];

function vmOf(net: ToyNet, vm: VmRef) {
  return net.vms[vm];
}

function planToy(net: ToyNet, want: Want, seal: Seal): Planned<ToyRule> {
  const vm = vmOf(net, want.vm);
  if (vm === undefined && (want.kind === "allow" || want.kind === "lock-down"))
    return { ok: false, refusals: [refusal("vm.gone", "The VM is gone.")] };
  const behind = vm?.behind ?? [];
  const entry = (
    gate: ObjectId,
    claim: Claim,
    name: string,
    rest: Omit<ToyEntry, "name" | "mark">,
  ): Change<ToyRule> => {
    const mark = seal.sign(claim, { object: gate, rule: name });
    return { object: gate, verb: "put", rule: { kind: "entry", name, ...rest, mark }, mark };
  };
  const withdraw = (mine: (mark: Mark) => boolean): Change<ToyRule>[] =>
    Object.entries(net.gates).flatMap(([gate, entries]) =>
      entries.flatMap((one) => {
        const object = gate as ObjectId;
        if (one.mark === undefined || !mine(one.mark) || !seal.verifies(one.mark, { object, rule: one.name }))
          return [];
        return [{ object, verb: "delete" as const, rule: { kind: "entry" as const, ...one }, mark: one.mark }];
      }),
    );
  switch (want.kind) {
    case "lock-down": {
      const claim: Claim = { kind: "lockdown", id: want.id };
      const ports = want.ports.map(({ port }) => port);
      const isShared = (gate: ObjectId) =>
        Object.entries(net.vms).some(([other, place]) => other !== want.vm && place.behind.includes(gate));
      const changes: Change<ToyRule>[] = [];
      const inverse: StoredChange[] = [...want.inverse];
      for (const gate of behind) {
        const standing = (net.gates[gate] ?? []).find(({ mark }) => mark !== undefined && sameClaim(mark.claim, claim));
        if (standing !== undefined && JSON.stringify(standing.ports) === JSON.stringify(ports)) continue;
        if (standing === undefined && isShared(gate) && want.options.sharedGroups === "clone") {
          const clone = cloneOf(gate, want.vm);
          const place = placeOf(want.vm);
          const moves: Change<ToyRule>[] = [
            { object: place, verb: "attach", rule: { kind: "behind", gate: clone } },
            { object: place, verb: "detach", rule: { kind: "behind", gate } },
          ];
          changes.push(
            { object: clone, verb: "put", rule: { kind: "gate", entries: net.gates[gate] ?? [] } },
            entry(clone, claim, "deny", { access: "deny", ports, sources: EVERYBODY }),
            ...moves,
          );
          inverse.push(
            { object: place, verb: "attach", rule: { kind: "behind", gate } },
            { object: place, verb: "detach", rule: { kind: "behind", gate: clone } },
            { object: clone, verb: "delete", rule: { kind: "gate", entries: [] } },
          );
          continue;
        }
        changes.push(entry(gate, claim, "deny", { access: "deny", ports, sources: EVERYBODY }));
      }
      return {
        ok: true,
        changes,
        inverse: [...new Map(inverse.map((one) => [JSON.stringify(one), one])).values()],
      };
    }
    case "unlock": {
      const restore = want.inverse.map((stored) => ({
        object: stored.object,
        verb: stored.verb,
        rule: stored.rule as ToyRule,
      }));
      const left = restore.filter(({ object, verb, rule }) => {
        if (rule.kind === "behind") return behind.includes(rule.gate) !== (verb === "attach");
        return verb === "delete" && net.gates[object] !== undefined;
      });
      const inClones = new Set(restore.filter(({ rule }) => rule.kind === "gate").map(({ object }) => object));
      return {
        ok: true,
        changes: [
          ...left,
          ...withdraw(({ claim }) => claim.kind === "lockdown" && claim.id === want.id).filter(
            ({ object }) => !inClones.has(object),
          ),
        ],
      };
    }
    case "allow": {
      const claim: Claim = { kind: "grant", id: want.grantId, end: want.end };
      const [only] = want.ports;
      if (only === undefined) return { ok: true, changes: [] };
      const name = `allow-${want.grantId}`;
      const changes = behind.flatMap((gate) => {
        const standing = (net.gates[gate] ?? []).find((one) => one.name === name);
        if (standing?.mark !== undefined && sameClaim(standing.mark.claim, claim)) return [];
        const isClosed = (net.gates[gate] ?? []).some(
          ({ access, ports }) => access === "deny" && ports.includes(only.port),
        );
        return standing !== undefined || isClosed
          ? [
              entry(gate, claim, name, {
                access: "allow",
                ports: want.ports.map(({ port }) => port),
                sources: only.sources,
              }),
            ]
          : [];
      });
      return { ok: true, changes };
    }
    case "withdraw":
      return { ok: true, changes: withdraw(({ claim }) => claim.kind === "grant" && claim.id === want.grantId) };
  }
}

function applyToy(net: ToyNet, changes: readonly Change<ToyRule>[]): ToyNet {
  let { gates, vms } = net;
  for (const { object, verb, rule } of changes) {
    if (rule.kind === "entry") {
      const others = (gates[object] ?? []).filter(({ name }) => name !== rule.name);
      const { kind: _, ...entry } = rule;
      gates = { ...gates, [object]: verb === "put" ? [...others, entry] : others };
    } else if (rule.kind === "gate") {
      const { [object]: gone, ...rest } = gates;
      gates = verb === "put" ? { ...rest, [object]: gone ?? rule.entries } : rest;
    } else {
      vms = Object.fromEntries(
        Object.entries(vms).map(([vm, place]) => {
          if (placeOf(vm as VmRef) !== object) return [vm, place];
          const others = place.behind.filter((gate) => gate !== rule.gate);
          return [vm, { ...place, behind: verb === "attach" ? [...others, rule.gate] : others }];
        }),
      );
    }
  }
  return { gates, vms };
}

/** The smallest network that can lock, open, close, share and clone: what the seams are tried with. */
export const toyModel: NetworkModel<ToyNet, ToyRule> = {
  plan: planToy,
  apply: applyToy,
  reachable: (net, flow) =>
    (vmOf(net, flow.vm)?.behind ?? []).reduce(
      (set, gate) => intersect(set, gateSet(net, gate, flow)),
      everySource(familyOf(flow.destination), "allowed", "no gate"),
    ),
  portBoundaries: (net) =>
    [
      ...new Set(
        Object.values(net.gates).flatMap((entries) =>
          entries.flatMap(({ ports }) => ports.flatMap((port) => [port, port + 1])),
        ),
      ),
    ] as Port[],
  path: () => [],
  objects: (net, want) => vmOf(net, want.vm)?.behind ?? [],
  needsTurn: (object) => object.startsWith("place-of-"),
  standsAlone: ({ object, verb }) => verb === "delete" && !object.startsWith("place-of-"),
  addresses: (net, vm) => [vmOf(net, vm)?.address].filter((address) => address !== undefined),
  vms: (net) => Object.keys(net.vms) as VmRef[],
  marked: (net, seal) =>
    Object.entries(net.gates).flatMap(([gate, entries]) =>
      entries.flatMap(({ name, mark }) =>
        mark === undefined
          ? []
          : [
              {
                object: gate as ObjectId,
                rule: name,
                mark,
                verified: seal.verifies(mark, { object: gate as ObjectId, rule: name }),
              },
            ],
      ),
    ),
  ways: (net, { vm, ports }) => ports.map(({ port }) => ({ address: vmOf(net, vm)?.address ?? "", port })),
  closing: () => ({ sessions: "kept", because: "toys keep flows" }),
  openingTime: () => seconds(15),
  facts: () => undefined,
  readStored: ({ object, verb, rule }) => ({ object, verb, rule: rule as ToyRule }),
};
