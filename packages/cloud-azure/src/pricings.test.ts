import { ScopeId } from "@sallyport/contracts";
import { createSimulator, Fault, SMALL, smallWorld } from "@sallyport/simulator";
import { createVirtualClock } from "@sallyport/testkit";
import { createDefenderPlans } from "./pricings.ts";
import { ENDPOINT, during, transportTo } from "./simulated-azure.conformance.ts";
import type { Request } from "./simulated-azure.conformance.ts";

const subscription = ScopeId.parse(SMALL.place.subscriptionId);
const PATH = `/subscriptions/${subscription}/providers/Microsoft.Security/pricings/VirtualMachines`;

async function azure() {
  const clock = createVirtualClock();
  const simulator = await createSimulator({ world: smallWorld(), clock, auth: false });
  const seen: Request[] = [];
  const lacksPlan = createDefenderPlans({
    clock,
    settings: { endpoint: ENDPOINT },
    credential: { getToken: async () => ({ token: "any", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) },
    httpClient: transportTo(simulator.arm, seen),
  });
  const buy = (pricingTier: string, subPlan?: string) =>
    simulator.arm({
      method: "PUT",
      url: `${PATH}?api-version=2023-01-01`,
      headers: { host: "127.0.0.1", "content-type": "application/json", authorization: "Bearer any" },
      body: JSON.stringify({ properties: { pricingTier, subPlan } }),
    });
  return { clock, simulator, seen, buy, lacks: () => during(clock)(lacksPlan(subscription)) };
}

describe("the plan of Defender for Servers", () => {
  it("is missing where there is none, or Plan 1, by name; a plan that was just bought counts within seconds", async () => {
    const { clock, buy, lacks } = await azure();
    expect(await lacks()).toMatchObject({ code: "scope.plan-missing", object: subscription });
    await buy("Standard", "P1");
    await clock.pass(2001);
    expect((await lacks())?.detail).toContain("Defender for Servers P1");
    await buy("Standard", "P2");
    await clock.pass(2001);
    expect(await lacks()).toBeUndefined();
  });

  it("is asked for once in five minutes while it is there, and missed afterwards when it goes", async () => {
    const { clock, seen, buy, lacks } = await azure();
    await buy("Standard", "P2");
    for (let n = 0; n < 20; n++) expect(await lacks()).toBeUndefined();
    expect(seen.filter(({ url }) => url.includes("pricings")).length).toBe(1);
    await buy("Free");
    await clock.pass(300_001);
    expect(await lacks()).toMatchObject({ code: "scope.plan-missing" });
  });

  it("is not taken for there when Azure does not say, and the refusal says what failed", async () => {
    const { simulator, buy, lacks } = await azure();
    await buy("Standard", "P2");
    simulator.control.setFaults([
      Fault.parse({ match: { resource: "pricings" }, effect: { kind: "status", status: 503 } }),
    ]);
    expect(await lacks()).toMatchObject({ code: "scope.plan-unknown", detail: expect.stringContaining("503") });
  });
});
