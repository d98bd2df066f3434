import { randomUUID } from "node:crypto";
import { Instant, VmRef, msBetween, vmKeyOf } from "@sallyport/contracts";
import type { GrantView as Grant } from "@sallyport/contracts";
import { Fault } from "@sallyport/simulator";
import type { FaultInput } from "@sallyport/simulator";
import { SOON_MS, aJourney, firstGrantOf } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import {
  accountsWorld,
  connectedAccounts,
  connectedPlaces,
  estateOf,
  idPart,
  places,
  roleArn,
} from "./aws-accounts.ts";
import type { Place } from "./aws-accounts.ts";
import { GUEST } from "./estates.ts";

/** One system over all the accounts, with port 22 under JIT on every machine of those that are connected. */
async function severalAccounts(): Promise<Journey> {
  const journey = await aJourney(estateOf(places.north), { world: accountsWorld(), accounts: connectedAccounts });
  for (const place of connectedPlaces) {
    const { status, body } = await journey.call("ada", "PUT", `/v1/vms/${keyOf(place)}/policy`, {
      body: { ports: [{ port: 22, maxDuration: "PT12H" }] },
    });
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  }
  await journey.pass(SOON_MS);
  return journey;
}

const keyOf = (place: Place) => vmKeyOf(VmRef.parse(estateOf(place).vm));

const ask = (journey: Journey, place: Place, duration: string) =>
  journey.call("alice", "POST", "/v1/access-requests", {
    headers: { "idempotency-key": randomUUID() },
    body: { vm: keyOf(place), ports: [22], sources: [GUEST], duration },
  });

const isOpen = (journey: Journey, place: Place) => journey.reachable(estateOf(place).vm, 22, GUEST);

/** Asks for access at each place; answers how to look at the grants, and when each door stood open, in milliseconds from now. */
async function asked(journey: Journey, at: readonly Place[], duration: string) {
  const from = journey.clock.now();
  const stretches = (place: Place) => {
    const seen = journey.simulator.control.exposeIntervals({ vm: estateOf(place).vm, port: 22, source: GUEST });
    if ("misunderstood" in seen) throw new Error(seen.misunderstood);
    return seen
      .filter((one) => msBetween(from, one.from) >= 0)
      .map((one) => [msBetween(from, one.from), one.to && msBetween(from, one.to)]);
  };
  for (const place of at) stretches(place);
  const ids = new Map<Place, string>();
  for (const place of at) ids.set(place, firstGrantOf(await ask(journey, place, duration)));
  return { from, stretches, grant: (place: Place): Promise<Grant> => journey.grant(ids.get(place) ?? "") };
}

const trouble = (journey: Journey, ...faults: readonly FaultInput[]) => {
  const wrong = journey.simulator.control.setFaults(faults.map((fault) => Fault.parse(fault)));
  if (wrong !== undefined) throw new Error(wrong.misunderstood);
};
/** EC2 refuses every call that is about anything there. */
const throttling = (place: Place): FaultInput => ({
  match: { cloud: "aws", resource: `/${idPart(place)}/` },
  times: 100_000,
  effect: { kind: "status", status: 503, code: "RequestLimitExceeded" },
});
/** Nobody becomes the account's role any more; sessions that there are go on. */
const noMoreSessions = (place: Place): FaultInput => ({
  match: { cloud: "aws", method: "AssumeRole", resource: roleArn(place) },
  times: 100_000,
  effect: { kind: "status", status: 403, code: "AccessDenied" },
});

