import { plusSeconds, seconds } from "@sallyport/contracts";
import type { Instant, Refusal } from "@sallyport/contracts";
import type { Decision } from "@sallyport/domain";
import { aPolicy, aPrincipal, aProfile, aVm, anAccess, anEventId } from "@sallyport/testkit";
import { decideApproved, decideExtension, decideRequest } from "./decide.ts";
import type { Gathered, Verdict } from "./decide.ts";
import type { ApprovedRow } from "./tables.ts";

const now = "2026-01-31T08:00:00.000Z" as Instant;
const yes: Decision = { allowed: true };
const no = (object: string): Decision => {
  const missing: Refusal = { code: "rbac.missing-action", detail: "x", object };
  return { allowed: false, missing: [missing] };
};
const there = (profile = aProfile(), requesterMay: Decision = yes) => ({
  state: "There" as const,
  profile,
  requesterMay,
});
const mayNot = { vm: there(aProfile(), no("rg")) };
const gathered = (about: Partial<Gathered> = {}): Gathered => ({
  vm: there(),
  policy: { vm: aVm(), version: 1, policy: aPolicy() },
  limits: { shortest: seconds(300), longest: seconds(86_400) },
  now,
  ...about,
});
const policyOf = (about: Parameters<typeof aPolicy>[0]) => ({ vm: aVm(), version: 1, policy: aPolicy(about) });
const asksApproval = policyOf({ approval: { required: true, waitAtMost: 600 } });
const codes = (verdict: Verdict) => (verdict.kind === "deny" ? verdict.reasons.map(({ code }) => code) : verdict.kind);

describe("deciding a request", () => {
  it("fixes the latest end: approval, the path's opening time, then the time asked for", () => {
    const verdict = decideRequest(
      anAccess({ duration: 7200 }),
      gathered({ vm: there(aProfile({ openingTime: 384 })) }),
    );
    expect(verdict).toEqual({ kind: "approve", notAfter: plusSeconds(now, 384 + 7200) });
  });

  it("takes an end that was asked for as the latest end, however late it is approved", () => {
    const endTime = plusSeconds(now, 3600);
    expect(decideRequest(anAccess({ duration: 7200, endTime }), gathered())).toEqual({
      kind: "approve",
      notAfter: endTime,
    });
  });

  it("names everything that is missing and everything the policy has against it, at once", () => {
    const verdict = decideRequest(anAccess({ duration: 10_801 }), gathered(mayNot));
    expect(codes(verdict)).toEqual(["rbac.missing-action", "policy.duration-too-long"]);
  });

  it("asks for approval where the policy does, for as long as the policy waits", () =>
    expect(decideRequest(anAccess(), gathered({ policy: asksApproval }))).toEqual({
      kind: "ask-approval",
      waitsUntil: plusSeconds(now, 600),
      rule: asksApproval.policy.approval,
    }));

  it("asks nobody's approval for what is refused anyway", () =>
    expect(codes(decideRequest(anAccess(), gathered({ policy: asksApproval, ...mayNot })))).toEqual([
      "rbac.missing-action",
    ]));

  it("opens nothing new in a scope that is withdrawn, whatever roles there are, and names it (S30)", () => {
    const vm = { ...there(), withdrawnAt: now };
    expect(decideRequest(anAccess(), gathered({ vm, policy: asksApproval }))).toMatchObject({
      kind: "deny",
      reasons: [{ code: "scope.not-enrolled", object: aProfile().scope }],
    });
    expect(codes(decideApproved({ access: anAccess() }, gathered({ vm })))).toEqual(["scope.not-enrolled"]);
  });

  it.each([
    ["vm.gone", { vm: { state: "Gone" as const, at: now } }],
    ["policy.removed", { policy: { vm: aVm(), version: 2 } }],
    ["policy.none", { policy: undefined }],
  ])("refuses with %s, whatever roles there are", (code, about) =>
    expect(codes(decideRequest(anAccess(), gathered(about)))).toEqual([code]),
  );
});

describe("deciding a request that comes late", () => {
  const late = (s: number, duration: number) =>
    codes(decideRequest(anAccess({ duration, requestedAt: plusSeconds(now, -s) }), gathered()));

  it("lets nobody in once the time that was asked for has passed, and an hour at least", () => {
    expect(late(7199, 7200)).toBe("approve");
    expect(late(7200, 7200)).toEqual(["policy.end-in-the-past"]);
    expect(late(3599, 300)).toBe("approve");
    expect(late(3600, 300)).toEqual(["policy.end-in-the-past"]);
  });
});

