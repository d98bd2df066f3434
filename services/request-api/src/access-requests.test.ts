import { plusSeconds } from "@sallyport/contracts";
import type { Access, Fact } from "@sallyport/contracts";
import { aProfile, aVm } from "@sallyport/testkit";
import { anApi, askedBy, classified, idOf, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, Said } from "./an-api.conformance.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
  await underJit(api);
});
afterEach(() => api.close());

const at = (n: number) => plusSeconds(api.clock.now(), n);
const approved = (access: Access): Fact => ({
  type: "sallyport.access.approved.v1",
  data: { access, notAfter: at(3615), approvedAt: at(0), extends: false },
});
const granted = (access: Access): Fact => ({
  type: "sallyport.access.granted.v1",
  data: {
    access,
    openedAt: at(2),
    expiresAt: at(3602),
    ways: [],
    objects: [],
    closing: { sessions: "kept", because: "NSGs keep flow state" },
  },
});
const denied = (access: Access): Fact => ({
  type: "sallyport.access.denied.v1",
  data: {
    access,
    reasons: [{ code: "rbac.missing-action", detail: "x", action: "y", object: "z" }],
    extends: false,
  },
});
const revoked = (access: Access): Fact => ({
  type: "sallyport.access.revoked.v1",
  data: {
    access,
    reason: "expired",
    receipt: {
      grantId: access.grantId,
      closedAt: at(3603),
      reason: "expired",
      readBack: [],
      stillOpen: [],
      keyId: "k1",
      signature: "s",
    },
  },
});
const waits = (access: Access): Fact => ({
  type: "sallyport.access.approval-required.v1",
  data: { access, needed: 1, given: [], waitsUntil: at(600) },
});
const get = (path: string, as: "alice" | "ann" | "rita" | "nora" | "ada" = "alice") => api.call("GET", path, { as });

describe("asking for access", () => {
  it("is accepted with a place to look, which is there at once, and publishes one fact per grant", async () => {
    const { said, access } = await askedBy(api, { justification: "hotfix", reference: "CHG1" });
    expect(said.status).toBe(202);
    expect(said.headers.get("location")).toBe(`/v1/access-requests/${said.body.id}`);
    expect(said.body).toMatchObject({ status: "Requested", principal: { id: idOf("alice") } });
    expect(said.body.grants[0]).toMatchObject({ id: access.grantId, vm: aVm(), duration: "PT1H" });
    expect((await get(`/v1/access-requests/${said.body.id}`)).body).toEqual(said.body);
    expect(access).toMatchObject({
      requestId: said.body.id,
      duration: 3600,
      ports: [{ port: 22, protocol: "tcp", sources: ["203.0.113.7/32"] }],
      justification: "hotfix",
      reference: "CHG1",
      policyVersion: 1,
      vmName: "vm-1",
    });
    const [event, ...more] = await api.published("sallyport.access.requested.v1");
    expect(more).toEqual([]);
    expect(event).toMatchObject({ subject: aVm(), correlationid: said.body.id, source: "/sallyport/request-api" });
  });

  it("says beforehand what closing will do to sessions (G10)", async () => {
    const closing = { sessions: "cut" as const, because: "flushConnection is set on nsg-web" };
    await api.tell(classified(aProfile({ closing })));
    expect((await askedBy(api)).said.body.grants[0].closing).toEqual(closing);
  });

  it("becomes a grant for each VM and each end", async () => {
    await underJit(api, aVm("aws"), { ports: [{ port: 22 }, { port: 3389 }] });
    await underJit(api, aVm("azure", 2), { ports: [{ port: 22 }, { port: 3389 }] });
    const { said } = await askedBy(api, {
      vm: undefined,
      vms: [aVm("aws"), "vm-2"],
      ports: [22, { port: 3389, duration: "PT30M" }],
    });
    expect(said.body.grants.map(({ vm, duration, ports }: Said["body"]) => [vm, duration, ports[0].port])).toEqual([
      [aVm("aws"), "PT1H", 22],
      [aVm("aws"), "PT30M", 3389],
      [aVm("azure", 2), "PT1H", 22],
      [aVm("azure", 2), "PT30M", 3389],
    ]);
    expect(new Set(said.body.grants.map(({ id }: Said["body"]) => id)).size).toBe(4);
    expect(await api.published("sallyport.access.requested.v1")).toHaveLength(4);
  });

  it("until an end asks for the time that is left", async () => {
    const { access } = await askedBy(api, { duration: undefined, endTime: at(1800) });
    expect(access.duration).toBe(1800);
  });
});

