import { msOf, plusMs, plusSeconds, SallyportError, seconds } from "@sallyport/contracts";
import type { GrantId } from "@sallyport/contracts";
import { isLive, objectsOf } from "@sallyport/domain";
import { aGrantId, anEvent, anEventId, gate } from "@sallyport/testkit";
import { anEnforcer, signer, throttled } from "./enforcer-under-test.conformance.ts";
import type { EnforcerUnderTest } from "./enforcer-under-test.conformance.ts";
import { settleGrant } from "./settle-grant.ts";

const HOME = "203.0.113.7";
const ELSEWHERE = "198.51.100.1";

async function opened(
  enforcer: EnforcerUnderTest,
  about: Parameters<EnforcerUnderTest["approved"]>[0] = {},
): Promise<GrantId> {
  await enforcer.locked();
  const id = await enforcer.approved(about);
  await enforcer.first.settleGrant(id);
  return id;
}

describe("settling a grant", () => {
  it("opens exactly what was asked, and tells it once it was read back", async () => {
    const enforcer = anEnforcer({ gates: ["nsg-subnet", "nsg-nic"] });
    const id = await opened(enforcer);
    expect([HOME, ELSEWHERE].map((source) => enforcer.reachable(source))).toEqual([true, false]);
    expect(await enforcer.grant(id)).toMatchObject({ state: "Open", objects: [gate("nsg-subnet"), gate("nsg-nic")] });
    expect(await enforcer.told()).toEqual(["access.granted", "lockdown.prepared", "lockdown.locked"]);
  });

  it("has the closing in the queue, and the objects in the row, before it writes anything", async () => {
    const enforcer = anEnforcer({ gates: ["nsg-subnet", "nsg-nic"] });
    await enforcer.locked();
    const id = await enforcer.approved();
    const seen: unknown[] = [];
    enforcer.trouble.beforeWrite = async () => {
      const row = await enforcer.grant(id);
      seen.push([enforcer.promised("RevokeGrant").length, row !== undefined && isLive(row) && objectsOf(row)]);
    };
    await enforcer.first.settleGrant(id);
    const known = [1, [gate("nsg-subnet"), gate("nsg-nic")]];
    expect(seen).toEqual([known, known]);
  });

  it("does nothing more for one that is open, and nothing at all for one that is not known or over", async () => {
    const enforcer = anEnforcer();
    const id = await opened(enforcer);
    const [writes, before] = [enforcer.cloud.writes().length, await enforcer.told()];
    await enforcer.first.settleGrant(id);
    await enforcer.first.settleGrant(aGrantId(99));
    await enforcer.clock.pass(7_200_000);
    await enforcer.first.settleGrant(id);
    const ended = [enforcer.cloud.writes().length, await enforcer.told()];
    await enforcer.first.settleGrant(id);
    expect(ended).toEqual([writes + 1, ["access.granted", "access.revoked", ...before.slice(1)]]);
    expect([enforcer.cloud.writes().length, await enforcer.told()]).toEqual(ended);
  });

  it("closes at its end, to the millisecond, and states in a signed receipt what was read back and who still gets in", async () => {
    const enforcer = anEnforcer();
    const id = await opened(enforcer);
    const other = await enforcer.approved({
      grantId: aGrantId(2),
      duration: 9000,
      ports: [{ port: 22, sources: [ELSEWHERE] }],
    });
    await enforcer.first.settleGrant(other);
    await enforcer.clock.pass(7_199_999);
    await enforcer.first.settleGrant(id);
    expect(enforcer.reachable(HOME)).toBe(true);
    await enforcer.clock.pass(1);
    await enforcer.first.settleGrant(id);
    expect([HOME, ELSEWHERE].map((source) => enforcer.reachable(source))).toEqual([false, true]);
    const row = await enforcer.grant(id);
    if (row?.state !== "Closed") throw new Error("not closed");
    expect(row.receipt).toMatchObject({
      reason: "expired",
      readBack: [gate("nsg")],
      stillOpen: [{ port: 22, sources: [`${ELSEWHERE}/32`], by: expect.stringContaining(`allow-${other}`) as string }],
    });
    expect(signer.verifiesReceipt(row.receipt)).toBe(true);
  });

  it("tells closed only when the cloud shows it: what is still there is taken away again", async () => {
    const enforcer = anEnforcer();
    const id = await opened(enforcer);
    await enforcer.clock.pass(7_200_000);
    const open = enforcer.cloud.net();
    let reads = 0;
    enforcer.trouble.beforeRead = () => {
      // After the first write the cloud shows the rule once more.
      if ((reads += 1) === 2) enforcer.cloud.change(() => open);
    };
    await enforcer.first.settleGrant(id);
    expect(enforcer.reachable(HOME)).toBe(false);
    expect(await enforcer.grant(id)).toMatchObject({ state: "Closed" });
  });

  it("withdraws at every object it remembers, although the VM does not stand behind it any more", async () => {
    const enforcer = anEnforcer();
    const id = await opened(enforcer);
    enforcer.cloud.change((net) => ({ ...net, vms: {} }));
    await enforcer.first.onRevoked(
      anEvent({
        type: "sallyport.access.revocation-requested.v1",
        data: { vm: enforcer.vm, grantId: id, reason: "given-back", at: enforcer.clock.now() },
      } as never),
    );
    await enforcer.first.settleGrant(id);
    expect(enforcer.cloud.net().gates[gate("nsg")]?.map(({ name }) => name)).toEqual(["deny"]);
    expect(await enforcer.grant(id)).toMatchObject({ state: "Closed", reason: "given-back" });
  });

  it("puts back what somebody took away while it is open, as soon as anything asks, and tells of it", async () => {
    const enforcer = anEnforcer();
    const id = await opened(enforcer);
    const name = `allow-${id}`;
    enforcer.cloud.change((net) => ({
      ...net,
      gates: { [gate("nsg")]: (net.gates[gate("nsg")] ?? []).filter((one) => one.name !== name) },
    }));
    expect(enforcer.reachable(HOME)).toBe(false);
    await enforcer.first.settleGrant(id);
    expect(enforcer.reachable(HOME)).toBe(true);
    expect((await enforcer.told()).slice(0, 2)).toEqual(["access.granted", "access.drift-detected"]);
  });
});

