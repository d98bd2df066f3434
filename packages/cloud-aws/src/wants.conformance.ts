import { instantOf } from "@sallyport/contracts";
import type { Cidr, GrantId, LockdownId, StoredChange } from "@sallyport/contracts";
import { checkPlan } from "@sallyport/domain";
import type { Allow, LockDown, Want } from "@sallyport/domain";
import { seal } from "./aws-cloud.conformance.ts";
import type { AwsUnderTest } from "./aws-cloud.conformance.ts";

export const GRANT = "wr1tetest0001" as GrantId;
export const END = instantOf(Date.UTC(2027, 0, 31, 10));

export const allow = (
  cloud: AwsUnderTest,
  sources: readonly string[] = ["203.0.113.7/32"],
  grantId = GRANT,
): Allow => ({
  kind: "allow",
  vm: cloud.vm,
  grantId,
  ports: [
    { port: cloud.port, protocol: "*", sources: sources as readonly Cidr[] },
    { port: cloud.otherPort, protocol: "tcp", sources: sources as readonly Cidr[] },
  ],
  end: END,
});
export const lockDown = (
  cloud: AwsUnderTest,
  sharedGroups: LockDown["options"]["sharedGroups"] = "refuse",
): LockDown => ({
  kind: "lock-down",
  vm: cloud.vm,
  id: "wr1tetest0000" as LockdownId,
  ports: [{ port: cloud.port, protocol: "tcp" }],
  options: { precedence: "seed", sharedGroups },
  inverse: [],
});
export const withdraw = (cloud: AwsUnderTest): Want => ({
  kind: "withdraw",
  vm: cloud.vm,
  grantId: GRANT,
  objects: [],
});

/** One round of what enforcement does: read, plan, check, write each object's changes. */
export async function once(cloud: AwsUnderTest, want: Want) {
  const objects = "objects" in want ? want.objects : [];
  const net = await cloud.during(cloud.network.read({ vms: [cloud.vm], objects }));
  const plan = cloud.model.plan(net, want, seal);
  if (!plan.ok) throw new Error(plan.refusals[0].detail);
  expect(checkPlan(cloud.model, net, want, plan.changes, seal)).toEqual({ ok: true });
  const before = cloud.calls.length;
  for (const object of new Set(plan.changes.map((change) => change.object)))
    await cloud.during(
      cloud.network.write(
        object,
        plan.changes.filter((change) => change.object === object),
      ),
    );
  const writes = cloud.calls.slice(before).flatMap(({ action, isWrite }) => (isWrite ? [action] : []));
  return { inverse: plan.inverse ?? [], changes: plan.changes, writes };
}

export const unlock = (cloud: AwsUnderTest, inverse: readonly StoredChange[]): Want => ({
  kind: "unlock",
  vm: cloud.vm,
  id: lockDown(cloud).id,
  inverse,
  objects: inverse.map(({ object }) => object),
});
