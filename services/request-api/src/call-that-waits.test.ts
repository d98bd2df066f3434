import type { Access, Fact } from "@sallyport/contracts";
import { aVm } from "@sallyport/testkit";
import { anApi, askedBy, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest } from "./an-api.conformance.ts";
import { factsOfOthers } from "./facts-of-others.conformance.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
  await underJit(api);
});
afterEach(() => api.close());

const { approved, granted, denied, waits } = factsOfOthers(() => api.clock.now());

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
