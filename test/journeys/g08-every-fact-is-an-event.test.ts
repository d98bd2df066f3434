import type { EventType, SallyportEvent } from "@sallyport/contracts";
import { RECONCILED_MS, SOON_MS, aJourney, firstGrantOf } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { GUEST, estates } from "./estates.ts";
import { principalOf } from "./people.ts";

describe.each(estates)("G8 · every fact is an event, on %s", (_, estate) => {
  const ofAccess = async (journey: Journey): Promise<readonly SallyportEvent[]> => {
    const seen: SallyportEvent[] = [];
    for await (const event of journey.outside.bus.replay("sallyport.access")) seen.push(event);
    return seen;
  };
  const approve = (journey: Journey, requestId: string) =>
    journey.call("bob", "POST", `/v1/access-requests/${requestId}/approve`, {
      headers: { "idempotency-key": crypto.randomUUID() },
      body: { comment: "during the window" },
    });

  it("tells a grant's whole life in order, with who, what, when and from where", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: { required: true } });
    const { id, requestId } = await journey.opened();
    expect((await approve(journey, requestId)).status).toBe(202);
    await journey.pass(SOON_MS);
    await journey.pass(600_000);
    const events = await ofAccess(journey);
    expect(events.map(({ type }) => type)).toEqual<EventType[]>([
      "sallyport.access.requested.v1",
      "sallyport.access.approval-required.v1",
      "sallyport.access.approval-given.v1",
      "sallyport.access.approved.v1",
      "sallyport.access.granted.v1",
      "sallyport.access.revoked.v1",
    ]);
    const times = events.map(({ time }) => time);
    expect(times).toEqual(times.toSorted());
    for (const { subject } of events) expect(subject).toBe(journey.vm);
    const asked = events.flatMap(({ data }) => ("access" in data ? [data.access] : []));
    expect(asked).toHaveLength(5);
    for (const access of asked)
      expect(access).toMatchObject({
        grantId: id,
        requestId,
        principal: { id: principalOf("alice") },
        ports: [{ port: 22, sources: [`${GUEST}/32`] }],
      });
    const given = events.find(({ type }) => type === "sallyport.access.approval-given.v1");
    expect(given?.data).toMatchObject({ by: { id: principalOf("bob") }, comment: "during the window" });
  });

  it("chains every event of a grant back to the request that caused it", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const { requestId } = await journey.opened();
    await journey.pass(600_000);
    const events = await ofAccess(journey);
    const causeOf = new Map(events.map(({ id, causationid }): [string, string] => [id, causationid]));
    const originOf = (id: string): string => {
      const cause = causeOf.get(id);
      return cause === undefined ? id : originOf(cause);
    };
    for (const { id, correlationid } of events) expect([originOf(id), correlationid]).toEqual([requestId, requestId]);
  });

  it("tells why something ended early: who gave it back, and that the policy went", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const mine = await journey.opened({ duration: "PT2H" });
    const hers = await journey.opened({ as: "carol", duration: "PT2H" });
    expect((await journey.call("alice", "DELETE", `/v1/grants/${mine.id}`)).status).toBe(202);
    await journey.pass(SOON_MS);
    await journey.removePolicy();
    const ends = (await journey.told("sallyport.access.revoked.v1")).map(({ data }) => [
      data.access.grantId,
      data.reason,
    ]);
    expect(ends).toEqual([
      [mine.id, "given-back"],
      [hers.id, "policy-removed"],
    ]);
    const [wish] = await journey.told("sallyport.access.revocation-requested.v1");
    expect(wish?.data.by.id).toBe(principalOf("alice"));
    const [removed] = await journey.told("sallyport.policy.removed.v1");
    expect(removed?.data.by.id).toBe(principalOf("ada"));
  });

  it("loses nothing that was accepted, when the process dies right after saying so", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    journey.holdAt(({ port, fn, phase, args: [event] }) =>
      port === "bus" && fn === "subscribe.handler" && phase === "before" ? isRequest([event]) : false,
    );
    const asked = await journey.ask();
    expect(asked.status).toBe(202);
    expect(journey.held()).toBeGreaterThan(0);
    journey.kill();
    await journey.start();
    await journey.pass(RECONCILED_MS);
    expect(await journey.grant(firstGrantOf(asked))).toMatchObject({ status: "Open" });
  });

  it("asks nothing twice when it dies before it could say that it had accepted, and the client asks again", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const key = crypto.randomUUID();
    await journey.crashDuring(
      ({ port, fn, phase, args: [events] }) =>
        port === "bus" && fn === "publish" && phase === "before" && isRequest(events),
      () => journey.ask({ key }),
    );
    await journey.start();
    expect((await journey.ask({ key })).status).toBe(409);
    await journey.pass(RECONCILED_MS);
    const again = await journey.ask({ key });
    expect(again.status).toBe(202);
    expect(await journey.grant(firstGrantOf(again))).toMatchObject({ status: "Open" });
    expect(await journey.told("sallyport.access.requested.v1")).toHaveLength(1);
  });
});

const isRequest = (events: unknown): boolean =>
  Array.isArray(events) && events.some((event: SallyportEvent) => event.type === "sallyport.access.requested.v1");