describe("deciding once enough people have agreed", () => {
  it("counts the time from now", () =>
    expect(decideApproved({ access: anAccess({ duration: 7200 }) }, gathered({ policy: asksApproval }))).toEqual({
      kind: "approve",
      notAfter: plusSeconds(now, 7215),
    }));

  it("asks roles and policy again: what was withdrawn since the request counts (P49)", () => {
    const decide = (about: Partial<Gathered>) => codes(decideApproved({ access: anAccess() }, gathered(about)));
    expect(decide(mayNot)).toEqual(["rbac.missing-action"]);
    const narrower = policyOf({ ports: [{ port: 22, allowedSources: ["10.0.0.0/8"], maxDuration: 10_800 }] });
    expect(decide({ policy: narrower })).toEqual(["policy.source-not-covered"]);
  });
});

describe("deciding an extension", () => {
  const openedAt = plusSeconds(now, -3600);
  const row: ApprovedRow = {
    access: anAccess(),
    requestEventId: "e",
    correlationId: "c",
    state: "Approved",
    openedAt,
    end: plusSeconds(now, 3600),
    answered: [],
  };
  const ask = (openUntil: Instant, by = aPrincipal()) => ({ by, openUntil });
  const later = plusSeconds(now, 5400);

  it("lets the grant go on until what was asked", () =>
    expect(decideExtension(row, ask(later), gathered())).toEqual({ kind: "approve", notAfter: later }));

  it("counts the whole time that the door is open against the policy", () => {
    expect(codes(decideExtension(row, ask(plusSeconds(openedAt, 10_800)), gathered()))).toBe("approve");
    expect(codes(decideExtension(row, ask(plusSeconds(openedAt, 10_801)), gathered()))).toEqual([
      "policy.duration-too-long",
    ]);
  });

  it("is refused when less is left than it takes to write the new end", () => {
    const left = (s: number) => ({ ...row, end: plusSeconds(now, s) });
    expect(codes(decideExtension(left(14), ask(later), gathered()))).toEqual(["grant.too-late"]);
    expect(codes(decideExtension(left(15), ask(later), gathered()))).toBe("approve");
  });

  it("is the holder's alone to ask", () =>
    expect(codes(decideExtension(row, ask(later, aPrincipal("bob")), gathered()))).toEqual(["auth.forbidden"]));

  it("is refused before the door is open, and to no later end", () => {
    const { openedAt: _, ...closed } = row;
    expect(codes(decideExtension(closed, ask(later), gathered()))).toEqual(["request.conflict"]);
    expect(codes(decideExtension(row, ask(row.end), gathered()))).toEqual(["request.invalid"]);
  });

  it("waits for people where the policy asks for them, and no longer than a new end can be written", () => {
    const waits = (patience: number) =>
      decideExtension(
        row,
        ask(later),
        gathered({ policy: policyOf({ approval: { required: true, waitAtMost: patience } }) }),
      );
    expect(waits(600)).toMatchObject({ kind: "ask-approval", waitsUntil: plusSeconds(now, 600) });
    expect(waits(7200)).toMatchObject({ kind: "ask-approval", waitsUntil: plusSeconds(row.end, -15) });
  });

  it("is approved once they have agreed, and refused while another one waits for them", () => {
    const asking = gathered({ policy: asksApproval });
    expect(codes(decideExtension(row, ask(later), asking, true))).toBe("approve");
    const extension = {
      id: anEventId(9),
      ...ask(later),
      waitsUntil: row.end,
      given: [],
      rule: { needed: 1, selfApproval: false },
    };
    expect(codes(decideExtension({ ...row, extension }, ask(later), asking))).toEqual(["request.conflict"]);
  });

  it("asks roles again, and is refused on a removed policy", () => {
    expect(codes(decideExtension(row, ask(later), gathered(mayNot)))).toEqual(["rbac.missing-action"]);
    expect(codes(decideExtension(row, ask(later), gathered({ policy: { vm: aVm(), version: 2 } })))).toEqual([
      "policy.removed",
    ]);
  });
});
