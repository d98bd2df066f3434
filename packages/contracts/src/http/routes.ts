import { z } from "zod";
import { ApiKeyId } from "../values/api-key.ts";
import { GrantId, RequestId } from "../values/ids.ts";
import { vmOfKey } from "../values/vm-ref.ts";
import type { VmRef } from "../values/vm-ref.ts";
import { AccessCheck, AccessCheckQuery } from "./access-check.ts";
import { AccessRequestView, ApprovalBody, NewAccessRequest } from "./access-request-bodies.ts";
import { ApiKeyView, CreatedApiKey, NewApiKey } from "./api-key-bodies.ts";
import { ExtensionBody, GrantStatus, GrantView } from "./grant-bodies.ts";
import { Me } from "./me.ts";
import { PageQuery, pageOf } from "./page.ts";
import { PathQuery, PathView } from "./path-bodies.ts";
import { NewPolicies, PoliciesView } from "./policies-bodies.ts";
import { PolicyBody, PolicyPatch, PolicyView } from "./policy-bodies.ts";
import { defineRoute } from "./route.ts";
import type { Route } from "./route.ts";
import { ExposureQuery, ExposureView } from "./exposure-bodies.ts";
import { FleetView } from "./fleet-bodies.ts";
import { NewScan, ScanView } from "./scan-bodies.ts";
import { TimelineEntry } from "./timeline-bodies.ts";
import { NewEnrolment, ScopeList, ScopeView } from "./scope-bodies.ts";
import { ScopeText } from "../values/enrolment.ts";
import { ScanId } from "../values/scan.ts";
import { VmFilter, VmSummary, VmView } from "./vm-bodies.ts";

const none = z.strictObject({});

const VmKey = z
  .string()
  .transform((key, context): VmRef => {
    const vm = vmOfKey(key);
    if (vm !== undefined) return vm;
    context.addIssue({ code: "custom", message: "expected the vmKey of a VM" });
    return z.NEVER;
  })
  .describe("vmKey of a VM, as every representation of it gives");
const ofVm = z.strictObject({ vmKey: VmKey });
const ofRequest = z.strictObject({ requestId: RequestId });
const ofApiKey = z.strictObject({ apiKeyId: ApiKeyId });
const ofScope = z.strictObject({
  scopeId: ScopeText.describe("Azure subscription id, or AWS <account>/<region> with its slash as %2F; in any case"),
});
const ofGrant = z.strictObject({ grantId: GrantId });

/** Whose, of which VM, how far: for requests and for grants. */
const listed = {
  vm: z
    .string()
    .max(2100)
    .optional()
    .describe("canonical id or vmKey of a VM; everything about it, for who may read its policy"),
  status: GrantStatus.optional(),
  principal: z.literal("me").optional().describe("only the caller's own, which is also what is answered without `vm`"),
};

const listedRequests = {
  ...listed,
  approver: z
    .literal("me")
    .optional()
    .describe("what waits for the caller's yes, of whoever's: requests and extensions; for people only"),
};

const VmPage = pageOf(VmSummary);
const TimelinePage = pageOf(TimelineEntry);
const ScanPage = pageOf(ScanView);
const AccessRequestPage = pageOf(AccessRequestView);
const GrantPage = pageOf(GrantView);
const ApiKeyPage = pageOf(ApiKeyView);

/** What the routes answer with and take, by the names that the OpenAPI document gives them. */
export const httpSchemas = {
  Vm: VmView,
  VmSummary,
  VmPage,
  Fleet: FleetView,
  Path: PathView,
  Exposure: ExposureView,
  TimelinePage,
  Scan: ScanView,
  ScanPage,
  NewScan,
  Scope: ScopeView,
  ScopeList,
  NewEnrolment,
  Policy: PolicyView,
  NewPolicy: PolicyBody,
  PolicyPatch,
  NewPolicies,
  Policies: PoliciesView,
  NewAccessRequest,
  AccessRequest: AccessRequestView,
  AccessRequestPage,
  Approval: ApprovalBody,
  Grant: GrantView,
  GrantPage,
  Extension: ExtensionBody,
  ApiKey: ApiKeyView,
  ApiKeyPage,
  NewApiKey,
  CreatedApiKey,
  AccessCheck,
  Me,
} as const satisfies Record<string, z.ZodType>;

