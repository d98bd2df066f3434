import type { Access, Fact } from "@sallyport/contracts";
import { aVm, crashAtEvery, describeCall } from "@sallyport/testkit";
import { anApi, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, Said } from "./an-api.conformance.ts";

const ask = { vm: aVm(), ports: [22], sources: ["203.0.113.7"], duration: "PT1H" };
const post = (api: ApiUnderTest, replica: number) =>
  api.call("POST", "/v1/access-requests", { as: "alice", body: ask, headers: { "idempotency-key": "one" } }, replica);

const denied = (access: Access): Fact => ({
  type: "sallyport.access.denied.v1",
  data: { access, reasons: [{ code: "rbac.missing-action", detail: "not granted" }], extends: false },
});

/** One replica is asked and may die at any call of its ports; the caller repeats the call at the other one. */
const story = async (dieAt: number) => {
  const api = await anApi({ replicas: 2, dieAt });
  try {
    await underJit(api, aVm(), {}, 1);
    const first = await post(api, 0).catch(() => undefined);
    await api.clock.pass(91_000);
    const [asked] = await api.published("sallyport.access.requested.v1");
    if (asked?.type === "sallyport.access.requested.v1") await api.tell(denied(asked.data.access));
    const repeated = await post(api, 1);
    await api.clock.pass(31_000);
    const listed: Said = await api.call("GET", "/v1/access-requests", { as: "alice" }, 1);
    const facts = await api.published("sallyport.access.requested.v1");
    return {
      diedAt: api.diedAt(),
      ending: {
        repeated: repeated.status,
        status: listed.body.items[0].status === (asked === undefined ? "Requested" : "Denied"),
        sameAnswer: first === undefined || first.body.id === repeated.body.id,
        requests: listed.body.items.length,
        grants: new Set(facts.map(({ id }) => id)).size,
      },
    };
  } finally {
    await api.close();
  }
};

describe("a request that is repeated after its replica died", () => {
  it("is one request with one fact, wherever it died, and forgets nothing that was decided meanwhile", async () => {
    const { total, runs } = await crashAtEvery(story);
    const bad = runs
      .filter(({ ending }) => JSON.stringify(ending) !== JSON.stringify(good))
      .map(
        ({ dieAt, diedAt, ending }) =>
          `${dieAt} ${diedAt === undefined ? "-" : describeCall(diedAt)}: ${JSON.stringify(ending)}`,
      );
    expect(bad).toEqual([]);
    expect(total).toBeGreaterThan(20);
  });
});

const good = { repeated: 202, status: true, sameAnswer: true, requests: 1, grants: 1 };
