import type { z } from "zod";
import { AccessCheck } from "./access-check.ts";
import { AccessRequestView, ApprovalBody, NewAccessRequest } from "./access-request-bodies.ts";
import { ApiKeyView, CreatedApiKey, NewApiKey } from "./api-key-bodies.ts";
import { ExposureView } from "./exposure-bodies.ts";
import { FleetView } from "./fleet-bodies.ts";
import { ExtensionBody, GrantView } from "./grant-bodies.ts";
import { Me } from "./me.ts";
import { PathView } from "./path-bodies.ts";
import { NewPolicies, PoliciesView } from "./policies-bodies.ts";
import { PolicyBody, PolicyPatch, PolicyView } from "./policy-bodies.ts";
import { NewScan, ScanView } from "./scan-bodies.ts";
import { NewEnrolment, ScopeList, ScopeView } from "./scope-bodies.ts";
import { VmSummary, VmView } from "./vm-bodies.ts";
import { VmPage, TimelinePage, ScanPage, AccessRequestPage, GrantPage, ApiKeyPage } from "./pages.ts";

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