const etag = { ETag: "the policy's version, in quotes" };
const location = { Location: "where the request is found from now on" };
const applied = { "Preference-Applied": "wait=N, when the call waited" };

/** The HTTP API, as a table. */
export const routes = {
  listVms: defineRoute({
    method: "get",
    path: "/v1/vms",
    tag: "vms",
    summary:
      "List the VMs that the caller may read, with their findings; `status=Unhealthy` lists what can benefit from JIT.",
    keyScopes: ["vms:read"],
    params: none,
    query: PageQuery.extend(VmFilter),
    success: { 200: { description: "One page.", body: VmPage } },
    errors: [],
  }),
  getVm: defineRoute({
    method: "get",
    path: "/v1/vms/{vmKey}",
    tag: "vms",
    summary: "Show one VM: finding with evidence, policy, lockdown, grants.",
    keyScopes: ["vms:read"],
    params: ofVm,
    query: none,
    success: { 200: { description: "The VM.", body: VmView } },
    errors: ["vm.gone"],
  }),
  getPath: defineRoute({
    method: "get",
    path: "/v1/vms/{vmKey}/path",
    tag: "vms",
    summary: "Explain who decides about a packet to the VM, hop by hop, as of the last survey.",
    keyScopes: ["vms:read"],
    params: ofVm,
    query: PathQuery,
    success: { 200: { description: "Every hop, with its verdict and the rule that decides.", body: PathView } },
    errors: ["vm.gone"],
  }),
  getExposure: defineRoute({
    method: "get",
    path: "/v1/vms/{vmKey}/exposure",
    tag: "vms",
    summary: "Show to how many addresses each management port was open, and how long, with and without our own grants.",
    params: ofVm,
    query: ExposureQuery,
    success: { 200: { description: "By port.", body: ExposureView } },
    errors: ["vm.gone"],
  }),
  getTimeline: defineRoute({
    method: "get",
    path: "/v1/vms/{vmKey}/timeline",
    tag: "vms",
    summary: "List the events of one VM, newest first; what people asked, for who may read its JIT policy.",
    params: ofVm,
    query: PageQuery,
    success: { 200: { description: "One page.", body: TimelinePage } },
    errors: ["vm.gone"],
  }),
  getFleet: defineRoute({
    method: "get",
    path: "/v1/fleet",
    tag: "vms",
    summary: "Count the VMs that the caller may read, by tab and by status.",
    params: none,
    query: z.strictObject(VmFilter),
    success: { 200: { description: "How many are under each tab.", body: FleetView } },
    errors: [],
  }),
  listScans: defineRoute({
    method: "get",
    path: "/v1/scans",
    tag: "scans",
    summary: "Show the newest scan of each scope with a VM that the caller may read; with `scope`, its last ones.",
    params: none,
    query: PageQuery.extend({ scope: NewScan.shape.scope.optional() }),
    success: { 200: { description: "One page.", body: ScanPage } },
    errors: [],
  }),
  getScan: defineRoute({
    method: "get",
    path: "/v1/scans/{scanId}",
    tag: "scans",
    summary: "Show how far a scan has come.",
    params: z.strictObject({ scanId: ScanId }),
    query: none,
    success: { 200: { description: "The scan.", body: ScanView } },
    errors: [],
  }),
  createScan: defineRoute({
    method: "post",
    path: "/v1/scans",
    tag: "scans",
    summary: "Scan a scope at once; for who may configure JIT on a VM of it.",
    params: none,
    query: none,
    body: NewScan,
    idempotent: true,
    success: {
      202: { description: "Taken down; the scan follows.", body: ScanView, headers: { Location: "the scan" } },
    },
    errors: ["request.not-found", "rbac.missing-action", "rbac.denied", "scope.not-enrolled"],
  }),
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
    errors: [
      "rbac.missing-action",
      "rbac.denied",
      "scope.not-enrolled",
      "scope.plan-missing",
      "scope.plan-unknown",
      "vm.gone",
      "network.unsupported",
      "network.no-nsg",
      "policy.duration-too-short",
    ],
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
    errors: [
      "rbac.missing-action",
      "rbac.denied",
      "scope.not-enrolled",
      "scope.plan-missing",
      "scope.plan-unknown",
      "vm.gone",
      "network.unsupported",
      "network.no-nsg",
      "policy.duration-too-short",
    ],
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
  createAccessRequest: defineRoute({
    method: "post",
    path: "/v1/access-requests",
    tag: "access requests",
    summary: "Ask for time-bound access to ports of one VM or several.",
    keyScopes: ["requests:write", "requests:on-behalf"],
    params: none,
    query: none,
    body: NewAccessRequest,
    idempotent: true,
    waits: true,
    success: {
      200: {
        description: "Decided while the call waited.",
        body: AccessRequestView,
        headers: { ...location, ...applied },
      },
      202: { description: "Accepted; the decision follows.", body: AccessRequestView, headers: location },
    },
    errors: [
      "auth.forbidden",
      "vm.unknown",
      "vm.ambiguous",
      "vm.gone",
      "scope.not-enrolled",
      "network.unsupported",
      "network.no-nsg",
      "policy.none",
      "policy.port-not-covered",
      "policy.source-not-covered",
      "policy.duration-too-long",
      "policy.duration-too-short",
      "policy.end-in-the-past",
    ],
  }),
  listAccessRequests: defineRoute({
    method: "get",
    path: "/v1/access-requests",
    tag: "access requests",
    summary:
      "List requests, newest first: the caller's own, those on one VM, or those that wait for the caller's approval.",
    keyScopes: ["requests:read"],
    params: none,
    query: PageQuery.extend(listedRequests),
    success: { 200: { description: "One page.", body: AccessRequestPage } },
    errors: ["request.not-found", "auth.forbidden"],
  }),
  getAccessRequest: defineRoute({
    method: "get",
    path: "/v1/access-requests/{requestId}",
    tag: "access requests",
    summary: "Show a request, its decision and its grants.",
    keyScopes: ["requests:read"],
    params: ofRequest,
    query: none,
    waits: true,
    success: { 200: { description: "The request.", body: AccessRequestView, headers: applied } },
    errors: [],
  }),
  approveAccessRequest: defineRoute({
    method: "post",
    path: "/v1/access-requests/{requestId}/approve",
    tag: "access requests",
    summary: "Approve a request that waits for approval; never one's own.",
    params: ofRequest,
    query: none,
    body: ApprovalBody,
    bodyOptional: true,
    idempotent: true,
    success: { 202: { description: "Taken down; the decision follows.", body: AccessRequestView } },
    errors: ["auth.forbidden", "rbac.missing-action", "rbac.denied", "request.conflict"],
  }),
  denyAccessRequest: defineRoute({
    method: "post",
    path: "/v1/access-requests/{requestId}/deny",
    tag: "access requests",
    summary: "Decline a request that waits for approval.",
    params: ofRequest,
    query: none,
    body: ApprovalBody,
    bodyOptional: true,
    idempotent: true,
    success: { 202: { description: "Taken down; the decision follows.", body: AccessRequestView } },
    errors: ["auth.forbidden", "rbac.missing-action", "rbac.denied", "request.conflict"],
  }),
  listGrants: defineRoute({
    method: "get",
    path: "/v1/grants",
    tag: "grants",
    summary: "List grants, newest first: the caller's own, or those on one VM.",
    keyScopes: ["requests:read"],
    params: none,
    query: PageQuery.extend(listed),
    success: { 200: { description: "One page.", body: GrantPage } },
    errors: ["request.not-found"],
  }),
  getGrant: defineRoute({
    method: "get",
    path: "/v1/grants/{grantId}",
    tag: "grants",
    summary: "Show a grant, with its receipt once it is closed.",
    keyScopes: ["requests:read"],
    params: ofGrant,
    query: none,
    success: { 200: { description: "The grant.", body: GrantView } },
    errors: [],
  }),
  deleteGrant: defineRoute({
    method: "delete",
    path: "/v1/grants/{grantId}",
    tag: "grants",
    summary: "Give a grant back before its end, or revoke somebody else's.",
    keyScopes: ["requests:write", "requests:on-behalf"],
    params: ofGrant,
    query: none,
    success: { 202: { description: "Taken down; the closing follows.", body: GrantView } },
    errors: ["rbac.missing-action", "rbac.denied", "grant.terminal"],
  }),
  extendGrant: defineRoute({
    method: "post",
    path: "/v1/grants/{grantId}/extend",
    tag: "grants",
    summary: "Ask for more time on a grant of one's own that is open.",
    keyScopes: ["requests:write"],
    params: ofGrant,
    query: none,
    body: ExtensionBody,
    idempotent: true,
    success: { 202: { description: "Taken down; the decision follows.", body: GrantView } },
    errors: [
      "auth.forbidden",
      "grant.terminal",
      "request.conflict",
      "policy.none",
      "policy.port-not-covered",
      "policy.source-not-covered",
      "policy.duration-too-long",
      "policy.end-in-the-past",
    ],
  }),
  createApiKey: defineRoute({
    method: "post",
    path: "/v1/api-keys",
    tag: "api keys",
    summary: "Make a key for a machine; its secret is answered this once.",
    params: none,
    query: none,
    body: NewApiKey,
    idempotent: true,
    success: {
      201: {
        description: "Made. A repetition of this call is answered without the secret.",
        body: CreatedApiKey,
        headers: { Location: "where the key is listed" },
      },
    },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled"],
  }),
  listApiKeys: defineRoute({
    method: "get",
    path: "/v1/api-keys",
    tag: "api keys",
    summary: "List the keys, newest first, with their last use; never their secrets.",
    params: none,
    query: PageQuery,
    success: { 200: { description: "One page.", body: ApiKeyPage } },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled"],
  }),
  deleteApiKey: defineRoute({
    method: "delete",
    path: "/v1/api-keys/{apiKeyId}",
    tag: "api keys",
    summary: "Revoke a key: from now on it is refused.",
    params: ofApiKey,
    query: none,
    success: { 204: { description: "Revoked." } },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled"],
  }),
  listScopes: defineRoute({
    method: "get",
    path: "/v1/scopes",
    tag: "scopes",
    summary: "List every connected subscription and account, and whether it is enrolled.",
    params: none,
    query: none,
    success: { 200: { description: "All of them.", body: ScopeList } },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled"],
  }),
  enrolScope: defineRoute({
    method: "put",
    path: "/v1/scopes/{scopeId}",
    tag: "scopes",
    summary: "Enrol a connected subscription or account: it is evaluated, and JIT can be enabled there.",
    params: ofScope,
    query: none,
    body: NewEnrolment,
    bodyOptional: true,
    success: { 200: { description: "Enrolled, or was already; its next scan follows.", body: ScopeView } },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled", "scope.not-connected"],
  }),
  withdrawScope: defineRoute({
    method: "delete",
    path: "/v1/scopes/{scopeId}",
    tag: "scopes",
    summary:
      "Withdraw a subscription or account: nothing new is enabled or asked for there; lockdowns stay, grants end.",
    params: ofScope,
    query: none,
    success: { 204: { description: "Withdrawn, or was already." } },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled", "scope.not-connected"],
  }),
  checkAccess: defineRoute({
    method: "get",
    path: "/v1/access-check",
    tag: "meta",
    summary: "Say whether the caller, or somebody else, may do something with a VM, and what is missing.",
    params: none,
    query: AccessCheckQuery,
    success: {
      200: { description: "Allowed, or every missing action with its resource and roles.", body: AccessCheck },
    },
    errors: ["vm.unknown", "vm.ambiguous", "vm.gone", "scope.not-enrolled", "rbac.missing-action", "rbac.denied"],
  }),
  getMe: defineRoute({
    method: "get",
    path: "/v1/me",
    tag: "meta",
    summary: "Show who the caller is.",
    keyScopes: "any",
    params: none,
    query: none,
    success: { 200: { description: "The caller.", body: Me } },
    errors: [],
  }),
  getOpenApi: defineRoute({
    method: "get",
    path: "/openapi.json",
    tag: "meta",
    summary: "This document.",
    public: true,
    params: none,
    query: none,
    success: { 200: { description: "OpenAPI 3.1." } },
    errors: [],
  }),
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
export type RouteId = keyof Routes;