describe("a grant that is closed while it is being opened", () => {
  it("is withdrawn at once, and never told open", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const id = await enforcer.approved();
    enforcer.trouble.beforeWrite = async () => {
      delete enforcer.trouble.beforeWrite;
      await enforcer.first.onRevoked(
        anEvent({
          type: "sallyport.access.revocation-requested.v1",
          data: { vm: enforcer.vm, grantId: id, reason: "given-back", at: enforcer.clock.now() },
        } as never),
      );
    };
    await enforcer.first.settleGrant(id);
    expect(enforcer.reachable(HOME)).toBe(false);
    expect(await enforcer.grant(id)).toMatchObject({ state: "Closed", reason: "given-back" });
    expect((await enforcer.told()).filter((type) => type.startsWith("access"))).toEqual(["access.revoked"]);
  });
});

describe("a step that fails for the moment", () => {
  it("is tried again when the row says so, no sooner than the cloud asked, and not once more before", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const id = await enforcer.approved();
    let calls = 0;
    enforcer.trouble.beforeWrite = () => {
      calls += 1;
      throw throttled(20_000);
    };
    await enforcer.first.settleGrant(id);
    const next = plusSeconds(enforcer.clock.now(), 20);
    expect(await enforcer.grant(id)).toMatchObject({
      state: "Opening",
      tries: 1,
      nextTry: next,
      lastFault: "azure.throttled: slow down",
    });
    expect(enforcer.promised("OpenGrant").map(({ due }) => due)).toContain(msOf(next));
    expect(calls).toBe(1);
    delete enforcer.trouble.beforeWrite;
    await enforcer.first.settleGrant(id);
    expect(await enforcer.grant(id)).toMatchObject({ state: "Open", tries: 0 });
  });

  it("of an opening that is refused for good ends it, saying why", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const id = await enforcer.approved();
    enforcer.trouble.beforeWrite = () => {
      throw new SallyportError({ code: "azure.refused", detail: "a policy of the tenant forbids it" });
    };
    await enforcer.first.settleGrant(id);
    expect(await enforcer.grant(id)).toMatchObject({
      state: "Failed",
      reasons: [{ code: "azure.refused", detail: "a policy of the tenant forbids it" }],
    });
    expect((await enforcer.told())[0]).toBe("access.failed");
  });

  it("of an opening past its end withdraws what was written, and fails naming what stood in the way", async () => {
    const enforcer = anEnforcer({ gates: ["nsg-subnet", "nsg-nic"] });
    await enforcer.locked();
    const id = await enforcer.approved();
    let writes = 0;
    enforcer.trouble.beforeWrite = () => {
      if ((writes += 1) === 2) throw throttled();
    };
    await enforcer.first.settleGrant(id);
    expect(enforcer.cloud.net().gates[gate("nsg-subnet")]?.map(({ name }) => name)).toContain(`allow-${id}`);
    await enforcer.clock.pass(7_215_000);
    await enforcer.first.settleGrant(id);
    expect(enforcer.cloud.net().gates[gate("nsg-subnet")]?.map(({ name }) => name)).toEqual(["deny"]);
    expect(await enforcer.grant(id)).toMatchObject({
      state: "Failed",
      reasons: [{ code: "grant.too-late", detail: expect.stringContaining("azure.throttled") as string }],
    });
    expect((await enforcer.told()).filter((type) => type.startsWith("access"))).toEqual(["access.failed"]);
  });

  it("by being slower than its end closes again what it opened, and is never told open", async () => {
    const enforcer = anEnforcer({ writeMs: 10_000 });
    const locking = enforcer.locked();
    await enforcer.clock.pass(10_000);
    await locking;
    const id = await enforcer.approved();
    await enforcer.clock.pass(7_210_000);
    const settling = enforcer.first.settleGrant(id);
    await enforcer.clock.pass(30_000);
    await settling;
    expect(enforcer.reachable(HOME)).toBe(false);
    expect(await enforcer.grant(id)).toMatchObject({ state: "Failed", reasons: [{ code: "grant.too-late" }] });
    expect((await enforcer.told()).filter((type) => type.startsWith("access"))).toEqual(["access.failed"]);
  });

  it("of a closing comes again for ever, told overdue exactly once, and is closed when the cloud is back", async () => {
    const enforcer = anEnforcer();
    const id = await opened(enforcer);
    await enforcer.clock.pass(7_200_000);
    enforcer.trouble.beforeWrite = () => {
      throw throttled();
    };
    for (let n = 1; n <= 30; n++) {
      await enforcer.first.settleGrant(id);
      const row = await enforcer.grant(id);
      if (row?.state !== "Closing") throw new Error("not closing");
      expect(row.tries).toBe(n);
      expect(enforcer.promised("RevokeGrant").map(({ due }) => due)).toContain(msOf(row.nextTry));
      await enforcer.clock.pass(msOf(row.nextTry) - msOf(enforcer.clock.now()));
    }
    delete enforcer.trouble.beforeWrite;
    await enforcer.first.settleGrant(id);
    expect(enforcer.reachable(HOME)).toBe(false);
    expect((await enforcer.told()).filter((type) => type.startsWith("access"))).toEqual([
      "access.granted",
      "access.overdue",
      "access.revoked",
    ]);
  });

  it("of a closing counts as overdue only after what a write of its slowest object takes (P15)", async () => {
    const enforcer = anEnforcer();
    const id = await opened(enforcer);
    const { deps } = enforcer.first;
    const slow = { ...deps, model: { ...deps.model, writeTime: () => seconds(800) } };
    enforcer.trouble.beforeWrite = () => {
      throw throttled();
    };
    const settledAfter = async (ms: number) => {
      await enforcer.clock.pass(ms);
      await settleGrant(slow, id);
      return enforcer.grant(id);
    };
    expect(await settledAfter(7_230_000)).toMatchObject({ state: "Closing", overdue: false });
    expect(await settledAfter(780_000)).toMatchObject({ state: "Closing", overdue: true });
  });

  it.each<[string, unknown]>([
    ["refused for good", new SallyportError({ code: "azure.refused", detail: "no" })],
    ["a defect of ours", new TypeError("x is undefined")],
  ])("of a closing comes again also when it is %s, and is told overdue", async (_, fault) => {
    const enforcer = anEnforcer();
    const id = await opened(enforcer);
    await enforcer.clock.pass(7_230_000);
    enforcer.trouble.beforeWrite = () => {
      throw fault;
    };
    await enforcer.first.settleGrant(id);
    const row = await enforcer.grant(id);
    if (row?.state !== "Closing") throw new Error("not closing");
    expect(row).toMatchObject({ overdue: true, tries: 1 });
    expect(enforcer.promised("RevokeGrant").map(({ due }) => due)).toContain(msOf(row.nextTry));
    expect(enforcer.said).toHaveLength(1);
    delete enforcer.trouble.beforeWrite;
    await enforcer.first.settleGrant(id);
    expect(await enforcer.grant(id)).toMatchObject({ state: "Closed" });
  });

  it("by a defect of ours is said as an error, with what was thrown", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const id = await enforcer.approved();
    const bug = new TypeError("x is undefined");
    enforcer.trouble.beforeRead = () => {
      throw bug;
    };
    await enforcer.first.settleGrant(id);
    expect(enforcer.said).toMatchObject([{ level: "error", fields: { code: "internal.bug", error: bug, id } }]);
    expect(await enforcer.grant(id)).toMatchObject({
      state: "Approved",
      tries: 1,
      lastFault: "internal.bug: x is undefined",
    });
  });

  it("because the records are away is left to the job, which comes again", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const id = await enforcer.approved();
    enforcer.trouble.beforeRead = () => {
      throw new SallyportError({ code: "backbone.unavailable", detail: "away" });
    };
    await expect(enforcer.first.settleGrant(id)).rejects.toMatchObject({ code: "backbone.unavailable" });
    expect(await enforcer.grant(id)).toMatchObject({ state: "Approved", tries: 0 });
  });
});

