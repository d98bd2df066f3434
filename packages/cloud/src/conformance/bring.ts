import type { ObjectId } from "@sallyport/contracts";
import { checkPlan } from "@sallyport/domain";
import type { Change, Want } from "@sallyport/domain";
import type { Outcome } from "../cloud-network.ts";
import type { CloudUnderTest } from "./cloud-under-test.ts";

/** More rounds than any want needs. */
const MAX_ROUNDS = 4;

export interface Brought<Net> {
  readonly net: Net;
  /** Objects that were written to. */
  readonly objects: readonly ObjectId[];
  readonly outcomes: readonly Outcome[];
}

/** The changes that a want needs now, planned from a fresh read and checked for every address. */
export async function changesFor<Net, Rule>(
  { network, model, seal, vm, during }: CloudUnderTest<Net, Rule>,
  want: Want,
): Promise<{ readonly net: Net; readonly changes: readonly Change<Rule>[] }> {
  const objects = "objects" in want ? want.objects : [];
  const net = await during(network.read({ vms: [vm], objects }));
  const planned = model.plan(net, want, seal);
  if (!planned.ok) throw new Error(`refused: ${planned.refusals[0].detail}`);
  const checked = checkPlan(model, net, want, planned.changes, seal);
  if (!checked.ok) throw new Error(checked.problem);
  return { net, changes: planned.changes };
}

/** Writes changes object by object, in the order in which they were planned. */
export async function writeAll<Net, Rule>(
  { network, during }: CloudUnderTest<Net, Rule>,
  changes: readonly Change<Rule>[],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const object of new Set(changes.map((change) => change.object)))
    outcomes.push(
      ...(await during(
        network.write(
          object,
          changes.filter((change) => change.object === object),
        ),
      )),
    );
  return outcomes;
}

/** Reads, plans, checks, writes, until the cloud's own answer agrees: what enforcement does, without its leases. */
export async function bring<Net, Rule>(cloud: CloudUnderTest<Net, Rule>, want: Want): Promise<Brought<Net>> {
  const outcomes: Outcome[] = [];
  const objects = new Set<ObjectId>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { net, changes } = await changesFor(cloud, want);
    if (changes.length === 0) return { net, objects: [...objects], outcomes };
    for (const { object } of changes) objects.add(object);
    outcomes.push(...(await writeAll(cloud, changes)));
  }
  throw new Error(`${want.kind} does not come to rest`);
}
