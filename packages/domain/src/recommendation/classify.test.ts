import { Address, Finding, addressNumber, port } from "@sallyport/contracts";
import type { ObjectId } from "@sallyport/contracts";
import { aPolicy, aProfile, aVm } from "@sallyport/testkit";
import type { Exposure } from "../network/exposure.ts";
import { classify } from "./classify.ts";
import type { Observed } from "./classify.ts";
import type { VmFacts } from "./vm-facts.ts";

const nsg = "nsg-web" as ObjectId;

function facts(about: Partial<VmFacts> = {}, profile: Parameters<typeof aProfile>[0] = {}): VmFacts {
  const { surveyedAt: _, ...rest } = aProfile(profile);
  return {
    profile: rest,
    generation: "current",
    guards: [nsg],
    exposedBy: rest.publicAddresses.map(({ id }) => id),
    ...about,
  };
}

const admits = (from: string, to = from, part: Partial<Exposure["part"]> = {}): Exposure => ({
  address: Address.parse("10.0.0.4"),
  port: port(22),
  protocol: "tcp",
  part: { first: addressNumber(from), last: addressNumber(to), verdict: "allowed", by: "nsg-web/allow-ssh", ...part },
});
const everybody = admits("0.0.0.0", "255.255.255.255");

const look = (about: Partial<Observed> = {}) => {
  const found = classify({
    facts: facts(),
    isEnrolled: true,
    lockdown: { kind: "pending" },
    exposure: [everybody],
    ...about,
  });
  // Whatever is found can travel.
  expect(Finding.parse(found)).toEqual(found);
  return found;
};

