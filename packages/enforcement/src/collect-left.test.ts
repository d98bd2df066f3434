import { nothingOwed } from "@sallyport/backbone";
import { ObjectId, plusSeconds, refusal } from "@sallyport/contracts";
import type { GrantId } from "@sallyport/contracts";
import { collected, isLeaving } from "@sallyport/domain";
import { aGrantId, anAccess } from "@sallyport/testkit";
import { makeRoom } from "./collect-left.ts";
import { anEnforcer, signer } from "./enforcer-under-test.conformance.ts";

const [first, second] = ["eni-00000000000000001", "eni-00000000000000002"].map((id) => ObjectId.parse(id));
const full = (object: ObjectId | undefined) => [
  refusal("network.quota", "full", object === undefined ? {} : { object }),
];

/** Closed grants of one VM, the n-th with something left at `at[n]`, to go in the order of their numbers. */
async function leaving(...at: readonly (ObjectId | undefined)[]) {
  const { grants, clock, vm } = anEnforcer();
  for (const [n, object] of at.entries()) {
    const access = anAccess({ vm, grantId: aGrantId(n + 1) });
    const until = plusSeconds(clock.now(), 3600 + n);
    const entry = await grants.load(access.grantId);
    await grants.commit(
      entry,
      {
        state: "Closed",
        access,
        reason: "expired",
        receipt: signer.signReceipt({
          grantId: access.grantId,
          closedAt: clock.now(),
          reason: "expired",
          readBack: [],
          stillOpen: [],
        }),
        at: clock.now(),
        left: { objects: object === undefined ? [] : [object], until },
      },
      nothingOwed,
    );
  }
  const gone: GrantId[] = [];
  const settle = async (id: GrantId) => {
    const entry = await grants.load(id);
    if (entry.value === undefined || !isLeaving(entry.value)) throw new Error("nothing is left of it");
    expect(entry.value.left.until).toBe(clock.now());
    gone.push(id);
    await grants.commit(entry, collected(entry.value, undefined).next, nothingOwed);
  };
  return { gone, makeRoom: (refusals = full(second)) => makeRoom({ grants, clock }, vm, refusals, settle) };
}

describe("room for a grant", () => {
  it("is made where it is lacking, by what would go first there, and nowhere else", async () => {
    const room = await leaving(first, second, second);
    expect(await room.makeRoom()).toBe(true);
    expect(room.gone).toEqual([aGrantId(2)]);
  });

  it("is not made where nothing is left, nor for a refusal that names no place or another reason", async () => {
    const room = await leaving(first);
    expect(await room.makeRoom()).toBe(false);
    expect(await room.makeRoom(full(undefined))).toBe(false);
    expect(
      await room.makeRoom([refusal("network.shadowed", "decides", first === undefined ? {} : { object: first })]),
    ).toBe(false);
    expect(room.gone).toEqual([]);
  });
});