describe("several accounts and regions at once, each entered by the least role under an external id of its own", () => {
  it("have grants open in all of them, each written by a session of its own in its own account, and all close on time", async () => {
    const journey = await severalAccounts();
    const { stretches, grant } = await asked(journey, connectedPlaces, "PT10M");
    await journey.pass(SOON_MS);
    for (const place of connectedPlaces)
      expect([isOpen(journey, place), (await grant(place)).status]).toEqual([true, "Open"]);
    await journey.pass(600_000);
    for (const place of connectedPlaces) {
      const { id, status } = await grant(place);
      expect([isOpen(journey, place), status, stretches(place).length]).toEqual([false, "Closed", 1]);
      const written = journey.simulator.control
        .history()
        .filter(({ caller }) => caller.sourceIdentity === `sallyport-${id}`);
      expect(written.map(({ verb }) => verb)).toEqual([
        "CreateSecurityGroup",
        "AuthorizeSecurityGroupIngress",
        "ModifyNetworkInterfaceAttribute",
        "ModifyNetworkInterfaceAttribute",
        "DeleteSecurityGroup",
      ]);
      const session = `arn:aws:sts::${place.accountId}:assumed-role/sallyport/sallyport-${id}`;
      expect(new Set(written.map(({ caller }) => caller.arn))).toEqual(new Set([session]));
    }
    expect(journey.complaints).toEqual([]);
  });

  it("do not feel it when one is throttled and another's role is taken away: the others open and close as if nothing were wrong", async () => {
    const well = [places.north, places.south];
    const quiet = await severalAccounts();
    const usual = await asked(quiet, connectedPlaces, "PT10M");
    await quiet.pass(660_000);

    const journey = await severalAccounts();
    trouble(journey, throttling(places.other), noMoreSessions(places.third));
    const troubled = await asked(journey, connectedPlaces, "PT10M");
    await journey.pass(120_000);
    for (const place of [places.other, places.third]) {
      expect(isOpen(journey, place)).toBe(false);
      expect((await troubled.grant(place)).status).toMatch(/^(Approved|Opening)$/);
    }
    const said = (code: string) => journey.complaints.filter((line) => line.includes(`"code":"${code}"`)).length;
    expect([said("aws.throttled") > 0, said("aws.unauthorized") > 0]).toEqual([true, true]);

    // The trouble ends; whoever waited is let in for what is left of the time.
    journey.simulator.control.clearFaults();
    await journey.pass(240_000);
    for (const place of [places.other, places.third]) expect(isOpen(journey, place)).toBe(true);
    await journey.pass(300_000);
    for (const place of well) {
      expect(usual.stretches(place).length).toBe(1);
      expect(troubled.stretches(place)).toEqual(usual.stretches(place));
    }
    for (const place of connectedPlaces) {
      const { status, expiresAt } = await troubled.grant(place);
      expect(status).toBe("Closed");
      // Each at the very end that was told: who waited has a little longer, as nobody is made to pay for the time an opening takes.
      expect(troubled.stretches(place).map(([, to]) => to)).toEqual([
        msBetween(troubled.from, Instant.parse(expiresAt)),
      ]);
    }
  });

  it("do not feel it when one is throttled while its grants end: that one closes once it can, and says that it is overdue", async () => {
    const well = [places.north, places.south, places.third];
    const quiet = await severalAccounts();
    const usual = await asked(quiet, connectedPlaces, "PT10M");
    await quiet.pass(660_000);

    const journey = await severalAccounts();
    const troubled = await asked(journey, connectedPlaces, "PT10M");
    await journey.pass(300_000);
    trouble(journey, throttling(places.other));
    await journey.pass(360_000);
    expect(isOpen(journey, places.other)).toBe(true);
    const overdue = await journey.told("sallyport.access.overdue.v1");
    expect(overdue.map(({ data }) => data.access.grantId)).toEqual([(await troubled.grant(places.other)).id]);
    for (const place of well) expect(troubled.stretches(place)).toEqual(usual.stretches(place));
    journey.simulator.control.clearFaults();
    await journey.pass(300_000);
    expect([isOpen(journey, places.other), (await troubled.grant(places.other)).status]).toEqual([false, "Closed"]);
  });

  it("renew credentials that end in the middle of a grant, and close it on time", async () => {
    const journey = await severalAccounts();
    const { stretches, grant } = await asked(journey, connectedPlaces, "PT3H");
    await journey.pass(3 * 3_600_000 + SOON_MS);
    for (const place of connectedPlaces) {
      expect((await grant(place)).status).toBe("Closed");
      const [[, to] = []] = stretches(place);
      expect(to).toBeGreaterThanOrEqual(3 * 3_600_000);
      expect(to).toBeLessThan(3 * 3_600_000 + SOON_MS);
    }
    expect(journey.complaints).toEqual([]);
  });

  it("are those that are connected: another account is refused by name, and nothing in it is asked for or opened", async () => {
    const journey = await severalAccounts();
    const { accountId, region } = places.stranger;
    const enrolment = await journey.call("ada", "PUT", `/v1/scopes/${encodeURIComponent(`${accountId}/${region}`)}`);
    expect([enrolment.status, enrolment.body.code]).toEqual([404, "scope.not-connected"]);
    expect(enrolment.body.detail).toContain(accountId);
    const elsewhere = await journey.call(
      "ada",
      "PUT",
      `/v1/scopes/${encodeURIComponent(`${places.other.accountId}/${region}`)}`,
    );
    expect(elsewhere.status).toBe(200);
    // To who asks for a machine there it is as if it were not there at all.
    expect((await ask(journey, places.stranger, "PT10M")).body).toMatchObject({ code: "vm.unknown" });
    await journey.pass(SOON_MS);
    expect(isOpen(journey, places.stranger)).toBe(false);
    expect(journey.complaints).toEqual([]);
  });
});
