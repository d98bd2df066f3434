import type { RouteId, Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Handler } from "../http/call.ts";
import { approveAccessRequest } from "./approve-access-request.ts";
import { checkAccess } from "./check-access.ts";
import { createAccessRequest } from "./create-access-request.ts";
import { createPolicies } from "./create-policies.ts";
import { createApiKey } from "./create-api-key.ts";
import { deleteApiKey } from "./delete-api-key.ts";
import { deleteGrant } from "./delete-grant.ts";
import { deletePolicy } from "./delete-policy.ts";
import { denyAccessRequest } from "./deny-access-request.ts";
import { extendGrant } from "./extend-grant.ts";
import { getAccessRequest } from "./get-access-request.ts";
import { getGrant } from "./get-grant.ts";
import { getMe } from "./get-me.ts";
import { getOpenApi } from "./get-open-api.ts";
import { getPath } from "./get-path.ts";
import { getPolicy } from "./get-policy.ts";
import { getVm } from "./get-vm.ts";
import { listAccessRequests } from "./list-access-requests.ts";
import { listApiKeys } from "./list-api-keys.ts";
import { listGrants } from "./list-grants.ts";
import { listVms } from "./list-vms.ts";
import { enrolScope } from "./enrol-scope.ts";
import { createScan } from "./create-scan.ts";
import { getExposure } from "./get-exposure.ts";
import { getFleet } from "./get-fleet.ts";
import { getScan } from "./get-scan.ts";
import { getTimeline } from "./get-timeline.ts";
import { listScans } from "./list-scans.ts";
import { listScopes } from "./list-scopes.ts";
import { patchPolicy } from "./patch-policy.ts";
import { putPolicy } from "./put-policy.ts";
import { withdrawScope } from "./withdraw-scope.ts";

/** One handler per route of the table: the compiler misses none. */
export type Handlers = { readonly [Id in RouteId]: Handler<Routes[Id]> };

export const createHandlers = (deps: HandlerDeps): Handlers => ({
  approveAccessRequest: approveAccessRequest(deps),
  createApiKey: createApiKey(deps),
  createPolicies: createPolicies(deps),
  checkAccess: checkAccess(deps),
  createAccessRequest: createAccessRequest(deps),
  deleteApiKey: deleteApiKey(deps),
  deleteGrant: deleteGrant(deps),
  deletePolicy: deletePolicy(deps),
  denyAccessRequest: denyAccessRequest(deps),
  enrolScope: enrolScope(deps),
  extendGrant: extendGrant(deps),
  getAccessRequest: getAccessRequest(deps),
  getGrant: getGrant(deps),
  getMe: getMe(deps),
  getOpenApi: getOpenApi(),
  getPath: getPath(deps),
  getPolicy: getPolicy(deps),
  getVm: getVm(deps),
  listAccessRequests: listAccessRequests(deps),
  listApiKeys: listApiKeys(deps),
  listGrants: listGrants(deps),
  listVms: listVms(deps),
  createScan: createScan(deps),
  getExposure: getExposure(deps),
  getFleet: getFleet(deps),
  getScan: getScan(deps),
  getTimeline: getTimeline(deps),
  listScans: listScans(deps),
  listScopes: listScopes(deps),
  patchPolicy: patchPolicy(deps),
  putPolicy: putPolicy(deps),
  withdrawScope: withdrawScope(deps),
});