describe("classifying an Azure VM, branch by branch", () => {
  it("A1: is not evaluated in a scope that is not enrolled, and never Healthy (S30)", () =>
    expect(look({ isEnrolled: false })).toMatchObject({ status: "NotEvaluated", reasonCode: "NOT_ENROLLED" }));

  it("A2: is not applicable where the recommendation is switched off, naming the scope", () =>
    expect(look({ disabledAt: "/subscriptions/s" })).toMatchObject({
      status: "NotApplicable",
      reasonCode: "POLICY_DISABLED",
      evidence: [{ kind: "policy", object: "/subscriptions/s" }],
    }));

  it("A3: is not applicable to a classic VM", () =>
    expect(look({ facts: facts({ generation: "classic" }) })).toMatchObject({
      status: "NotApplicable",
      reasonCode: "CLASSIC",
    }));

  it("A4: is not applicable to a stopped VM, also under a policy", () =>
    expect(look({ facts: facts({}, { power: "stopped" }), policy: aPolicy() })).toMatchObject({
      status: "NotApplicable",
      reasonCode: "STOPPED",
    }));

  it("A5: is healthy under a policy", () => {
    const narrow = aPolicy({ ports: [{ port: 22, allowedSources: ["203.0.113.0/24"], maxDuration: 3600 }] });
    expect(look({ policy: narrow, lockdown: { kind: "locked" }, exposure: [] })).toMatchObject({
      status: "Healthy",
      reasonCode: "JIT_ENABLED",
      warnings: [],
    });
  });

  it("A6: is not applicable behind a firewall that is not supported, with an NSG or without (S24)", () => {
    const unsupported = { object: "fw-hub" as ObjectId, detail: "it has a firewall policy" };
    for (const guards of [[nsg], []])
      expect(look({ facts: facts({ unsupported, guards }) })).toMatchObject({
        status: "NotApplicable",
        reasonCode: "FIREWALL_POLICY_UNSUPPORTED",
        evidence: [{ kind: "firewall", object: "fw-hub", detail: "it has a firewall policy" }],
      });
  });

  it("A7: is not applicable without an NSG, and critical with a public address", () => {
    expect(look({ facts: facts({ guards: [] }) })).toMatchObject({
      status: "NotApplicable",
      severity: "Critical",
      reasonCode: "NO_NSG_OR_FIREWALL",
      warnings: [expect.stringContaining("open to the Internet")],
    });
    const inside = look({ facts: facts({ guards: [], exposedBy: [] }) });
    expect(inside).toMatchObject({ status: "NotApplicable", reasonCode: "NO_NSG_OR_FIREWALL", warnings: [] });
    expect(inside.severity).toBeUndefined();
  });

  it("A8: is healthy without a way in from the Internet, whatever the rules admit", () =>
    expect(look({ facts: facts({ exposedBy: [] }) })).toMatchObject({
      status: "Healthy",
      reasonCode: "NO_PUBLIC_IP",
      reason: "This VM has no public IP address.",
    }));

  it("A9: is healthy when the rules let nobody from the Internet in to a management port", () => {
    const found = look({ exposure: [] });
    expect(found).toMatchObject({ status: "Healthy", reasonCode: "NSG_BLOCKS" });
    expect(found.reason).toBe("This VM is protected by an NSG that blocks access to management ports.");
  });

  it("A10: is unhealthy otherwise, naming the rule, the network object and the address that expose it (S4)", () => {
    const found = look();
    expect(found).toMatchObject({ status: "Unhealthy", severity: "High", reasonCode: "NSG_ALLOWS" });
    expect(found.reason).toBe("This VM is protected by an NSG that allows access to management ports.");
    expect(found.evidence).toEqual([
      { kind: "rule", object: "nsg-web/allow-ssh", detail: "admits any IPv4 source to 22" },
      { kind: "public-address", object: facts().exposedBy[0], detail: "is 198.51.100.10" },
      { kind: "nsg", object: "nsg-web", detail: "protects this VM" },
    ]);
  });

  describe("under security admin rules, which come before its NSGs (P31)", () => {
    const network = "vnet-1" as ObjectId;
    const always = { adminRules: [{ network, deciders: ["avnm/always-ssh"] }] };
    const blind = {
      adminRules: [{ network, deciders: ["vnet-1/security admin rules"], unread: "403, not permitted" }],
    };
    const byRule = admits("0.0.0.0", "255.255.255.255", { by: "avnm/always-ssh" });
    const doubt = admits("0.0.0.0", "255.255.255.255", {
      verdict: "unknown",
      by: "vnet-1/security admin rules",
      reason: "they could not be read",
    });
    const reason = "Security admin rules, which come before the NSGs of this VM, decide about its management ports.";

    it("is never protected where an AlwaysAllow lets in, and names it", () =>
      expect(look({ facts: facts(always), exposure: [byRule] })).toMatchObject({
        status: "Unhealthy",
        severity: "High",
        reason,
        evidence: expect.arrayContaining([
          { kind: "rule", object: "avnm/always-ssh", detail: "admits any IPv4 source to 22" },
          { kind: "note", object: network, detail: "security admin rules come before its NSGs: avnm/always-ssh" },
        ]),
      }));

    it("is never protected where they could not be read, and says so", () =>
      expect(look({ facts: facts(blind), exposure: [doubt] })).toMatchObject({
        status: "Unhealthy",
        reason,
        evidence: expect.arrayContaining([
          {
            kind: "note",
            object: network,
            detail: "its security admin rules, which come before its NSGs, could not be read: 403, not permitted",
          },
        ]),
      }));

    it("is not protected by JIT either, however well locked, and is so again where they decide nothing", () => {
      const under = { policy: aPolicy(), lockdown: { kind: "locked" } } as const;
      for (const [about, exposure] of [
        [always, byRule],
        [blind, doubt],
      ] as const)
        expect(look({ ...under, facts: facts(about), exposure: [exposure] })).toMatchObject({
          status: "Unhealthy",
          reasonCode: "NSG_ALLOWS",
          reason: expect.stringContaining("but security admin rules"),
        });
      expect(look({ ...under, facts: facts(always), exposure: [] })).toMatchObject({ status: "Healthy" });
      expect(look({ ...under, facts: facts({ ...always, exposedBy: [] }), exposure: [byRule] })).toMatchObject({
        status: "Healthy",
      });
    });

    it("says nothing of them where there are none", () =>
      expect(look().evidence).not.toContainEqual(expect.objectContaining({ kind: "note" })));
  });
});

