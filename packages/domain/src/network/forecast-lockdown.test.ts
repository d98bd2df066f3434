import { ObjectId, port } from "@sallyport/contracts";
import type { LockdownId } from "@sallyport/contracts";
import { aNet, scope, vmOf } from "./aws/aws-net.conformance.ts";
import type { NetParts, Short } from "./aws/aws-net.conformance.ts";
import { createAwsModel } from "./aws/model.ts";
import type { AwsNet } from "./aws/net.ts";
import type { AwsRule } from "./aws/rule.ts";
import { forecastBy, forecastLockdown } from "./forecast-lockdown.ts";
import type { LockdownAsked } from "./forecast-lockdown.ts";
import type { NetworkModel } from "./model.ts";

const asked: LockdownAsked = {
  vm: vmOf(1),
  id: "l0ckd0wn" as LockdownId,
  ports: [{ port: port(22), protocol: "tcp" }],
  options: { precedence: "seed", sharedGroups: "refuse" },
};
const alone = (...rules: readonly Short[]): NetParts => ({ groups: { app: rules }, vms: [[["app"]]] });
const say = ({
  object,
  verb,
  rule,
}: {
  object: ObjectId;
  verb: "put" | "delete" | "attach" | "detach";
  rule: AwsRule;
}) => ({
  object,
  verb,
  rule: rule.kind,
});
const closing = aNet(alone(["tcp", "22", "0.0.0.0/0"], ["tcp", "443", "0.0.0.0/0"]));
/** A model whose planner has a defect, and which is sound otherwise. */
const planning = (defect: (net: AwsNet) => readonly AwsRule[]): NetworkModel<AwsNet, AwsRule> => {
  const model = createAwsModel();
  return {
    ...model,
    plan: (net, want, seal) => {
      const plan = model.plan(net, want, seal);
      const more = defect(net).map((rule) => ({ object: ObjectId.parse("sg-app"), verb: "delete" as const, rule }));
      return plan.ok ? { ...plan, changes: [...plan.changes, ...more] } : plan;
    },
  };
};

describe("the forecast of a lockdown", () => {
  it("passes the check that its enforcer would make, for every source (G11)", () => {
    expect(
      forecastBy(
        planning(() => []),
        closing,
        asked,
        say,
      ),
    ).toMatchObject({ ok: true, changes: [{ verb: "delete" }] });
  });

  it("is a refusal where that check fails: what would not be applied is not promised", () => {
    const web = planning((net) =>
      net.groups.flatMap(({ ingress }) =>
        ingress.filter(({ from }) => from === 443).map((permit): AwsRule => ({ kind: "ingress", scope, permit })),
      ),
    );
    expect(forecastBy(web, closing, asked, say)).toMatchObject({
      ok: false,
      refusals: [
        {
          code: "network.plan-unsafe",
          detail: expect.stringContaining("closes a port that was not selected") as string,
        },
      ],
    });
  });

  it("goes by the account's own quotas: what they refuse, and what they have room for", () => {
    const many = Array.from({ length: 58 }, (_, i): Short => ["tcp", String(8000 + i), "10.0.0.0/8"]);
    const full = JSON.parse(JSON.stringify(aNet(alone(...many, ["tcp", "0-1000", "10.0.0.0/8"])))) as unknown;
    const of = (awsLimits?: LockdownAsked["awsLimits"]) =>
      forecastLockdown(full, awsLimits === undefined ? asked : { ...asked, awsLimits });
    expect(of()).toMatchObject({
      ok: false,
      refusals: [{ code: "network.quota", detail: expect.stringContaining("60") as string }],
    });
    expect(of({ rulesPerGroup: 120 })).toMatchObject({ ok: true });
    expect(of({ rulesPerGroup: 40 })).toMatchObject({
      ok: false,
      refusals: [{ detail: expect.stringContaining("40") as string }],
    });
  });
});