describe("a request's story", () => {
  it("is told as its events come, from the request to the receipt", async () => {
    const { said, access } = await askedBy(api);
    const status = async () => (await get(`/v1/access-requests/${said.body.id}`)).body.status;
    await api.tell(approved(access));
    expect(await status()).toBe("Approved");
    await api.tell(granted(access));
    expect(await status()).toBe("Open");
    await api.tell(revoked(access));
    expect(await status()).toBe("Closed");
    const grant = (await get(`/v1/grants/${access.grantId}`)).body;
    expect(grant.receipt).toMatchObject({ reason: "expired", keyId: "k1" });
  });

  it("never goes back, however often old events come again", async () => {
    const { access } = await askedBy(api);
    const story = [waits(access), approved(access), granted(access), revoked(access)];
    const statuses = ["AwaitingApproval", "Approved", "Open", "Closed"];
    for (const [at, event] of story.entries()) {
      await api.tell(event, ...story.slice(0, at));
      expect((await get(`/v1/grants/${access.grantId}`)).body.status).toBe(statuses[at]);
    }
    await api.tell(denied(access));
    expect((await get(`/v1/grants/${access.grantId}`)).body).toMatchObject({ status: "Closed", reasons: [] });
  });

  it("says why it was denied, and what would be needed", async () => {
    const { said, access } = await askedBy(api);
    await api.tell(denied(access));
    const { grants } = (await get(`/v1/access-requests/${said.body.id}`)).body;
    expect(grants[0]).toMatchObject({ status: "Denied", reasons: [{ action: "y", object: "z" }] });
  });

  it("is told from its events alone, when the records were lost and the log was not", async () => {
    const { access } = await askedBy(api);
    const lost: Access = { ...access, requestId: "0193a5e4-7c00-7000-8000-00000000dead" as Access["requestId"] };
    await api.tell(granted(lost));
    expect((await get(`/v1/access-requests/${lost.requestId}`)).body.status).toBe("Open");
  });
});

describe("a call that would rather wait", () => {
  const ask = (prefer: string) =>
    api.call("POST", "/v1/access-requests", {
      as: "alice",
      body: { vm: aVm(), ports: [22], sources: ["203.0.113.7"], duration: "PT1H" },
      headers: { "idempotency-key": crypto.randomUUID(), prefer },
    });
  /** Answers the request as authz and an enforcer would, as soon as it is published. */
  const meanwhile = async (...facts: readonly ((access: Access) => Fact)[]) => {
    for (;;) {
      const [event] = await api.published("sallyport.access.requested.v1");
      if (event?.type === "sallyport.access.requested.v1")
        return api.tell(...facts.map((fact) => fact(event.data.access)));
      await new Promise(setImmediate);
    }
  };

  it("is answered when the door is open", async () => {
    const [said] = await Promise.all([ask("wait=30"), meanwhile(approved, granted)]);
    expect([said.status, said.body.status]).toEqual([200, "Open"]);
    expect(said.headers.get("preference-applied")).toBe("wait=30");
  });

  it("is answered with the refusal as soon as there is one", async () => {
    const [said] = await Promise.all([ask("respond-async, wait=60"), meanwhile(denied)]);
    expect([said.status, said.body.status]).toEqual([200, "Denied"]);
  });

  it("is answered when a person has to approve first", async () => {
    const [said] = await Promise.all([ask("wait=60"), meanwhile(waits)]);
    expect([said.status, said.body.status]).toEqual([200, "AwaitingApproval"]);
  });

  it("is told that it is still under way when the time is over, and not before", async () => {
    const began = api.clock.elapsed();
    // Time goes on while request and answer travel, so that only the least is certain here; `waiting.test.ts` has it exactly.
    api.letTimeFlow(10);
    const said = await ask("wait=5");
    expect([said.status, said.body.status]).toEqual([202, "Requested"]);
    expect(api.clock.elapsed() - began).toBeGreaterThanOrEqual(5000);
  });

  it("waits a minute at most", async () => {
    api.letTimeFlow(1000);
    expect((await ask("wait=100000")).headers.get("preference-applied")).toBe("wait=60");
  });

  it("can wait on a request that is there already", async () => {
    const { said, access } = await askedBy(api);
    const waiting = api.call("GET", `/v1/access-requests/${said.body.id}`, {
      as: "alice",
      headers: { prefer: "wait=9" },
    });
    const [later] = await Promise.all([waiting, api.tell(approved(access), granted(access))]);
    expect([later.status, later.body.status]).toEqual([200, "Open"]);
  });
});

