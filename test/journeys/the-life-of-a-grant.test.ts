import { usualEnforcerSettings } from "@sallyport/enforcement";
import { SMALL } from "@sallyport/simulator";
import { SURVEY_MS } from "./a-system.ts";
import { RECONCILED_MS, SOON_MS, aJourney, firstGrantOf } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { GUEST, STRANGER, azureEstate, estates } from "./estates.ts";
import { neighbourWrites } from "./neighbours.ts";
import type { Person } from "./people.ts";

const decide = (journey: Journey, as: Person, requestId: string, word: "approve" | "deny") =>
  journey.call(as, "POST", `/v1/access-requests/${requestId}/${word}`, {
    headers: { "idempotency-key": crypto.randomUUID() },
  });
const extend = (journey: Journey, id: string, duration: string) =>
  journey.call("alice", "POST", `/v1/grants/${id}/extend`, {
    headers: { "idempotency-key": crypto.randomUUID() },
    body: { duration },
  });
const giveBack = (journey: Journey, as: Person, id: string) => journey.call(as, "DELETE", `/v1/grants/${id}`);

describe.each(estates)("the life of a grant, on %s", (cloud, estate) => {
  it("is closed, opened for one, closed again (S5–S7)", async () => {
    const journey = await aJourney(estate);
    expect(journey.getsIn(estate.insider)).toBe(true);
    await journey.underJit();
    expect([estate.insider, GUEST].map((source) => journey.getsIn(source))).toEqual([false, false]);
    const { status, ways } = await journey.opened();
    expect(status).toBe("Open");
    expect(ways.map(({ port }) => port)).toContain(22);
    expect([estate.insider, GUEST, STRANGER].map((source) => journey.getsIn(source))).toEqual([false, true, false]);
    await journey.pass(600_000);
    expect([estate.insider, GUEST].map((source) => journey.getsIn(source))).toEqual([false, false]);
    await journey.removePolicy();
    expect([estate.insider, GUEST].map((source) => journey.getsIn(source))).toEqual([true, false]);
    expect(journey.complaints).toEqual([]);
  });

  it("goes on when it is extended, and ends at its new end", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const openTimes = journey.watch(GUEST);
    const { id, expiresAt = "" } = await journey.opened();
    expect((await extend(journey, id, "PT20M")).status).toBe(202);
    await journey.pass(SOON_MS);
    const later = await journey.grant(id);
    expect(later).toMatchObject({ status: "Open", extension: { status: "Extended" } });
    expect(Date.parse(later.expiresAt ?? "")).toBe(Date.parse(expiresAt) + 1_200_000);
    await journey.pass(600_000);
    expect(journey.getsIn(GUEST)).toBe(true);
    await journey.pass(1_200_000);
    expect(journey.getsIn(GUEST)).toBe(false);
    expect(openTimes()).toHaveLength(1);
    expect(await journey.grant(id)).toMatchObject({ status: "Closed" });
  });

  it("is not extended beyond what the policy allows, and ends when it would have", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ ports: [{ port: 22, maxDuration: "PT15M" }] });
    const { id } = await journey.opened();
    const refused = await extend(journey, id, "PT20M");
    expect([refused.status, refused.body.code]).toEqual([422, "policy.duration-too-long"]);
    await journey.pass(600_000);
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("ends when its holder gives it back, or an administrator takes it, and not at a colleague's word", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const mine = await journey.opened();
    const other = await journey.opened({ sources: [STRANGER] });
    expect((await giveBack(journey, "carol", mine.id)).status).toBe(403);
    expect((await giveBack(journey, "alice", mine.id)).status).toBe(202);
    expect((await giveBack(journey, "bob", other.id)).status).toBe(202);
    await journey.pass(SOON_MS);
    expect([GUEST, STRANGER].map((source) => journey.getsIn(source))).toEqual([false, false]);
    expect(await journey.grant(mine.id)).toMatchObject({ status: "Closed", receipt: { reason: "given-back" } });
    expect(await journey.grant(other.id)).toMatchObject({ receipt: { reason: "revoked-by-administrator" } });
  });

  it("never opens when it was given back before it was opened", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const openTimes = journey.watch(GUEST);
    journey.holdAt(
      ({ port, fn, phase, args: [event] }) =>
        port === "bus" && fn === "subscribe.handler" && phase === "before" && isApproval(event),
    );
    const id = firstGrantOf(await journey.ask());
    await journey.pass(SOON_MS);
    expect(journey.held()).toBeGreaterThan(0);
    expect((await giveBack(journey, "alice", id)).status).toBe(202);
    journey.kill();
    await journey.start();
    await journey.pass(RECONCILED_MS);
    expect(["Closed", "Failed"]).toContain((await journey.grant(id)).status);
    expect(journey.getsIn(GUEST)).toBe(false);
    for (const { from, to } of openTimes()) expect(Date.parse(to ?? "") - Date.parse(from)).toBeLessThan(SOON_MS);
  });

  it("waits for another person's approval, whom the requester cannot be", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: { required: true } });
    journey.people.grant("alice", ["*"]);
    const { requestId, id, status } = await journey.opened();
    expect(status).toBe("AwaitingApproval");
    expect(journey.getsIn(GUEST)).toBe(false);
    expect((await decide(journey, "alice", requestId, "approve")).status).toBe(403);
    expect((await decide(journey, "carol", requestId, "approve")).status).toBe(403);
    expect((await decide(journey, "bob", requestId, "approve")).status).toBe(202);
    await journey.pass(SOON_MS);
    expect(await journey.grant(id)).toMatchObject({ status: "Open" });
    expect(journey.getsIn(GUEST)).toBe(true);
  });

  it("is refused when the approver declines, or nobody answers in time", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: { required: true, waitAtMost: "PT30M" } });
    const declined = await journey.opened();
    expect((await decide(journey, "bob", declined.requestId, "deny")).status).toBe(202);
    const forgotten = await journey.opened();
    await journey.pass(1_800_000);
    expect(await journey.grant(declined.id)).toMatchObject({
      status: "Denied",
      reasons: [{ code: "approval.denied" }],
    });
    expect(await journey.grant(forgotten.id)).toMatchObject({
      status: "Denied",
      reasons: [{ code: "approval.expired" }],
    });
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("ends when its port is taken out of the policy, and others go on", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ ports: [{ port: 22 }, { port: 3389 }] });
    const ssh = await journey.opened({ ports: [22], duration: "PT2H" });
    const rdp = await journey.opened({ ports: [3389], duration: "PT2H" });
    await journey.underJit({ ports: [{ port: 3389 }] });
    await journey.pass(SOON_MS);
    expect(await journey.grant(ssh.id)).toMatchObject({ status: "Closed", receipt: { reason: "policy-removed" } });
    expect(await journey.grant(rdp.id)).toMatchObject({ status: "Open" });
    expect([journey.getsIn(GUEST, 22), journey.getsIn(GUEST, 3389)]).toEqual([false, true]);
    expect(journey.getsIn(estate.insider, 22)).toBe(true);
  });

  it("ends when its VM is deleted, with a receipt, and leaves nothing of ours behind", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const { id } = await journey.opened({ duration: "PT2H" });
    const { control } = journey.simulator;
    if (cloud === "azure") {
      await control.outsider({ edit: { cloud, method: "DELETE", path: journey.vm } });
    } else {
      await control.outsider({
        edit: {
          cloud,
          region: "eu-central-1",
          action: "TerminateInstances",
          params: { "InstanceId.1": "i-0000000000000c0f1" },
        },
      });
    }
    await journey.pass(SURVEY_MS + RECONCILED_MS);
    expect((await journey.told("sallyport.posture.gone.v1")).map(({ data }) => data.vm)).toEqual([journey.vm]);
    const [revoked] = await journey.told("sallyport.access.revoked.v1");
    expect(revoked?.data).toMatchObject({ access: { grantId: id }, reason: "vm-gone" });
    expect(JSON.stringify(journey.simulator.documents())).not.toContain(id);
  });
});