describe("classifying an EC2 instance, branch by branch", () => {
  const aws = { vm: aVm("aws") };
  const of = (about: Partial<Observed> = {}, more: Partial<VmFacts> = {}) =>
    look({ facts: facts(more, aws), ...about });

  it("W1: is not evaluated in an account that is not connected (S16)", () =>
    expect(of({ isEnrolled: false })).toMatchObject({ status: "NotEvaluated", reasonCode: "NOT_ENROLLED" }));
  it("W2: is not applicable to a stopped instance", () =>
    expect(look({ facts: facts({}, { ...aws, power: "stopped" }) })).toMatchObject({ reasonCode: "STOPPED" }));
  it("W3: is healthy under a policy", () =>
    expect(of({ policy: aPolicy(aws) })).toMatchObject({ status: "Healthy", reasonCode: "JIT_ENABLED" }));
  it("W4: is healthy without a public address", () =>
    expect(of({}, { exposedBy: [] })).toMatchObject({ status: "Healthy", reasonCode: "NO_PUBLIC_IP" }));
  it("W5: is healthy when no attached group lets the Internet in", () =>
    expect(of({ exposure: [] })).toMatchObject({
      status: "Healthy",
      reason: "This VM is protected by a security group that blocks access to management ports.",
    }));
  it("W6: is unhealthy otherwise", () =>
    expect(of()).toMatchObject({
      status: "Unhealthy",
      severity: "High",
      reason: "This VM is protected by a security group that allows access to management ports.",
    }));
  it("knows no branch of a missing group", () =>
    expect(of({ exposure: [] }, { guards: [] })).toMatchObject({ reasonCode: "NSG_BLOCKS" }));
});

describe("what counts as exposed", () => {
  const code = (exposure: readonly Exposure[]) => look({ exposure }).reasonCode;

  it.each([
    ["10.0.0.0", "10.255.255.255"],
    ["172.16.0.0", "172.31.255.255"],
    ["192.168.1.0", "192.168.1.255"],
    ["168.63.129.16", "168.63.129.16"],
  ])("is not what only %s to %s can reach: the rest of the network, or the platform", (from, to) =>
    expect(code([admits(from, to)])).toBe("NSG_BLOCKS"),
  );

  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["10.0.0.0", "11.0.0.0"],
    ["192.167.255.255", "192.168.255.255"],
  ])("is what %s to %s can reach", (from, to) => expect(code([admits(from, to)])).toBe("NSG_ALLOWS"));

  it("is what cannot be computed, with the reason", () => {
    const unknown = admits("0.0.0.0", "255.255.255.255", { verdict: "unknown", reason: "the tag AzureCloud" });
    expect(look({ exposure: [unknown] })).toMatchObject({
      status: "Unhealthy",
      evidence: expect.arrayContaining([
        { kind: "rule", object: "nsg-web/allow-ssh", detail: "may admit (the tag AzureCloud) any IPv4 source to 22" },
      ]),
    });
  });

  it("is told by rule, with all its ports and some of its sources", () => {
    const many = Array.from({ length: 9 }, (_, n) => admits(`203.0.113.${2 * n}`));
    const found = look({
      exposure: [...many, { ...everybody, port: port(3389), part: { ...everybody.part, by: "nsg-web/any" } }],
    });
    expect(found.evidence.filter(({ kind }) => kind === "rule").map(({ detail }) => detail)).toEqual([
      "admits 203.0.113.0, 203.0.113.2, 203.0.113.4, 203.0.113.6, 203.0.113.8 and 4 more to 22",
      "admits any IPv4 source to 3389",
    ]);
  });
});