describe("explain or hide", () => {
  it("gives one answer to what is not there and to what may not be seen", async () => {
    const { said, access } = await askedBy(api);
    const pairs: readonly (readonly [string, string])[] = [
      [`/v1/vms/${keyOf()}`, `/v1/vms/${keyOf(aVm("azure", 99))}`],
      [`/v1/vms/${keyOf()}/policy`, `/v1/vms/${keyOf(aVm("azure", 99))}/policy`],
      [`/v1/access-requests/${said.body.id}`, "/v1/access-requests/0193a5e4-7c00-7000-8000-00000000ffff"],
      [`/v1/grants/${access.grantId}`, "/v1/grants/gnosuchgrant0000"],
    ];
    for (const [hidden, missing] of pairs) {
      const [one, other] = [await get(hidden, "nora"), await get(missing, "ada")];
      const bare = ({ status, body }: Said) => ({ ...body, status, instance: "", request_id: "" });
      expect(bare(one)).toEqual(bare(other));
      expect(one.status).toBe(404);
      expect((await get(hidden, "ada")).status).toBe(200);
    }
  });

  it("gives one answer to a request for a VM that is hidden and for one that is not there", async () => {
    const ask = (as: "nora" | "ada", vm: string) =>
      api.call("POST", "/v1/access-requests", {
        as,
        body: { vm, ports: [22], sources: "*", duration: "PT1H" },
        headers: { "idempotency-key": crypto.randomUUID() },
      });
    const bare = ({ body }: Said) => ({ ...body, request_id: "" });
    expect(bare(await ask("nora", aVm()))).toEqual(bare(await ask("ada", aVm("azure", 99))));
    expect(bare(await ask("nora", "vm-1"))).toEqual(bare(await ask("ada", "vm-99")));
  });

  it("shows others' requests and grants to who may read the VM's policy", async () => {
    const { said, access } = await askedBy(api);
    expect((await get(`/v1/access-requests/${said.body.id}`, "rita")).status).toBe(200);
    expect((await get(`/v1/grants/${access.grantId}`, "ann")).status).toBe(200);
    expect((await get(`/v1/grants/${access.grantId}`, "nora")).status).toBe(404);
    expect((await get(`/v1/vms/${keyOf()}`, "rita")).body.grants.map(({ id }: Said["body"]) => id)).toEqual([
      access.grantId,
    ]);
  });

  it("lists to each only what they may see", async () => {
    const { said } = await askedBy(api);
    const list = async (path: string, as: "alice" | "ann" | "rita" | "nora") =>
      (await get(path, as)).body.items?.length;
    expect(await list("/v1/vms", "nora")).toBe(0);
    expect(await list("/v1/access-requests", "ann")).toBe(0);
    expect(await list("/v1/access-requests", "alice")).toBe(1);
    expect(await list(`/v1/access-requests?vm=${keyOf()}`, "rita")).toBe(1);
    expect(await list(`/v1/access-requests?vm=${keyOf()}&principal=me`, "rita")).toBe(0);
    expect(await list(`/v1/grants?vm=${encodeURIComponent(aVm())}&status=Requested`, "ann")).toBe(1);
    expect(await list("/v1/grants?status=Open", "alice")).toBe(0);
    expect((await get(`/v1/grants?vm=${keyOf()}`, "nora")).status).toBe(404);
    expect(said.status).toBe(202);
  });
});