describe("a grant that was opened while its port was not closed yet", () => {
  it("gets its rule once the lockdown is in place, and nobody is told of drift", async () => {
    const enforcer = anEnforcer({ writeMs: 1000 });
    const locking = enforcer.locked();
    await enforcer.clock.pass(500);
    const id = await enforcer.approved();
    await enforcer.first.settleGrant(id);
    expect(await enforcer.grant(id)).toMatchObject({ state: "Open", objects: [] });
    await enforcer.clock.pass(1500);
    await locking;
    expect(enforcer.reachable(HOME)).toBe(false);
    expect(enforcer.promised("OpenGrant").map(({ due }) => due)).toContain(msOf(plusMs(enforcer.clock.now(), -1000)));
    const settling = enforcer.first.settleGrant(id);
    await enforcer.clock.pass(2000);
    await settling;
    expect([HOME, ELSEWHERE].map((source) => enforcer.reachable(source))).toEqual([true, false]);
    expect(await enforcer.told()).not.toContain("access.drift-detected");
    expect(await enforcer.grant(id)).toMatchObject({ state: "Open", objects: [gate("nsg")] });
  });
});

describe("an extension", () => {
  it("is told once the new end was read back; the first end passes, the second closes", async () => {
    const enforcer = anEnforcer();
    const id = await opened(enforcer);
    const row = await enforcer.grant(id);
    if (row?.state !== "Open") throw new Error("not open");
    const notAfter = plusSeconds(enforcer.clock.now(), 9000);
    const data = { access: row.access, approvedAt: enforcer.clock.now(), notAfter, extends: true };
    await enforcer.first.onApproved(anEvent({ type: "sallyport.access.approved.v1", data }, { id: anEventId(8) }));
    await enforcer.first.settleGrant(id);
    await enforcer.clock.pass(7_215_000);
    await enforcer.first.settleGrant(id);
    expect(enforcer.reachable(HOME)).toBe(true);
    const marks = enforcer.cloud
      .net()
      .gates[gate("nsg")]?.flatMap(({ mark }) => (mark?.claim.kind === "grant" ? [mark.claim.end] : []));
    expect(marks).toEqual([notAfter]);
    await enforcer.clock.pass(1_785_000);
    await enforcer.first.settleGrant(id);
    expect(enforcer.reachable(HOME)).toBe(false);
    expect((await enforcer.told()).filter((type) => type.startsWith("access"))).toEqual([
      "access.granted",
      "access.extended",
      "access.revoked",
    ]);
  });
});
