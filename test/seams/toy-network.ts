import { seconds } from "@sallyport/contracts";
import type { ObjectId, VmRef } from "@sallyport/contracts";
import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import type { CloudNetwork } from "@sallyport/cloud";
import type { Change } from "@sallyport/domain";
import { toyModel } from "./toy-model.ts";
import type { ToyNet, ToyRule } from "./toy-model.ts";

/** A cloud of gates: what is written is in force after `writeMs`. It outlives everything of ours. */
export interface ToyCloud {
  readonly network: CloudNetwork<ToyNet, ToyRule>;
  readonly net: () => ToyNet;
  readonly change: (edit: (net: ToyNet) => ToyNet) => void;
  readonly writes: () => readonly { readonly object: ObjectId; readonly changes: readonly Change<ToyRule>[] }[];
}

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
