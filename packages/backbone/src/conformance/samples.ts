import { EventId, GrantId, Instant, VmRef, seal } from "@sallyport/contracts";
import type { Cloud, Job, SallyportEvent } from "@sallyport/contracts";

// The suites use no testkit: it stands on an adapter that they judge.

export const sampleVm = (n: number): VmRef =>
  VmRef.parse(`arn:aws:ec2:eu-west-1:123456789012:instance/i-${n.toString(16).padStart(17, "0")}`);

/** The `n`-th event about the VM: small, and on `sallyport.posture`. */
export const sampleEvent = (vm: number, n: number): SallyportEvent =>
  seal(
    { type: "sallyport.posture.gone.v1", data: { vm: sampleVm(vm), at: Instant.parse("2026-01-31T08:00:00.000Z") } },
    {
      id: EventId.parse(`00000000-0000-4000-8000-${(vm * 100_000 + n).toString(16).padStart(12, "0")}`),
      source: "/sallyport/suite",
      time: Instant.parse("2026-01-31T08:00:00.000Z"),
      correlationId: `vm ${vm}`,
      causationId: `${n}`,
    },
  );

/** Which VM, and the how manieth: as the sample was numbered. */
export const numberOf = (event: SallyportEvent): { readonly vm: string; readonly n: number } => ({
  vm: event.correlationid,
  n: Number(event.causationid),
});

/** The `n`-th grant's job. */
export const sampleJob = (n: number, name: "RevokeGrant" | "OpenGrant" = "RevokeGrant", cloud: Cloud = "aws"): Job => ({
  name,
  data: { cloud, vm: sampleVm(n), grantId: GrantId.parse(`g${n.toString(16).padStart(15, "0")}`) },
});
