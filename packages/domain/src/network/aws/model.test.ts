import { Address, Cidr, port } from "@sallyport/contracts";
import type { ObjectId } from "@sallyport/contracts";
import type { PortSpec, StoredChange } from "@sallyport/contracts";
import { aGrantId, addressesOf, cidrs, portRanges } from "@sallyport/testkit";
import fc from "fast-check";
import { allowedIn, sameVerdicts } from "../address-set.ts";
import { checkPlan } from "../check-plan.ts";
import { exposureOf } from "../exposure.ts";
import type { Change, NetworkModel } from "../model.ts";
import type { Allow, LockDown, Unlock, Want, Withdraw } from "../want.ts";
import { keys, nets, permits } from "./arbitrary-net.conformance.ts";
import { scope, seal, vmOf } from "./aws-net.conformance.ts";
import { createAwsModel } from "./model.ts";
import { grantGroupName } from "./names.ts";
import type { AwsNet, AwsPermit } from "./net.ts";
import { permitText } from "./permit.ts";
import type { AwsRule } from "./rule.ts";

const vm = vmOf(1);

const selections: fc.Arbitrary<readonly PortSpec[]> = fc.uniqueArray(
  fc.record({ port: fc.constantFrom(...[1, 22, 23, 3389, 65_535].map(port)), protocol: fc.constantFrom("tcp", "*") }),
  { minLength: 1, maxLength: 3, selector: (one) => one.port },
);
const lockdowns: fc.Arbitrary<LockDown> = fc.record({
  kind: fc.constant("lock-down"),
  vm: fc.constant(vm),
  id: fc.constant(aGrantId(77) as unknown as LockDown["id"]),
  ports: selections,
  options: fc.record({
    precedence: fc.constantFrom("strict", "strict", "seed"),
    sharedGroups: fc.constantFrom("refuse", "clone", "clone", "revoke"),
  }),
  inverse: fc.constant([]),
});
const sources = fc
  .uniqueArray(
    fc.oneof(
      fc.constantFrom("0.0.0.0/0", "::/0", "203.0.113.7/32").map((one) => Cidr.parse(one)),
      cidrs,
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .filter((all) => all.some((one) => !one.includes(":")));
const allowFor = (n: number): fc.Arbitrary<Allow> =>
  fc.record({
    kind: fc.constant("allow"),
    vm: fc.constant(vm),
    grantId: fc.constant(aGrantId(n)),
    ports: fc.array(
      fc.record({ port: fc.constantFrom(...[22, 3389].map(port)), protocol: fc.constantFrom("tcp", "*"), sources }),
      { minLength: 1, maxLength: 2 },
    ),
    end: fc.constant("2026-01-31T10:00:00.000Z" as Allow["end"]),
  });

const model = createAwsModel();
const unlockOf = ({ id }: LockDown, inverse: readonly StoredChange[]): Unlock => ({
  kind: "unlock",
  vm,
  id,
  inverse,
  objects: [],
});
const withdrawOf = ({ grantId }: Allow): Withdraw => ({ kind: "withdraw", vm, grantId, objects: [] });

/** The plan, found safe; a refusal is `undefined`. */
function planned(net: AwsNet, want: Want, model: NetworkModel<AwsNet, AwsRule> = createAwsModel()) {
  const plan = model.plan(net, want, seal);
  if (!plan.ok) return undefined;
  expect(checkPlan(model, net, want, plan.changes, seal)).toEqual({ ok: true });
  // What is stored comes back as it was.
  const inverse: readonly StoredChange[] = JSON.parse(JSON.stringify(plan.inverse ?? []));
  return { changes: plan.changes, inverse, after: model.apply(net, plan.changes) };
}

/** Everything that a person could tell apart: no rule ids, and no order where EC2 has none. */
const seen = (net: AwsNet) => ({
  ...net,
  interfaces: net.interfaces.map((one) => ({ ...one, groups: one.groups.toSorted() })),
  groups: net.groups
    .map((group) => ({ ...group, ingress: group.ingress.map(({ id: _id, ...rule }) => rule).toSorted(byText) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
});
const byText = (a: AwsPermit, b: AwsPermit) => (permitText(a) < permitText(b) ? -1 : 1);

interface Meanwhile {
  readonly other: Want;
  readonly rule: AwsPermit;
  readonly key: ObjectId;
  readonly verb: "put" | "delete";
}

const runs = { numRuns: 80 };

describe("locking down an instance", () => {
  it("closes exactly the selected ports to every source, and is undone exactly by its restore", () => {
    fc.assert(
      fc.property(nets, lockdowns, (net, want) => {
        const first = planned(net, want);
        fc.pre(first !== undefined);
        expect(exposureOf(model, first.after, vm, want.ports)).toEqual([]);
        const restored = planned(first.after, unlockOf(want, first.inverse));
        expect(restored && seen(restored.after)).toEqual(seen(net));
      }),
      runs,
    );
  });

  it("is idempotent, also with what it has taken stored", () => {
    fc.assert(
      fc.property(nets, lockdowns, (net, want) => {
        const first = planned(net, want);
        fc.pre(first !== undefined);
        for (const inverse of [first.inverse, []])
          expect(planned(first.after, { ...want, inverse })?.changes).toEqual([]);
        const unlocked = planned(first.after, unlockOf(want, first.inverse));
        expect(unlocked && planned(unlocked.after, unlockOf(want, first.inverse))?.changes).toEqual([]);
      }),
      runs,
    );
  });

  it("touches no group that the instance is not in, and shared ones only with consent", () => {
    fc.assert(
      fc.property(nets, lockdowns, (net, want) => {
        const first = planned(net, want);
        fc.pre(first !== undefined);
        const own = net.interfaces.filter((one) => one.vm === vm).flatMap(({ groups }) => groups);
        const isOthers = (key: ObjectId) => net.interfaces.some((one) => one.vm !== vm && one.groups.includes(key));
        const touched = first.changes.filter(({ rule }) => rule.kind === "ingress").map(({ object }) => object);
        for (const key of keys.filter(
          (one) => !own.includes(one) || (isOthers(one) && want.options.sharedGroups !== "revoke"),
        ))
          expect(touched).not.toContain(key);
        const others = want.options.sharedGroups === "revoke" ? [] : [vmOf(2), vmOf(3)];
        for (const other of others)
          for (const destination of model.addresses(net, other)) {
            const flow = { vm: other, destination, port: port(22), protocol: "tcp" } as const;
            expect(sameVerdicts(model.reachable(net, flow), model.reachable(first.after, flow))).toBe(true);
          }
      }),
      runs,
    );
  });

  it("may stop after any write: what is left is completed, or undone, from what was stored before the first one", () => {
    fc.assert(
      fc.property(nets, lockdowns, fc.nat(), (net, want, cut) => {
        const first = planned(net, want);
        fc.pre(first !== undefined && first.changes.length > 0);
        const half = model.apply(net, first.changes.slice(0, cut % first.changes.length));
        const completed = planned(half, { ...want, inverse: first.inverse });
        expect(completed && seen(completed.after)).toEqual(seen(first.after));
        const undone = planned(half, unlockOf(want, first.inverse));
        expect(undone && seen(undone.after)).toEqual(seen(net));
      }),
      runs,
    );
  });

  it("follows another selection of ports, gives back what is no longer selected, and still restores everything", () => {
    fc.assert(
      fc.property(nets, lockdowns, selections, fc.nat(), (net, want, ports, cut) => {
        const first = planned(net, want);
        fc.pre(first !== undefined);
        const next = { ...want, ports, inverse: first.inverse };
        const second = planned(first.after, next);
        fc.pre(second !== undefined);
        expect(exposureOf(model, second.after, vm, ports)).toEqual([]);
        const half = model.apply(first.after, second.changes.slice(0, cut % (second.changes.length + 1)));
        const completed = planned(half, { ...next, inverse: second.inverse });
        expect(completed && seen(completed.after)).toEqual(seen(second.after));
        for (const net2 of [second.after, half]) {
          const restored = planned(net2, unlockOf(want, second.inverse));
          expect(restored && seen(restored.after)).toEqual(seen(net));
        }
        const settled = completed && planned(completed.after, { ...next, inverse: completed.inverse });
        expect(settled?.changes).toEqual([]);
      }),
      runs,
    );
  });

  it("leaves what others changed meanwhile", () => {
    fc.assert(
      fc.property(nets, lockdowns, permits, fc.constantFrom(...keys), (net, want, rule, key) => {
        const first = planned(net, want);
        fc.pre(first !== undefined);
        const edit: Change<AwsRule> = { object: key, verb: "put", rule: { kind: "ingress", scope, permit: rule } };
        const edited = model.apply(first.after, [edit]);
        fc.pre(edited.groups.some((group, i) => group !== first.after.groups[i]));
        const restored = planned(edited, unlockOf(want, first.inverse));
        // Where they wrote again what was taken, theirs stays as they wrote it.
        const expected = model.apply(model.apply(net, [{ ...edit, verb: "delete" }]), [edit]);
        expect(restored && seen(restored.after)).toEqual(seen(expected));
      }),
      runs,
    );
  });
});

describe("a copy of a shared group", () => {
  it("follows what others write into its original, and what they take out, with the ports closed throughout (P18)", () => {
    fc.assert(
      fc.property(
        nets,
        lockdowns,
        permits,
        fc.constantFrom(...keys),
        fc.boolean(),
        fc.nat(),
        (net, given, rule, key, isPut, n) => {
          const want: LockDown = { ...given, options: { precedence: "strict", sharedGroups: "clone" } };
          const first = planned(net, want);
          const isCopied = first?.changes.some(
            ({ verb, rule: one }) => verb === "detach" && one.kind === "membership" && one.group === key,
          );
          fc.pre(first !== undefined && isCopied === true);
          const held = first.after.groups.find((group) => group.key === key)?.ingress ?? [];
          const gone = held[n % Math.max(1, held.length)];
          const permit = isPut ? rule : gone;
          fc.pre(permit !== undefined);
          const verb = isPut ? "put" : "delete";
          const edited = model.apply(first.after, [{ object: key, verb, rule: { kind: "ingress", scope, permit } }]);
          const next = planned(edited, { ...want, inverse: first.inverse });
          // Refused only where the copy could not hold it.
          fc.pre(next !== undefined);
          expect(exposureOf(model, next.after, vm, want.ports)).toEqual([]);
          const fresh = planned(
            model.apply(net, [{ object: key, verb, rule: { kind: "ingress", scope, permit } }]),
            want,
          );
          const copied = (of: AwsNet | undefined) =>
            seen(of ?? net)
              .groups.filter(({ key: one }) => one.includes("clone"))
              .map(({ ingress }) => ingress.map(permitText));
          fc.pre(fresh !== undefined && copied(fresh.after).length === copied(next.after).length);
          expect(copied(next.after)).toEqual(copied(fresh.after));
          expect(planned(next.after, { ...want, inverse: next.inverse })?.changes).toEqual([]);
        },
      ),
      runs,
    );
  });
});

describe("a grant on an instance", () => {
  it("opens exactly what was asked by a group of its own, once, and leaves nothing behind", () => {
    fc.assert(
      fc.property(nets, allowFor(1), (net, want) => {
        const opened = planned(net, want);
        fc.pre(opened !== undefined);
        expect(opened.after.groups.filter(({ key }) => keys.includes(key))).toEqual(net.groups);
        expect(planned(opened.after, want)?.changes).toEqual([]);
        const closed = planned(opened.after, withdrawOf(want));
        expect(closed && seen(closed.after)).toEqual(seen(net));
        expect(closed && planned(closed.after, withdrawOf(want))?.changes).toEqual([]);
      }),
      runs,
    );
  });

  it("is never written as everywhere, so that its flows are tracked", () => {
    fc.assert(
      fc.property(nets, allowFor(1), (net, want) => {
        const written = planned(net, want)?.changes.map(({ rule }) => JSON.stringify(rule)) ?? [];
        expect(written.filter((text) => text.includes('"ingress"') && /"(0\.0\.0\.0|::)\/0"/.test(text))).toEqual([]);
      }),
      runs,
    );
  });

  it("may stop after any write: it is completed or withdrawn from there", () => {
    fc.assert(
      fc.property(nets, allowFor(1), fc.nat(), (net, want, cut) => {
        const opened = planned(net, want);
        fc.pre(opened !== undefined);
        const half = model.apply(net, opened.changes.slice(0, cut % opened.changes.length));
        expect(model.apply(half, planned(half, want)?.changes ?? [])).toEqual(opened.after);
        const closed = planned(half, withdrawOf(want));
        expect(closed && seen(closed.after)).toEqual(seen(net));
      }),
      runs,
    );
  });

  it("is independent of others on the same ports and sources, and of a lockdown", () => {
    fc.assert(
      fc.property(nets, allowFor(1), allowFor(2), lockdowns, (net, one, other, lockdown) => {
        const wants = [one, other, lockdown];
        let now = net;
        let inverse: readonly StoredChange[] = [];
        for (const want of wants) {
          const plan = planned(now, want);
          fc.pre(plan !== undefined);
          now = plan.after;
          if (want.kind === "lock-down") inverse = plan.inverse;
        }
        const closed = planned(now, withdrawOf(one));
        if (closed === undefined) throw new Error("a closing was refused");
        now = closed.after;
        expect(model.marked(now, seal).map(({ mark }) => mark.claim.id)).not.toContain(one.grantId);
        for (const { port: open, sources: granted } of other.ports)
          for (const destination of model.addresses(now, vm))
            for (const range of granted.filter((text) => text.includes(":") === destination.includes(":")))
              expect(allowedIn(model.reachable(now, { vm, destination, port: open, protocol: "tcp" }), range)).toBe(
                true,
              );
        now = planned(now, withdrawOf(other))?.after ?? now;
        expect(exposureOf(model, now, vm, lockdown.ports)).toEqual([]);
        now = planned(now, unlockOf(lockdown, inverse))?.after ?? now;
        expect(seen(now)).toEqual(seen(net));
      }),
      runs,
    );
  });

  it("stands alone: as it was planned it opens and closes exactly the same, whatever others have written meanwhile", () => {
    const writing = (wants: fc.Arbitrary<Want>) =>
      fc.record({
        other: wants,
        rule: permits,
        key: fc.constantFrom(...keys),
        verb: fc.constantFrom("put", "delete"),
      });
    /** Another grant or a lockdown, and an edit of somebody else's. */
    const meanwhile = (net: AwsNet, { other, rule: permit, key, verb }: Meanwhile) =>
      model.apply(planned(net, other)?.after ?? net, [{ object: key, verb, rule: { kind: "ingress", scope, permit } }]);
    fc.assert(
      fc.property(
        nets,
        allowFor(1),
        writing(fc.oneof(allowFor(2), lockdowns)),
        writing(allowFor(3)),
        (net, want, before, after) => {
          const opening = planned(net, want);
          fc.pre(opening !== undefined);
          expect(opening.changes.filter((change) => !model.standsAlone(change))).toEqual([]);
          const moved = meanwhile(net, before);
          expect(checkPlan(model, moved, want, opening.changes, seal)).toEqual({ ok: true });
          const opened = model.apply(moved, opening.changes);
          const closing = planned(opened, withdrawOf(want));
          if (closing === undefined) throw new Error("a closing was refused");
          expect(closing.changes.filter((change) => !model.standsAlone(change))).toEqual([]);
          expect(checkPlan(model, meanwhile(opened, after), withdrawOf(want), closing.changes, seal)).toEqual({
            ok: true,
          });
        },
      ),
      runs,
    );
  });

  it("is alone in that: a lockdown is planned on what is there when it is written", () => {
    fc.assert(
      fc.property(nets, lockdowns, (net, want) => {
        const first = planned(net, want);
        fc.pre(first !== undefined);
        expect(first.changes.filter(model.standsAlone)).toEqual([]);
      }),
      runs,
    );
  });

  it("moves its end by writing its mark anew, and nothing else", () => {
    fc.assert(
      fc.property(nets, allowFor(1), (net, want) => {
        const opened = planned(net, want);
        fc.pre(opened !== undefined);
        const longer = planned(opened.after, { ...want, end: "2026-01-31T11:00:00.000Z" as Allow["end"] });
        expect(longer?.changes.map(({ verb, rule }) => `${verb} ${rule.kind}`)).toEqual(["put group"]);
        expect(longer?.after.groups.find(({ name }) => name === grantGroupName(want.grantId))?.ingress).toEqual(
          opened.after.groups.find(({ name }) => name === grantGroupName(want.grantId))?.ingress,
        );
      }),
      runs,
    );
  });
});

describe("a grant that ends by revoking its rules", () => {
  const revoking = createAwsModel({ closing: "revoke" });
  const collectOf = (want: Allow): Withdraw => ({ ...withdrawOf(want), collect: true });
  const plannedBy = (net: AwsNet, want: Want) => {
    const plan = planned(net, want, revoking);
    if (plan === undefined) throw new Error("a closing was refused");
    return plan;
  };
  const opened = (net: AwsNet, want: Allow, cut: number) => {
    const plan = planned(net, want, revoking);
    fc.pre(plan !== undefined && plan.changes.length > 0);
    return model.apply(net, plan.changes.slice(0, 1 + (cut % plan.changes.length)));
  };

  it("lets nobody in from then on, wherever its opening stopped, and touches no interface", () => {
    fc.assert(
      fc.property(nets, allowFor(1), fc.nat(), (net, want, cut) => {
        const half = opened(net, want, cut);
        const closed = plannedBy(half, withdrawOf(want));
        for (const destination of model.addresses(net, vm))
          for (const at of [22, 3389].map(port)) {
            const flow = { vm, destination, port: at, protocol: "tcp" } as const;
            expect(sameVerdicts(model.reachable(closed.after, flow), model.reachable(net, flow))).toBe(true);
          }
        expect(closed.after.interfaces).toEqual(half.interfaces);
        expect(closed.changes.filter(({ rule }) => rule.kind === "membership")).toEqual([]);
        expect(plannedBy(closed.after, withdrawOf(want)).changes).toEqual([]);
      }),
      runs,
    );
  });

  it("keeps its empty group only where it is attached, says for how long, and leaves nothing once that is collected", () => {
    fc.assert(
      fc.property(nets, allowFor(1), fc.nat(), (net, want, cut) => {
        const closed = plannedBy(opened(net, want, cut), withdrawOf(want));
        const isAttached = closed.after.interfaces.some(({ groups }) => groups.some((key) => !keys.includes(key)));
        expect(revoking.keptFor?.(closed.after, withdrawOf(want), seal)).toBe(isAttached ? 43_200 : undefined);
        const collected = plannedBy(closed.after, collectOf(want));
        expect(seen(collected.after)).toEqual(seen(net));
        expect(revoking.keptFor?.(collected.after, collectOf(want), seal)).toBeUndefined();
        expect(plannedBy(collected.after, collectOf(want)).changes).toEqual([]);
      }),
      runs,
    );
  });

  it("is independent of others, and of a lockdown that comes and goes while its group is kept", () => {
    fc.assert(
      fc.property(nets, allowFor(1), allowFor(2), lockdowns, (net, one, other, lockdown) => {
        const first = plannedBy(opened(net, one, 99), withdrawOf(one)).after;
        const second = planned(first, other, revoking);
        fc.pre(second !== undefined);
        const locked = planned(second.after, lockdown, revoking);
        fc.pre(locked !== undefined);
        const collected = plannedBy(locked.after, collectOf(one)).after;
        const closed = plannedBy(collected, withdrawOf(other)).after;
        expect(exposureOf(model, closed, vm, lockdown.ports)).toEqual([]);
        const unlocked = plannedBy(closed, unlockOf(lockdown, locked.inverse)).after;
        expect(seen(plannedBy(unlocked, collectOf(other)).after)).toEqual(seen(net));
      }),
      runs,
    );
  });
});

describe("who gets in to an instance", () => {
  it("is the union of all groups of the interface, asked one source at a time", () => {
    fc.assert(
      fc.property(nets, addressesOf("ipv4"), portRanges, (net, source, { first }) => {
        fc.pre(first > 0);
        const destination = Address.parse("10.0.0.1");
        const flow = { vm, destination, port: port(first), protocol: "tcp" } as const;
        const verdicts = net.interfaces[0]?.groups.flatMap((key) => {
          const alone = {
            ...net,
            interfaces: net.interfaces.map((one, i) => (i === 0 ? { ...one, groups: [key] } : one)),
          };
          return model.path(alone, flow, source).map(({ verdict }) => verdict);
        });
        const expected = (["allowed", "unknown"] as const).find((one) => verdicts?.includes(one)) ?? "denied";
        expect(model.path(net, flow, source)[0]?.verdict).toBe(expected);
      }),
      runs,
    );
  });
});
