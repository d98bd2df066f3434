import { protocolsMeet } from "@sallyport/contracts";
import type { Cloud, Evidence, Finding, JitPolicy, ReasonCode, Refusal, Shadow } from "@sallyport/contracts";
import { decidersOf } from "../network/address-set.ts";
import type { Exposure } from "../network/exposure.ts";
import { allowsAnySource, doorOf } from "../policy/check-request.ts";
import { exposingRules, fromInternet } from "./exposing-rules.ts";
import type { VmFacts } from "./vm-facts.ts";

/** What is known of the lockdown of a VM under a policy. */
export type LockdownStanding =
  | { readonly kind: "pending" }
  | { readonly kind: "locked" }
  | { readonly kind: "not-effective"; readonly shadows: readonly Shadow[] }
  | { readonly kind: "failed"; readonly reasons: readonly Refusal[] };

/** Everything that the recommendation looks at. */
export interface Observed {
  readonly facts: VmFacts;
  /** Whether the subscription or account is enrolled (S16, S30). */
  readonly isEnrolled: boolean;
  /** The scope on which the deployment has switched the recommendation off; absent when it is on. */
  readonly disabledAt?: string;
  /** The VM's JIT policy; absent when it has none. */
  readonly policy?: JitPolicy;
  readonly lockdown: LockdownStanding;
  /** Who gets in, or may, to the management ports: from `exposureOf`. */
  readonly exposure: readonly Exposure[];
}

/**
 * Which VMs can benefit from JIT (S27–S29): the first branch that applies decides, in the order of seed.md §8.2 for Azure and §8.3 for
 * AWS. What cannot be computed counts as open.
 */
export function classify(observed: Observed): Finding {
  const { facts, isEnrolled, disabledAt, policy } = observed;
  const { profile, generation, guards, unsupported, exposedBy } = facts;
  if (!isEnrolled) return finding("NotEvaluated", "NOT_ENROLLED", "This VM's subscription or account is not enrolled.");
  if (disabledAt !== undefined)
    return finding("NotApplicable", "POLICY_DISABLED", "The recommendation is switched off for this VM's scope.", [
      note("policy", disabledAt, "switches the recommendation off"),
    ]);
  if (generation === "classic") return finding("NotApplicable", "CLASSIC", "This is a classic VM.");
  if (profile.power === "stopped")
    return finding("NotApplicable", "STOPPED", "This VM is stopped.", [
      note("power", profile.vm, "is looked at again when it runs"),
    ]);
  if (policy !== undefined) return configured(observed, policy);
  if (unsupported !== undefined)
    return finding(
      "NotApplicable",
      "FIREWALL_POLICY_UNSUPPORTED",
      "This VM is behind a firewall of a kind that is not supported.",
      [note("firewall", unsupported.object, unsupported.detail)],
    );
  if (isUnguarded(facts)) return unguarded(facts);
  const warnings = warningsOf(facts);
  const guardNotes = [
    ...guards.map((guard) => note(guardKind[profile.cloud], guard, "protects this VM")),
    ...adminNotes(facts),
  ];
  if (exposedBy.length === 0)
    return finding("Healthy", "NO_PUBLIC_IP", "This VM has no public IP address.", guardNotes, warnings);
  const open = fromInternet(observed.exposure);
  const guard = guardWord[profile.cloud];
  return open.length === 0
    ? finding(
        "Healthy",
        "NSG_BLOCKS",
        `This VM is protected by ${guard} that blocks access to management ports.`,
        [...guardNotes, ...exposureNotes(facts)],
        warnings,
      )
    : {
        ...finding(
          "Unhealthy",
          "NSG_ALLOWS",
          open.some(isByAdminRule(facts))
            ? `Security admin rules, which come before the NSGs of this VM, decide about its management ports.`
            : `This VM is protected by ${guard} that allows access to management ports.`,
          [...exposingRules(open), ...exposureNotes(facts), ...guardNotes],
          warnings,
        ),
        severity: "High",
      };
}

/** A5, W3: under a policy. Whether the lockdown does what it should is a warning, never silence (seed.md §8.5). */
function configured({ facts, lockdown, exposure }: Observed, policy: JitPolicy): Finding {
  const forAnybody = policy.ports.filter(allowsAnySource);
  const open = fromInternet(exposure);
  const overruled = facts.exposedBy.length === 0 ? [] : open.filter(isByAdminRule(facts));
  const leaks = lockdown.kind === "locked" ? open.filter((one) => isLeak(one, policy)) : [];
  const warnings = [
    ...(forAnybody.length === 0
      ? []
      : [`The policy lets anybody on the Internet ask for ${forAnybody.map(doorOf).join(", ")}.`]),
    ...lockdownWarnings(lockdown),
    ...(facts.unsupported === undefined ? [] : [`JIT cannot protect this VM any more: ${facts.unsupported.detail}`]),
    ...(isUnguarded(facts)
      ? ["No NSG or firewall guards this VM any more: every port that it listens on is open."]
      : []),
    ...(leaks.length === 0 ? [] : [leakWarning(leaks)]),
    ...warningsOf(facts),
  ];
  const shadows = lockdown.kind === "not-effective" ? lockdown.shadows.map(shadowNote) : [];
  const rules = exposingRules(lockdown.kind === "locked" ? [...new Set([...leaks, ...overruled])] : open);
  const evidence = [
    note("policy", policy.vm, `version ${policy.version} of its JIT policy`),
    ...shadows,
    ...rules,
    ...adminNotes(facts),
  ];
  // No lockdown of ours can close what is let in before every NSG, or may be: never told as protected (P31).
  if (overruled.length > 0)
    return {
      ...finding(
        "Unhealthy",
        "NSG_ALLOWS",
        "Just-in-time access is enabled on this VM, but security admin rules, which come before its NSGs, decide about its management ports.",
        evidence,
        warnings,
      ),
      severity: "High",
    };
  return finding("Healthy", "JIT_ENABLED", "Just-in-time access is enabled on this VM.", evidence, warnings);
}