describe("warnings", () => {
  const policy = aPolicy({ ports: [{ port: 22, allowedSources: ["203.0.113.0/24"], maxDuration: 3600 }] });

  it("says that a policy lets anybody ask", () =>
    expect(look({ policy: aPolicy(), lockdown: { kind: "locked" }, exposure: [] }).warnings).toEqual([
      "The policy lets anybody on the Internet ask for 22/tcp.",
    ]));

  it("says that the lockdown is not effective, and names the rule that shadows it (P1)", () => {
    const shadows = [{ port: port(22), protocol: "tcp" as const, by: "nsg-web/allow-ssh", sources: "any" }];
    const found = look({ policy, lockdown: { kind: "not-effective", shadows } });
    expect(found.warnings).toEqual([expect.stringContaining("nsg-web/allow-ssh")]);
    expect(found.evidence).toContainEqual(expect.objectContaining({ kind: "rule", object: "nsg-web/allow-ssh" }));
  });

  it("says that the ports are not closed yet, or could not be closed", () => {
    expect(look({ policy }).warnings).toEqual([expect.stringContaining("not closed yet")]);
    const reasons = [{ code: "network.no-nsg" as const, detail: "No NSG." }];
    expect(look({ policy, lockdown: { kind: "failed", reasons } }).warnings).toEqual([
      expect.stringContaining("No NSG."),
    ]);
  });

  it("says that the firewall has moved to a policy since (S26)", () => {
    const unsupported = { object: "fw-hub" as ObjectId, detail: "it has a firewall policy" };
    const found = look({ policy, lockdown: { kind: "locked" }, exposure: [], facts: facts({ unsupported }) });
    expect(found).toMatchObject({ reasonCode: "JIT_ENABLED", warnings: [expect.stringContaining("firewall policy")] });
  });

  it("says beforehand that closing ends established connections (P16, P17)", () => {
    const closing = { sessions: "cut" as const, because: "nsg-web flushes connections" };
    expect(look({ facts: facts({}, { closing }) }).warnings).toEqual([
      "Closing ends established connections: nsg-web flushes connections.",
    ]);
  });

  it("says that a rule written since lets the Internet in through a lockdown, but nothing of our own grants", () => {
    const lockdown = { kind: "locked" } as const;
    const leaking = look({ policy, lockdown });
    expect(leaking.warnings).toEqual([expect.stringContaining("nsg-web/allow-ssh lets the Internet in.")]);
    expect(leaking.evidence).toContainEqual(expect.objectContaining({ kind: "rule", object: "nsg-web/allow-ssh" }));
    const by = (deciders: string, verdict: "allowed" | "unknown" = "allowed") =>
      look({ policy, lockdown, exposure: [{ ...everybody, part: { ...everybody.part, verdict, by: deciders } }] })
        .warnings;
    expect(by("nsg-web/sallyport-allow-g1")).toEqual([]);
    expect(by("nsg-subnet/any + nsg-web/sallyport-allow-g1")).toEqual([]);
    expect(by("sallyport-g1/sallyport-g1")).toEqual([]);
    expect(by("sallyport-clone-l1-0a/sallyport-clone-l1-0a")).toEqual([expect.stringContaining("clone")]);
    expect(by("nsg-web/tag", "unknown")).toEqual([expect.stringContaining("or may.")]);
    const elsewhere = look({ policy, lockdown, exposure: [{ ...everybody, port: port(3389) }] });
    expect(elsewhere.warnings).toEqual([]);
  });

  it("says that nothing guards the VM any more", () =>
    expect(look({ policy, lockdown: { kind: "locked" }, exposure: [], facts: facts({ guards: [] }) }).warnings).toEqual(
      [expect.stringContaining("No NSG or firewall")],
    ));
});
