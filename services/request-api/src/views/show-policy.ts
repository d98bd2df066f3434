import { isoDurationOf, vmKeyOf } from "@sallyport/contracts";
import type { JitPolicy, PolicyView } from "@sallyport/contracts";

/** The part of a policy that a person writes, as it is written over HTTP. */
export const policyText = ({ ports, approval, lockdown }: JitPolicy) => ({
  ports: ports.map(({ port, protocol, allowedSources, maxDuration }) => ({
    port,
    protocol,
    allowedSources: [...allowedSources],
    maxDuration: isoDurationOf(maxDuration),
  })),
  approval: { ...approval, waitAtMost: isoDurationOf(approval.waitAtMost) },
  lockdown,
});

/** A policy as it is answered. */
export const showPolicy = (policy: JitPolicy): PolicyView => ({
  vm: policy.vm,
  vmKey: vmKeyOf(policy.vm),
  ...policyText(policy),
  version: policy.version,
  updatedAt: policy.updatedAt,
});