describe("approving", () => {
  const say = (verb: "approve" | "deny", id: string, as: "ada" | "alice" | "ann" | "nora", body?: object) =>
    api.call("POST", `/v1/access-requests/${id}/${verb}`, {
      as,
      ...(body === undefined ? {} : { body }),
      headers: { "idempotency-key": crypto.randomUUID() },
    });

  it("publishes the approver's word once, and answers the same when it is said again; who said yes may still say no", async () => {
    const { said, access } = await askedBy(api);
    await api.tell(waits(access));
    expect((await say("approve", said.body.id, "ada", { comment: "ok" })).status).toBe(202);
    expect((await say("approve", said.body.id, "ada")).status).toBe(202);
    expect((await say("deny", said.body.id, "ada")).status).toBe(202);
    expect((await say("deny", said.body.id, "ada")).status).toBe(202);
    const words = await api.published("sallyport.access.approval-given.v1");
    expect(words.map(({ data }) => data)).toEqual([
      {
        vm: aVm(),
        requestId: said.body.id,
        grantId: access.grantId,
        by: { id: idOf("ada"), displayName: "ada" },
        approved: true,
        comment: "ok",
      },
      {
        vm: aVm(),
        requestId: said.body.id,
        grantId: access.grantId,
        by: { id: idOf("ada"), displayName: "ada" },
        approved: false,
      },
    ]);
  });

  it("is refused to who lacks the right, to the requester, and where nothing waits", async () => {
    const { said, access } = await askedBy(api);
    expect((await say("approve", said.body.id, "ada")).body).toMatchObject({ status: 409, code: "request.conflict" });
    await api.tell(waits(access));
    expect((await say("approve", said.body.id, "ann")).body).toMatchObject({
      status: 403,
      code: "rbac.missing-action",
    });
    expect((await say("deny", said.body.id, "nora")).status).toBe(404);
    const own = await askedBy(api, {}, { as: "ada" });
    await api.tell(waits(own.access));
    expect((await say("approve", own.said.body.id, "ada")).body).toMatchObject({ status: 403, code: "auth.forbidden" });
    expect(await api.published("sallyport.access.approval-given.v1")).toEqual([]);
  });
});

