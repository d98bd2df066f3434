import { aJourney } from "./a-journey.ts";
import { SUBSCRIPTION_ID, aWorld, awsEstate, azureEstate } from "./estates.ts";

const policy = { ports: [{ port: 22 }] };

describe("where Defender for Servers Plan 2 is required (S30)", () => {
  const withPlan = (pricings: Record<string, string>) => {
    const world = aWorld();
    const subscriptions = world.azure.subscriptions.map((one) =>
      one.subscriptionId === SUBSCRIPTION_ID ? { ...one, pricings } : one,
    );
    return { world: { ...world, azure: { ...world.azure, subscriptions } }, requirePlan: true };
  };

  it.each([
    ["no plan", {}, 409],
    ["Plan 1", { VirtualMachines: "Standard/P1" }, 409],
    ["Plan 2", { VirtualMachines: "Standard/P2" }, 201],
  ])("enabling a VM of a subscription with %s is answered with the like", async (_what, pricings, status) => {
    const journey = await aJourney(azureEstate, withPlan(pricings));
    const said = await journey.call("ada", "PUT", `/v1/vms/${journey.vmKey}/policy`, { body: policy });
    expect([said.status, said.body.code]).toEqual([status, status === 409 ? "scope.plan-missing" : undefined]);
    expect((await journey.told("sallyport.policy.configured.v1")).length).toBe(status === 409 ? 0 : 1);
  });

  it("an instance of AWS is enabled all the same: its plan is on its connector, and not looked at", async () => {
    const journey = await aJourney(awsEstate, withPlan({}));
    expect((await journey.call("ada", "PUT", `/v1/vms/${journey.vmKey}/policy`, { body: policy })).status).toBe(201);
  });
});
