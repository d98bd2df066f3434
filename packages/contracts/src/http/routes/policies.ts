import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";
import { z } from "zod";
import { NewPolicies, PoliciesView } from "../policies-bodies.ts";
import { PolicyBody, PolicyPatch, PolicyView } from "../policy-bodies.ts";
import { etag } from "./headers.ts";
import { none, ofVm } from "./params.ts";

/** Why a policy may not be written. */
const ofWriting = [
  "rbac.missing-action",
  "rbac.denied",
  "scope.not-enrolled",
  "scope.plan-missing",
  "scope.plan-unknown",
  "vm.gone",
  "network.unsupported",
  "network.no-nsg",
  "policy.duration-too-short",
] as const;

/** JIT policies, of one VM and of many. */
export const policyRoutes = {
  getPolicy: defineRoute({
    method: "get",
    path: "/v1/vms/{vmKey}/policy",
    tag: "policies",
    summary: "Show the JIT policy of a VM.",
    keyScopes: ["vms:read"],
    params: ofVm,
    query: none,
    success: { 200: { description: "The policy.", body: PolicyView, headers: etag } },
    errors: ["rbac.missing-action", "rbac.denied"],
  }),
  putPolicy: defineRoute({
    method: "put",
    path: "/v1/vms/{vmKey}/policy",
    tag: "policies",
    summary: "Enable JIT on a VM, or replace its policy: the ports it names are closed.",
    params: ofVm,
    query: none,
    body: PolicyBody,
    conditional: true,
    success: {
      200: { description: "Replaced; the lockdown follows.", body: PolicyView, headers: etag },
      201: { description: "Enabled; the lockdown follows.", body: PolicyView, headers: etag },
    },
    errors: ofWriting,
  }),
  createPolicies: defineRoute({
    method: "post",
    path: "/v1/policies",
    tag: "policies",
    summary:
      "Enable JIT on many VMs, each by itself; `dryRun=true` writes nothing, and says what each lockdown would change.",
    params: none,
    query: z.strictObject({ dryRun: z.enum(["true", "false"]).default("false") }),
    body: NewPolicies,
    idempotent: true,
    success: { 200: { description: "What became of each VM, or would.", body: PoliciesView } },
    errors: ["policy.duration-too-short"],
  }),
  patchPolicy: defineRoute({
    method: "patch",
    path: "/v1/vms/{vmKey}/policy",
    tag: "policies",
    summary: "Change parts of a VM's policy (JSON Merge Patch); grants on a port that is removed end.",
    params: ofVm,
    query: none,
    body: PolicyPatch,
    accepts: ["application/merge-patch+json", "application/json"],
    conditional: true,
    success: { 200: { description: "Changed; the lockdown follows.", body: PolicyView, headers: etag } },
    errors: ofWriting,
  }),
  deletePolicy: defineRoute({
    method: "delete",
    path: "/v1/vms/{vmKey}/policy",
    tag: "policies",
    summary: "Disable JIT on a VM: its grants end, and the lockdown gives back what it took.",
    params: ofVm,
    query: none,
    conditional: true,
    success: { 204: { description: "Removed; the unlocking follows." } },
    errors: ["rbac.missing-action", "rbac.denied"],
  }),
} as const satisfies Record<string, Route>;
