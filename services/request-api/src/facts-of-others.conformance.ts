import { plusSeconds } from "@sallyport/contracts";
import type { Access, Fact, Instant } from "@sallyport/contracts";

/** What authz and an enforcer may say of a request, at the time that `now` tells when they say it. */
export function factsOfOthers(now: () => Instant) {
  const at = (n: number) => plusSeconds(now(), n);
  const approved = (access: Access): Fact => ({
    type: "sallyport.access.approved.v1",
    data: { access, notAfter: at(3615), approvedAt: at(0), extends: false },
  });
  const granted = (access: Access): Fact => ({
    type: "sallyport.access.granted.v1",
    data: {
      access,
      openedAt: at(2),
      expiresAt: at(3602),
      ways: [],
      objects: [],
      closing: { sessions: "kept", because: "NSGs keep flow state" },
    },
  });
  const denied = (access: Access): Fact => ({
    type: "sallyport.access.denied.v1",
    data: {
      access,
      reasons: [{ code: "rbac.missing-action", detail: "x", action: "y", object: "z" }],
      extends: false,
    },
  });
  const revoked = (access: Access): Fact => ({
    type: "sallyport.access.revoked.v1",
    data: {
      access,
      reason: "expired",
      receipt: {
        grantId: access.grantId,
        closedAt: at(3603),
        reason: "expired",
        readBack: [],
        stillOpen: [],
        keyId: "k1",
        signature: "s",
      },
    },
  });
  const waits = (access: Access): Fact => ({
    type: "sallyport.access.approval-required.v1",
    data: { access, needed: 1, given: [], waitsUntil: at(600) },
  });
  return { at, approved, granted, denied, revoked, waits };
}