describe("what waits for one's approval", () => {
  const path = "/v1/access-requests?status=AwaitingApproval&approver=me";
  const waitingFor = async (as: "ada" | "alice" | "ann" | "rita" | "nora", query = "") => {
    const { status, body } = await get(`${path}${query}`, as);
    expect(status).toBe(200);
    return body.items.map(({ id }: { readonly id: string }) => id);
  };
  const askAndWait = async (as: "alice" | "ada" = "alice") => {
    const asked = await askedBy(api, {}, { as });
    await api.tell(waits(asked.access));
    await api.clock.pass(1000);
    return asked;
  };

  it("is listed newest first, in pages, to who may approve and to nobody else", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.unshift((await askAndWait()).said.body.id);
    expect(await waitingFor("ada")).toEqual(ids);
    for (const who of ["alice", "ann", "rita", "nora"] as const) expect(await waitingFor(who)).toEqual([]);
    const first = await get(`${path}&limit=2`, "ada");
    const second = await get(first.body.next, "ada");
    expect([...first.body.items, ...second.body.items].map(({ id }) => id)).toEqual(ids);
    expect(second.body.next).toBeUndefined();
    expect(await waitingFor("ada", `&vm=${keyOf()}`)).toEqual(ids);
    expect(await waitingFor("ada", `&vm=${keyOf(aVm("azure", 2))}`)).toEqual([]);
  });

  it("is not what one asked for oneself, unless the policy takes that", async () => {
    const { said } = await askAndWait("ada");
    expect(await waitingFor("ada")).toEqual([]);
    const policy = { approval: { required: true, selfApproval: true } };
    const patch = { body: policy, headers: { "if-match": "*", "content-type": "application/merge-patch+json" } };
    expect((await api.call("PATCH", `/v1/vms/${keyOf()}/policy`, patch)).status).toBe(200);
    expect(await waitingFor("ada")).toEqual([said.body.id]);
  });

  it("is no more what one has approved, nor what is decided", async () => {
    const [one, other] = [await askAndWait(), await askAndWait()];
    const said = await api.call("POST", `/v1/access-requests/${one.said.body.id}/approve`, {
      headers: { "idempotency-key": crypto.randomUUID() },
    });
    expect(said.status).toBe(202);
    expect(await waitingFor("ada")).toEqual([other.said.body.id]);
    await api.tell(denied(other.access));
    expect(await waitingFor("ada")).toEqual([]);
  });

  it("is also more time for a grant that is open, unless only requests are asked for", async () => {
    const { said, access } = await askedBy(api);
    await api.tell(approved(access), granted(access));
    const headers = { "idempotency-key": crypto.randomUUID() };
    await api.call("POST", `/v1/grants/${access.grantId}/extend`, { as: "alice", body: { duration: "PT5M" }, headers });
    const all = async () => (await get("/v1/access-requests?approver=me", "ada")).body.items;
    expect(await all()).toEqual([]);
    const [wish] = await api.published("sallyport.access.extension-requested.v1");
    if (wish?.type !== "sallyport.access.extension-requested.v1") throw new Error("nothing was asked");
    const extension = { id: wish.id, openUntil: wish.data.openUntil };
    await api.tell({
      type: "sallyport.access.approval-required.v1",
      data: { access, needed: 1, given: [], waitsUntil: at(600), extension },
    });
    expect((await all()).map(({ id }: { readonly id: string }) => id)).toEqual([said.body.id]);
    expect(await waitingFor("ada")).toEqual([]);
  });

  it("is nothing of a program's, whatever its roles", async () => {
    await askAndWait();
    const headers = { authorization: `Bearer ${await api.serviceTokenOf("ada")}` };
    expect((await api.call("GET", path, { headers })).body).toMatchObject({ status: 403, code: "auth.forbidden" });
  });
});

describe("a program that signed in as itself", () => {
  const as = async (who: "ada" | "alice") => ({ authorization: `Bearer ${await api.serviceTokenOf(who)}` });
  const post = async (path: string, who: "ada" | "alice", body: object = {}) =>
    api.call("POST", path, { body, headers: { ...(await as(who)), "idempotency-key": crypto.randomUUID() } });
  const body = { vm: aVm(), ports: [22], sources: ["203.0.113.7"], duration: "PT1H" };

  it("asks with its own roles, and its events say that it is none of the people", async () => {
    expect((await post("/v1/access-requests", "alice", body)).status).toBe(202);
    const principal = { id: idOf("alice"), displayName: "pipeline", kind: "service" };
    expect(await api.published("sallyport.access.requested.v1")).toMatchObject([{ data: { access: { principal } } }]);
    expect((await api.call("GET", "/v1/me", { headers: await as("alice") })).body).toMatchObject({ principal });
  });

  it("asks for nobody else, whatever its roles: that takes a key", async () => {
    const said = await post("/v1/access-requests", "ada", { ...body, for: { principal: idOf("alice") } });
    expect(said.body).toMatchObject({ status: 403, code: "auth.scope-missing" });
  });

  it("neither approves nor declines, whatever its roles", async () => {
    const { said, access } = await askedBy(api);
    await api.tell(waits(access));
    for (const verb of ["approve", "deny"])
      expect((await post(`/v1/access-requests/${said.body.id}/${verb}`, "ada")).body).toMatchObject({
        status: 403,
        code: "auth.forbidden",
      });
    expect(await api.published("sallyport.access.approval-given.v1")).toEqual([]);
  });
});

