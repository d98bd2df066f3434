import { UsageError } from "./options.ts";
import { requiredPlanOf } from "./required-plan.ts";

describe("the plan that is required", () => {
  it.each([
    [{}, undefined],
    [{ SALLYPORT_REQUIRE_DEFENDER_PLAN: "" }, undefined],
    [{ SALLYPORT_REQUIRE_DEFENDER_PLAN: "P2" }, "P2"],
  ])("of %j is %s", (env, plan) => {
    expect(requiredPlanOf(env)).toBe(plan);
  });

  it.each(["p2", "P1", "true"])("is never guessed from %s", (value) => {
    expect(() => requiredPlanOf({ SALLYPORT_REQUIRE_DEFENDER_PLAN: value })).toThrow(UsageError);
  });
});
