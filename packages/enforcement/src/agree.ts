import { SallyportError } from "@sallyport/contracts";
import type { ObjectId, Refusal, StoredChange } from "@sallyport/contracts";
import type { Change, Want } from "@sallyport/domain";
import { planChecked } from "./plan-checked.ts";
import { isOfGrant, neededBy, resultOf } from "./turn.ts";
import type { TurnDeps, Turns } from "./turn.ts";

/** What came of making the network agree with a want. */
export type Agreement<Net> =
  /** It agrees: this is what was read back, and, for a lockdown, what is still to be given back. */
  | { readonly kind: "agreed"; readonly net: Net; readonly inverse: readonly StoredChange[] | undefined }
  | { readonly kind: "refused"; readonly refusals: readonly [Refusal, ...Refusal[]] }
  /** The want's end came first. */
  | { readonly kind: "too-late" }
  /** The row changed meanwhile: ask it again what it wants. */
  | { readonly kind: "moved" };

export interface AgreeDeps<Net, Rule> extends TurnDeps<Net, Rule> {
  readonly turns: Turns<Rule>;
}

/**
 * Called before every round of writes: the row has to know the objects (and, for a lockdown, the inverse) first. Answers the want to
 * go on with: of a lockdown, with the inverse that is now stored. `moved`: the row is not what it was any more.
 */
export type BeforeWriting = (
  objects: readonly ObjectId[],
  inverse: readonly StoredChange[] | undefined,
) => Promise<Want | "moved">;

/** A neighbour that writes all the time must not keep us for ever: the step is put off, and tried again. */
const MAX_ROUNDS = 6;

/** How long a deletion by name may take before nobody waits for it any more. */
const PATIENCE_MS = 1000;

/**
 * Reads, plans, checks for every address, writes object by object in their turns, and reads back, until the plan is empty: only
 * the cloud's own answer says that it agrees (G3). Level-triggered: every round begins from what is there. `stepAside` is called when
 * all that is left for now is to wait: for an object that is slow to write, for others at the same object, or for deletions there.
 */
export async function agree<Net, Rule>(
  deps: AgreeDeps<Net, Rule>,
  wanted: Want,
  objects: readonly ObjectId[],
  beforeWriting: BeforeWriting,
  stepAside: () => void = () => undefined,
): Promise<Agreement<Net>> {
  const { network, model, turns, clock } = deps;
  let want = wanted;
  let known = objects;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const net = await network.read({ vms: [want.vm], objects: known, ...neededBy([want]) });
    const planned = planChecked(deps, net, want);
    if (planned.kind === "refused") return planned;
    if (planned.changes.length === 0) return { kind: "agreed", net, inverse: planned.inverse };

    const touched = [...new Set(planned.changes.map(({ object }) => object))];
    const answer = await beforeWriting(touched, planned.inverse);
    if (answer === "moved") return { kind: "moved" };
    want = answer;
    known = [...new Set([...known, ...touched])];
    const result = await writeAll(touched, planned.changes);
    if (result !== undefined) return result;
  }
  throw new SallyportError({
    code: "backbone.stale",
    detail: `the network kept changing while ${want.kind} was written`,
  });

  /**
   * One object after the other, fast ones first; a slow one is waited for beside them from the start, so that all who wait for it
   * meanwhile share its next write. Neither turn waits for the other. The first result that ends this; `undefined` to look again.
   */
  async function writeAll(touched: readonly ObjectId[], changes: readonly Change<Rule>[]) {
    const isSlow = (object: ObjectId) => (model.gatherMs?.(object) ?? 0) > 0;
    const at = (object: ObjectId) =>
      writeAt(
        object,
        changes.filter((change) => change.object === object),
      );
    const inOrder = async () => {
      for (const object of touched.filter((one) => !isSlow(one))) {
        const result = await at(object);
        if (result.kind !== "written") return result;
      }
      return undefined;
    };
    const slow = touched.filter(isSlow);
    const fast = inOrder();
    if (slow.length > 0) void fast.then(stepAside, stepAside);
    // Whatever comes of one, the others are waited for: nothing goes on behind the row's back.
    const all = await Promise.allSettled([fast, ...slow.map(at)]);
    for (const one of all) if (one.status === "rejected") throw one.reason;
    for (const one of all) {
      const result = one.status === "fulfilled" ? one.value : undefined;
      if (result !== undefined && result.kind !== "written") return result.kind === "outdated" ? undefined : result;
    }
    return undefined;
  }

  async function writeAt(object: ObjectId, changes: readonly Change<Rule>[]) {
    const mayBeAsPlanned = isOfGrant(want) && changes.every(model.standsAlone);
    if (!mayBeAsPlanned) return turns.take(object, want, { objects: known }, stepAside);
    if (model.needsTurn(object)) return turns.take(object, want, { objects: known, changes }, stepAside);
    // What only this grant writes, as it alone would write it again, commutes with everything: it waits for nobody.
    if (want.kind === "allow") return resultOf(await network.write(object, changes, want.end));
    const cancel = clock.after(PATIENCE_MS, stepAside);
    return resultOf(await network.write(object, changes).finally(cancel));
  }
}
