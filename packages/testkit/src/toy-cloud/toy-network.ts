import { seconds } from "@sallyport/contracts";
import type { Address, Instant, ObjectId, Seconds, VmRef } from "@sallyport/contracts";
import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import type { Change } from "@sallyport/domain";
import { toyModel } from "./toy-model.ts";
import type { ToyNet, ToyRule } from "./toy-model.ts";

/** What `CloudNetwork` of `@sallyport/cloud` asks for. */
export interface ToyNetwork {
  readonly capabilities: { readonly cloud: "azure"; readonly usualWriteTime: Seconds; readonly parallelWrites: number };
  readonly read: (of: { readonly vms: readonly VmRef[]; readonly objects: readonly ObjectId[] }) => Promise<ToyNet>;
  readonly write: (
    object: ObjectId,
    changes: readonly Change<ToyRule>[],
    before?: Instant,
  ) => Promise<readonly { readonly kind: "done" | "too-late" }[]>;
  readonly survey: () => AsyncIterable<ToyNet>;
}

/** A cloud of gates: what is written is in force after `writeMs`. It outlives everything of ours. */
export interface ToyCloud {
  readonly network: ToyNetwork;
  readonly net: () => ToyNet;
  readonly change: (edit: (net: ToyNet) => ToyNet) => void;
  readonly writes: () => readonly { readonly object: ObjectId; readonly changes: readonly Change<ToyRule>[] }[];
}

export const gate = (name: string): ObjectId => name as ObjectId;

/** A VM behind some gates. */
export const behind = (vm: VmRef, ...gates: readonly string[]): ToyNet => ({
  gates: Object.fromEntries(gates.map((name) => [name, []])),
  vms: { [vm]: { address: "10.0.0.4" as Address, behind: gates.map(gate) } },
});

/** A network that is written object by object, each write taking its time; two at once on one object would be a defect. */
export function createToyCloud(clock: Clock, start: ToyNet, writeMs = 0): ToyCloud {
  let net = start;
  const written: { object: ObjectId; changes: readonly Change<ToyRule>[] }[] = [];
  const underWay = new Set<ObjectId>();
  const only = ({ gates, vms }: ToyNet, wanted: readonly VmRef[]): ToyNet => {
    const shared = new Set(wanted.flatMap((vm) => vms[vm]?.behind ?? []));
    return {
      gates,
      vms: Object.fromEntries(
        Object.entries(vms).filter(
          ([vm, { behind }]) => wanted.includes(vm as VmRef) || behind.some((gate) => shared.has(gate)),
        ),
      ),
    };
  };
  return {
    net: () => net,
    change: (edit) => {
      net = edit(net);
    },
    writes: () => written,
    network: {
      capabilities: { cloud: "azure", usualWriteTime: seconds(15), parallelWrites: 16 },
      read: ({ vms }) => Promise.resolve(only(net, vms)),
      write: async (object, changes, before) => {
        if (before !== undefined && clock.now() >= before) return changes.map(() => ({ kind: "too-late" as const }));
        if (underWay.has(object)) throw new Error(`two writes at once on ${object}`);
        underWay.add(object);
        if (writeMs > 0) await wait(clock, writeMs);
        net = toyModel.apply(net, changes);
        written.push({ object, changes });
        underWay.delete(object);
        return changes.map(() => ({ kind: "done" as const }));
      },
      survey: async function* () {
        yield await Promise.resolve(net);
      },
    },
  };
}
