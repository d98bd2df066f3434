import { quietLog, quietMetrics } from "@sallyport/backbone";
import { refusal, SallyportError } from "@sallyport/contracts";
import type { ErrorCode, Refusal } from "@sallyport/contracts";
import type { Allow } from "@sallyport/domain";
import { aGrantId, anAccess, aVm, behind, toyModel } from "@sallyport/testkit";
import { planChecked } from "./plan-checked.ts";
import { createSigner } from "./signer.ts";

const vm = aVm("azure");
const allow: Allow = {
  kind: "allow",
  vm,
  grantId: aGrantId(1),
  ports: anAccess().ports,
  end: "2026-01-31T10:00:00.000Z" as Allow["end"],
};
const signer = createSigner([{ id: "k1", secret: "a secret of at least thirty-two characters" }]);
const refusing = (first: ErrorCode, ...others: readonly ErrorCode[]) => {
  const say = (code: ErrorCode): Refusal => refusal(code, `because of ${code}`);
  const model = { ...toyModel, plan: () => ({ ok: false, refusals: [say(first), ...others.map(say)] }) as const };
  return () =>
    planChecked({ model, seal: signer.seal, log: quietLog, metrics: quietMetrics }, behind(vm, "nsg-subnet"), allow);
};

describe("what the planner refuses", () => {
  it("is a fault that is tried again where all that stands against it may pass", () => {
    const passing = refusing("azure.unavailable", "azure.throttled");
    expect(passing).toThrow(SallyportError);
    expect(passing).toThrow(
      expect.objectContaining({ code: "azure.unavailable", retryable: true, message: "because of azure.unavailable" }),
    );
  });

  it("is refused for good as soon as one reason is for good", () => {
    expect(refusing("azure.unavailable", "network.shadowed")()).toMatchObject({ kind: "refused" });
    expect(refusing("network.source-unknown")()).toMatchObject({
      kind: "refused",
      refusals: [{ code: "network.source-unknown" }],
    });
  });
});