describe("the life of a grant, on azure", () => {
  it("follows the VM to another private address, with its lockdown, at the next look at the lockdown", async () => {
    const journey = await aJourney(azureEstate);
    await journey.underJit();
    const { id } = await journey.opened({ duration: "PT1H" });
    await moveTo(journey, "10.0.1.5");
    await journey.pass(usualEnforcerSettings.recheckLockdownMs + RECONCILED_MS);
    expect([GUEST, azureEstate.insider].map((source) => journey.getsIn(source))).toEqual([true, false]);
    expect((await journey.told("sallyport.access.drift-detected.v1")).map(({ data }) => data.kind)).toContain(
      "missing",
    );
    await journey.pass(3_600_000);
    expect(await journey.grant(id)).toMatchObject({ status: "Closed" });
    await journey.removePolicy();
    expect(JSON.stringify(journey.simulator.documents())).not.toContain("sallyport-");
  });
});

/** Somebody gives the interface another address. */
async function moveTo({ simulator }: Journey, address: string): Promise<void> {
  const resources = simulator.documents().azure.subscriptions.flatMap((one) => one.resources);
  const body: unknown = JSON.parse(
    JSON.stringify(resources.find(({ id }) => id === SMALL.nic))
      .replaceAll(/10\.0\.1\.\d+/g, address)
      .replace(/"privateIPAllocationMethod":"\w+"/, '"privateIPAllocationMethod":"Static"'),
  );
  await neighbourWrites(simulator, [{ cloud: "azure", method: "PUT", path: SMALL.nic, body }]);
}

const isApproval = (event: unknown): boolean =>
  typeof event === "object" && event !== null && "type" in event && event.type === "sallyport.access.approved.v1";