/** Our own grants are there to let somebody in; what else does so was written after the lockdown was read back. */
const isLeak = ({ port, protocol, part }: Exposure, policy: JitPolicy): boolean =>
  policy.ports.some((one) => one.port === port && protocolsMeet(one.protocol, protocol)) &&
  !decidersOf(part.by).some((by) => GRANTS_OWN.test(by));

/** The rule or group of a grant, as it is named in every cloud. */
const GRANTS_OWN = /\/sallyport-(?!clone-|deny-)[^/]*$/;

const leakWarning = (leaks: readonly Exposure[]): string =>
  `The lockdown is not effective any more: ${[...new Set(leaks.flatMap(({ part }) => decidersOf(part.by)))].join(", ")} lets the Internet in${leaks.every(({ part }) => part.verdict === "unknown") ? ", or may" : ""}.`;

function lockdownWarnings(lockdown: LockdownStanding): readonly string[] {
  switch (lockdown.kind) {
    case "locked":
      return [];
    case "pending":
      return ["The ports of the policy are not closed yet."];
    case "not-effective":
      return [
        `The lockdown is not effective: ${[...new Set(lockdown.shadows.map(({ by }) => by))].join(", ")} lets traffic through before it.`,
      ];
    case "failed":
      return [`The ports could not be closed: ${lockdown.reasons.map(({ detail }) => detail).join(" ")}`];
  }
}

/** An EC2 interface always has a group. */
const isUnguarded = ({ profile, guards }: VmFacts): boolean => profile.cloud === "azure" && guards.length === 0;

/** A7: not applicable, since there is nothing that JIT could close; with a public address that is the worst there is. */
function unguarded(facts: VmFacts): Finding {
  const base = finding(
    "NotApplicable",
    "NO_NSG_OR_FIREWALL",
    "This VM is protected by neither an NSG nor a firewall.",
    [note("note", facts.profile.vm, "no NSG on any of its interfaces or subnets"), ...exposureNotes(facts)],
  );
  if (facts.exposedBy.length === 0) return base;
  return {
    ...base,
    severity: "Critical",
    warnings: ["Every port of this VM is open to the Internet. Associate an NSG first, then enable JIT."],
  };
}

const warningsOf = ({ profile: { closing } }: VmFacts): readonly string[] =>
  closing.sessions === "kept"
    ? []
    : [`Closing ${closing.sessions === "cut" ? "ends" : "may end"} established connections: ${closing.because}.`];

/** What comes before everything that an NSG says (P31). */
const adminNotes = ({ adminRules = [] }: VmFacts): readonly Evidence[] =>
  adminRules.map(({ network, deciders, unread }) =>
    note(
      "note",
      network,
      unread === undefined
        ? `security admin rules come before its NSGs: ${deciders.join(", ")}`
        : `its security admin rules, which come before its NSGs, could not be read: ${unread}`,
    ),
  );

const isByAdminRule = ({ adminRules = [] }: VmFacts): ((one: Exposure) => boolean) => {
  if (adminRules.length === 0) return () => false;
  const deciders = new Set(adminRules.flatMap((one) => one.deciders));
  return ({ part }) => decidersOf(part.by).some((by) => deciders.has(by));
};

const guardWord = { azure: "an NSG", aws: "a security group" } as const satisfies Record<Cloud, string>;
const guardKind = { azure: "nsg", aws: "security-group" } as const satisfies Record<Cloud, Evidence["kind"]>;

const exposureNotes = ({ profile, exposedBy }: VmFacts): readonly Evidence[] =>
  exposedBy.map((id) => {
    const address = profile.publicAddresses.find((one) => one.id === id);
    return address === undefined
      ? note("interface", id, "can be reached from the Internet")
      : note("public-address", id, address.address === undefined ? "not allocated now" : `is ${address.address}`);
  });

const shadowNote = ({ port, protocol, by, sources }: Shadow): Evidence =>
  note("rule", by, `lets ${sources} through to ${doorOf({ port, protocol })} before the lockdown`);

const note = (kind: Evidence["kind"], object: string, detail: string): Evidence => ({
  kind,
  object: object.slice(0, 2048),
  detail: detail.slice(0, 1000),
});

const finding = (
  status: Finding["status"],
  reasonCode: ReasonCode,
  reason: string,
  evidence: readonly Evidence[] = [],
  warnings: readonly string[] = [],
): Finding => ({
  status,
  reasonCode,
  reason,
  evidence: evidence.slice(0, 200),
  warnings: warnings.slice(0, 20).map((one) => one.slice(0, 500)),
});