describe("giving back", () => {
  const remove = (id: string, as: "ada" | "alice" | "ann" | "rita" | "nora") =>
    api.call("DELETE", `/v1/grants/${id}`, { as });

  it("takes nothing but being the holder, and publishes one wish however often it is said", async () => {
    const { access } = await askedBy(api);
    await api.tell(approved(access), granted(access));
    for (let n = 0; n < 3; n++)
      expect((await remove(access.grantId, "alice")).body).toMatchObject({ id: access.grantId, status: "Closing" });
    const wishes = await api.published("sallyport.access.revocation-requested.v1");
    expect(wishes.map(({ data }) => data)).toMatchObject([
      { grantId: access.grantId, reason: "given-back", vm: aVm() },
    ]);
    await api.tell(revoked(access));
    expect((await remove(access.grantId, "alice")).body).toMatchObject({ status: 409, code: "grant.terminal" });
  });

  it("of somebody else's grant takes the right to write its policy", async () => {
    const { access } = await askedBy(api);
    expect((await remove(access.grantId, "ann")).body).toMatchObject({ status: 403, code: "rbac.missing-action" });
    expect((await remove(access.grantId, "rita")).status).toBe(403);
    expect((await remove(access.grantId, "nora")).status).toBe(404);
    expect((await remove(access.grantId, "ada")).status).toBe(202);
    expect((await api.published("sallyport.access.revocation-requested.v1")).map(({ data }) => data)).toMatchObject([
      { reason: "revoked-by-administrator", by: { id: idOf("ada") } },
    ]);
  });

  it("before it was open stays so, although it opens for a moment", async () => {
    const { access } = await askedBy(api);
    await api.tell(approved(access));
    await remove(access.grantId, "alice");
    await api.tell(granted(access));
    const grant = (await get(`/v1/grants/${access.grantId}`)).body;
    expect([grant.status, grant.openedAt !== undefined]).toEqual(["Closing", true]);
  });
});

describe("asking for more time", () => {
  const extend = (id: string, body: object, as: "alice" | "ann" | "nora" = "alice") =>
    api.call("POST", `/v1/grants/${id}/extend`, { as, body, headers: { "idempotency-key": crypto.randomUUID() } });

  it("asks for a later end, checked against the policy from its opening on", async () => {
    const { access } = await askedBy(api);
    await api.tell(approved(access), granted(access));
    const { expiresAt } = (await get(`/v1/grants/${access.grantId}`)).body;
    expect((await extend(access.grantId, { duration: "PT3H" })).body).toMatchObject({
      code: "policy.duration-too-long",
    });
    expect((await extend(access.grantId, { endTime: at(60) })).body.errors[0]).toMatchObject({
      code: "policy.end-in-the-past",
      field: "/endTime",
    });
    const said = await extend(access.grantId, { duration: "PT30M" });
    expect([said.status, said.body.extension.status]).toEqual([202, "Requested"]);
    const [wish, ...more] = await api.published("sallyport.access.extension-requested.v1");
    expect(more).toEqual([]);
    const openUntil = plusSeconds(expiresAt, 1800);
    expect(wish?.data).toMatchObject({ openUntil, by: { id: idOf("alice") }, access: { grantId: access.grantId } });
    await api.tell({ type: "sallyport.access.extended.v1", data: { access, expiresAt: openUntil, at: at(1) } });
    expect((await get(`/v1/grants/${access.grantId}`)).body).toMatchObject({
      status: "Open",
      expiresAt: openUntil,
      extension: { status: "Extended" },
    });
  });

  it("is for the holder of an open grant alone", async () => {
    const { access } = await askedBy(api);
    expect((await extend(access.grantId, { duration: "PT5M" })).body).toMatchObject({
      status: 409,
      code: "request.conflict",
    });
    await api.tell(approved(access), granted(access));
    expect((await extend(access.grantId, { duration: "PT5M" }, "ann")).body).toMatchObject({ code: "auth.forbidden" });
    expect((await extend(access.grantId, { duration: "PT5M" }, "nora")).status).toBe(404);
    await api.tell(revoked(access));
    expect((await extend(access.grantId, { duration: "PT5M" })).body).toMatchObject({ code: "grant.terminal" });
    expect(await api.published("sallyport.access.extension-requested.v1")).toEqual([]);
  });
});
