import {
  Access,
  EventId,
  GrantId,
  Instant,
  JitPolicy,
  Principal,
  RequestId,
  VmProfile,
  VmRef,
  cloudOf,
  scopeOf,
  seal,
  shortNameOf,
} from "@sallyport/contracts";
import type { Cloud, Fact, Sealing } from "@sallyport/contracts";

/** What a schema accepts before it has made anything of it. */
type Input<Schema extends { readonly _zod: { readonly input: unknown } }> = Schema["_zod"]["input"];

const padded = (n: number, width: number) => n.toString(16).padStart(width, "0");

/** The `n`-th UUID of a test. */
export const aUuid = (n = 1): string => `00000000-0000-4000-8000-${padded(n, 12)}`;
export const anEventId = (n = 1): EventId => EventId.parse(aUuid(n));
export const aRequestId = (n = 1): RequestId => RequestId.parse(`0193a5e4-7c00-7000-8000-${padded(n, 12)}`);
export const aGrantId = (n = 1): GrantId => GrantId.parse(`g${padded(n, 15)}`);

/** The `n`-th VM of a cloud. */
export function aVm(cloud: Cloud = "azure", n = 1): VmRef {
  const ids = {
    azure: `/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg-shop/providers/microsoft.compute/virtualmachines/vm-${n}`,
    aws: `arn:aws:ec2:eu-west-1:123456789012:instance/i-${padded(n, 17)}`,
  } as const satisfies Record<Cloud, string>;
  return VmRef.parse(ids[cloud]);
}

/** Alice is the first person, Bob the second. */
export const aPrincipal = (name = "alice"): Principal =>
  Principal.parse({ id: `${name}@9d1e0000-0000-4000-8000-0000000000f1`, displayName: name });

/** Port 22 of one VM for two hours from one address, unless the test is about something else. */
export const anAccess = (about: Partial<Input<typeof Access>> = {}): Access =>
  Access.parse({
    requestId: aRequestId(),
    grantId: aGrantId(),
    vm: aVm(),
    principal: aPrincipal(),
    ports: [{ port: 22, sources: ["203.0.113.7"] }],
    duration: 7200,
    policyVersion: 1,
    requestedAt: "2026-01-31T08:00:00.000Z",
    ...about,
  });

/** A policy on port 22 from anywhere, at most three hours, unless the test is about something else. */
export const aPolicy = (about: Partial<Input<typeof JitPolicy>> = {}): JitPolicy =>
  JitPolicy.parse({
    vm: aVm(),
    ports: [{ port: 22, maxDuration: 10_800 }],
    version: 1,
    updatedAt: "2026-01-30T12:00:00.000Z",
    ...about,
  });

/** A running Linux VM with one interface and one public address, as the last survey saw it. */
export function aProfile(about: Partial<Input<typeof VmProfile>> = {}): VmProfile {
  const vm = VmRef.parse(about.vm ?? aVm());
  const cloud = cloudOf(vm);
  const name = shortNameOf(vm);
  const azure = (type: string) =>
    vm.replace(/microsoft\.compute\/virtualmachines\/.*/, `microsoft.network/${type}-${name}`);
  return VmProfile.parse({
    cloud,
    scope: scopeOf(vm),
    name,
    location: cloud === "azure" ? "westeurope" : "eu-west-1",
    osType: "linux",
    power: "running",
    interfaces: [cloud === "azure" ? azure("networkinterfaces/nic") : name.replace("i-", "eni-")],
    publicAddresses: [
      {
        id: cloud === "azure" ? azure("publicipaddresses/pip") : name.replace("i-", "eipalloc-"),
        address: "198.51.100.10",
      },
    ],
    openingTime: 15,
    closing: { sessions: "kept", because: "the firewall keeps flow state" },
    surveyedAt: "2026-01-31T07:59:00.000Z",
    ...about,
    vm,
  });
}

/** A fact in its envelope. */
export const anEvent = <F extends Fact>(fact: F, sealing: Partial<Sealing> = {}): ReturnType<typeof seal<F>> =>
  seal(fact, {
    id: anEventId(),
    source: "/sallyport/test",
    time: Instant.parse("2026-01-31T08:00:00.000Z"),
    correlationId: aRequestId(),
    causationId: aRequestId(),
    ...sealing,
  });
