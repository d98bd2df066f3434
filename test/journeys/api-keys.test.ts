import { randomUUID } from "node:crypto";
import { z } from "zod";
import { SOON_MS, aJourney, firstGrantOf } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { GUEST, estates } from "./estates.ts";
import { principalOf } from "./people.ts";

const Made = z.object({ id: z.string(), secret: z.string() });

/** Ada makes a key that may ask for Alice and for Sam. */
async function aBot(journey: Journey) {
  const answer = await journey.call("ada", "POST", "/v1/api-keys", {
    headers: { "idempotency-key": randomUUID() },
    body: {
      name: "ticket bot",
      scopes: ["requests:on-behalf", "requests:read"],
      onBehalfOf: [principalOf("alice"), principalOf("sam"), principalOf("rita")],
      expiresAt: new Date(Date.parse(journey.clock.now()) + 86_400_000).toISOString(),
    },
  });
  expect(answer.status).toBe(201);
  const { id, secret } = Made.parse(answer.body);
  const call = (method: string, path: string, body?: object) =>
    // Whose token would be sent does not matter: the key takes its place.
    journey.call("sam", method, path, {
      headers: { authorization: `Bearer ${secret}`, "idempotency-key": randomUUID() },
      ...(body === undefined ? {} : { body }),
    });
  const askFor = (person: "alice" | "sam" | "rita" | "bob") =>
    call("POST", "/v1/access-requests", {
      vm: journey.vmKey,
      ports: [22],
      sources: [GUEST],
      duration: "PT10M",
      for: { principal: principalOf(person) },
    });
  return { id, call, askFor };
}

describe.each(estates)("a bot with an API key · on %s", (_cloud, estate) => {
  it("lets somebody in within their own rights, and gives it back; both are named, and both see it", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const bot = await aBot(journey);
    const answer = await bot.askFor("alice");
    expect(answer.status).toBe(202);
    await journey.pass(SOON_MS);
    const grant = await journey.grant(firstGrantOf(answer));
    expect(grant).toMatchObject({
      status: "Open",
      principal: { id: principalOf("alice") },
      requestedBy: { id: `key:${bot.id}`, displayName: "ticket bot" },
    });
    expect(journey.getsIn(GUEST)).toBe(true);
    expect((await journey.call("alice", "GET", "/v1/grants")).body.items).toHaveLength(1);
    expect((await bot.call("DELETE", `/v1/grants/${grant.id}`)).status).toBe(202);
    await journey.pass(SOON_MS);
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("opens nothing that the person may not have, nor for whom it does not name", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const bot = await aBot(journey);
    expect((await bot.askFor("sam")).status).toBe(404);
    expect((await bot.askFor("bob")).status).toBe(403);
    const answer = await bot.askFor("rita");
    await journey.pass(SOON_MS);
    expect(await journey.grant(firstGrantOf(answer))).toMatchObject({
      status: "Denied",
      reasons: expect.arrayContaining([expect.objectContaining({ code: "rbac.missing-action" })]),
    });
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("never approves, and is refused from the moment it is revoked, also by a new process", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ approval: { required: true } });
    const bot = await aBot(journey);
    const answer = await bot.askFor("alice");
    const approval = await bot.call("POST", `/v1/access-requests/${answer.body.id}/approve`);
    expect([approval.status, approval.body.code]).toEqual([403, "auth.scope-missing"]);
    await journey.pass(SOON_MS);
    expect((await journey.grant(firstGrantOf(answer))).status).toBe("AwaitingApproval");
    expect((await journey.call("ada", "DELETE", `/v1/api-keys/${bot.id}`)).status).toBe(204);
    expect((await bot.call("GET", "/v1/me")).status).toBe(401);
    journey.kill();
    await journey.start();
    expect((await bot.askFor("alice")).status).toBe(401);
    expect((await journey.told("sallyport.key.revoked.v1")).map(({ data }) => data.apiKey.id)).toEqual([bot.id]);
  });
});
