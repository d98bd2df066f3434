import { GroupId, PrincipalId, plusSeconds } from "@sallyport/contracts";
import type { Instant, Principal } from "@sallyport/contracts";
import { aPolicy, aPrincipal, anAccess } from "@sallyport/testkit";
import fc from "fast-check";
import { hearWord } from "./hear-word.ts";
import type { Decision } from "../rbac/evaluate.ts";
import type { Heard, WaitsForPeople, WhoAgrees } from "./hear-word.ts";

const now = "2026-01-31T08:00:00.000Z" as Instant;
const no: Decision = { allowed: false, missing: [{ code: "auth.forbidden", detail: "not in the group" }] };
const key: Principal = { id: PrincipalId.parse("key:0193a5e47c0070008000000000000b07") };
const alice = aPrincipal();
/** Alice asks; Bob, Carol and Dave may approve, Mallory may not. */
const people = ["alice", "bob", "carol", "dave", "mallory"].map((name) => aPrincipal(name));
const approvers = new Set(["alice", "bob", "carol", "dave"].map((name) => aPrincipal(name).id));
const standing = new Map(
  [...people, key].map(({ id }) => [id, approvers.has(id) || id === key.id ? { allowed: true as const } : no]),
);

const waiting = (rule: Partial<WhoAgrees> = {}, waitsUntil = plusSeconds(now, 600)): WaitsForPeople => ({
  given: [],
  rule: { needed: 1, selfApproval: false, ...rule },
  waitsUntil,
});
const circumstances = { access: anAccess(), policy: undefined, standing, now };
const say = (by: Principal, approved = true, comment?: string) => ({ by, approved, comment, at: now });

/** What becomes of it after these yeses, one after the other, up to a decision. */
function after(waits: WaitsForPeople, speakers: readonly Principal[]): Heard {
  let heard: Heard = { kind: "wait", given: [], counting: [], rule: waits.rule };
  for (const by of speakers) {
    if (heard.kind !== "wait") break;
    heard = hearWord({ ...waits, given: [...heard.given] }, say(by), circumstances);
  }
  return heard;
}

