import type { Change, NetworkModel, Planned, Seal, Want } from "@sallyport/domain";

/** What came of each want, in order, and what the cloud will hold in the end. */
export interface PlannedAll<Net, Rule> {
  readonly each: readonly Planned<Rule>[];
  readonly changes: readonly Change<Rule>[];
  readonly after: Net;
}

/**
 * Plans wants one after the other, each on what the ones before it will leave: two grants planned from one snapshot would pick the
 * same priority. A want that is refused leaves nothing behind, and does not stop the next.
 */
export function planAll<Net, Rule>(
  model: NetworkModel<Net, Rule>,
  net: Net,
  wants: readonly Want[],
  seal: Seal,
): PlannedAll<Net, Rule> {
  let after = net;
  const each: Planned<Rule>[] = [];
  const changes: Change<Rule>[] = [];
  for (const want of wants) {
    const planned = model.plan(after, want, seal);
    each.push(planned);
    if (!planned.ok) continue;
    changes.push(...planned.changes);
    after = model.apply(after, planned.changes);
  }
  return { each, changes, after };
}