describe("hearing a word", () => {
  it("agrees with the last of as many people as are needed, and names them", () => {
    expect(after(waiting({ needed: 2 }), [aPrincipal("bob")])).toMatchObject({
      kind: "wait",
      counting: [{ by: { displayName: "bob" } }],
    });
    expect(after(waiting({ needed: 2 }), [aPrincipal("bob"), aPrincipal("carol")])).toEqual({
      kind: "agreed",
      approvals: [aPrincipal("bob"), aPrincipal("carol")].map((by) => ({ by, at: now })),
    });
  });

  it("counts who says it twice once", () =>
    expect(after(waiting({ needed: 2 }), [aPrincipal("bob"), aPrincipal("bob")]).kind).toBe("wait"));

  it("does not count the requester, unless the policy takes their own yes", () => {
    expect(after(waiting(), [alice]).kind).toBe("wait");
    expect(after(waiting({ selfApproval: true }), [alice]).kind).toBe("agreed");
    expect(after(waiting({ selfApproval: true, needed: 2 }), [alice, alice]).kind).toBe("wait");
  });

  it("does not count the one who asked for somebody else either", () => {
    const access = anAccess({ principal: aPrincipal("zoe"), requestedBy: alice });
    expect(hearWord(waiting(), say(alice), { ...circumstances, access }).kind).toBe("wait");
  });

  it("never counts a machine, whatever its rights", () => {
    expect(after(waiting(), [key]).kind).toBe("wait");
    expect(hearWord(waiting(), say(key, false), circumstances).kind).toBe("wait");
  });

  it("never counts a program that signed in as itself, whatever its rights, and whether or not they can be looked up", () => {
    const bot: Principal = { ...aPrincipal("bob"), kind: "service" };
    expect(after(waiting(), [bot]).kind).toBe("wait");
    expect(hearWord(waiting(), say(bot, false), circumstances).kind).toBe("wait");
    const unknown: Decision = { allowed: false, missing: [{ code: "rbac.lookup-failed", detail: "try again" }] };
    const silent = { ...circumstances, standing: new Map([[bot.id, unknown]]) };
    for (const by of [bot, key]) expect(hearWord(waiting(), say(by, false), silent).kind).toBe("wait");
  });

  it("does not count who may not approve, neither a yes nor a no", () => {
    expect(after(waiting(), [aPrincipal("mallory")]).kind).toBe("wait");
    expect(hearWord(waiting(), say(aPrincipal("mallory"), false), circumstances).kind).toBe("wait");
    expect(hearWord(waiting(), say(aPrincipal("nobody")), circumstances).kind).toBe("wait");
  });

  it("ends it with one no, and passes on why", () => {
    const waits = { ...waiting({ needed: 2 }), given: [{ by: aPrincipal("carol"), at: now }] };
    expect(hearWord(waits, say(aPrincipal("bob"), false, "not tonight"), circumstances)).toMatchObject({
      kind: "deny",
      reasons: [{ code: "approval.denied", detail: "bob declined: not tonight" }],
    });
  });

  it("takes a no, and no yes, of somebody whose rights cannot be looked up", () => {
    const failed: Decision = { allowed: false, missing: [{ code: "rbac.lookup-failed", detail: "away" }] };
    const blind = { ...circumstances, standing: new Map([[aPrincipal("bob").id, failed]]) };
    expect(hearWord(waiting(), say(aPrincipal("bob"), false), blind).kind).toBe("deny");
    expect(hearWord(waiting(), say(aPrincipal("bob")), blind).kind).toBe("wait");
  });

  it("forgets no yes of somebody who lost the right, and counts it only while they have it", () => {
    const given = [{ by: aPrincipal("bob"), at: now }];
    const without = new Map([...standing, [aPrincipal("bob").id, no] as const]);
    const heard = hearWord({ ...waiting({ needed: 2 }), given }, say(aPrincipal("carol")), {
      ...circumstances,
      standing: without,
    });
    expect(heard).toMatchObject({ kind: "wait", given: [{}, {}], counting: [{ by: { displayName: "carol" } }] });
  });

  it("comes too late at the very instant until which it waits, and in time just before", () => {
    expect(hearWord(waiting({}, now), say(aPrincipal("bob")), circumstances)).toMatchObject({
      kind: "deny",
      reasons: [{ code: "approval.expired" }],
    });
    expect(hearWord(waiting({}, plusSeconds(now, 1)), say(aPrincipal("bob")), circumstances).kind).toBe("agreed");
  });

  it("goes by the policy of now; by the last that asked, when it asks for nobody any more", () => {
    const policyOf = (approval: object) => aPolicy({ approval: { required: true, waitAtMost: 600, ...approval } });
    const heard = (policy: ReturnType<typeof policyOf>) =>
      hearWord(waiting({ needed: 2, approvers: GroupId.parse("g") }), say(aPrincipal("bob")), {
        ...circumstances,
        policy,
      });
    expect(heard(policyOf({ needed: 3 }))).toMatchObject({ kind: "wait", rule: { needed: 3 } });
    expect(heard(policyOf({})).kind).toBe("agreed");
    expect(heard(policyOf({ required: false })).kind).toBe("wait");
  });

  const speakers = fc.array(fc.constantFrom(...people, key), { maxLength: 8 });
  const rules = fc.record({ needed: fc.integer({ min: 1, max: 4 }), selfApproval: fc.boolean() });

  it("never agrees with fewer than needed who may, each once and none for themselves (law)", () =>
    fc.assert(
      fc.property(speakers, rules, (said, rule) => {
        const heard = after(waiting(rule), said);
        const valid = new Set(
          said.filter(({ id }) => approvers.has(id) && (rule.selfApproval || id !== alice.id)).map(({ id }) => id),
        );
        expect(heard.kind).toBe(valid.size >= rule.needed ? "agreed" : "wait");
        if (heard.kind !== "agreed") return;
        const named = heard.approvals.map(({ by }) => by.id);
        expect(new Set(named).size).toBe(rule.needed);
        expect(named.every((id) => valid.has(id))).toBe(true);
      }),
    ));

  it("never depends on the order in which they speak (law)", () =>
    fc.assert(
      fc.property(
        speakers.chain((said) => fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length }))),
        rules,
        ([said, shuffled], rule) => {
          const [one, other] = [after(waiting(rule), said), after(waiting(rule), shuffled)];
          expect(one.kind).toBe(other.kind);
          const counting = (heard: Heard) =>
            heard.kind === "wait" ? new Set(heard.counting.map(({ by }) => by.id)) : undefined;
          expect(counting(one)).toEqual(counting(other));
        },
      ),
    ));
});
