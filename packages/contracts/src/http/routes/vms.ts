import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";
import { z } from "zod";
import { ExposureQuery, ExposureView } from "../exposure-bodies.ts";
import { FleetView } from "../fleet-bodies.ts";
import { PageQuery } from "../page.ts";
import { PathQuery, PathView } from "../path-bodies.ts";
import { VmFilter, VmView } from "../vm-bodies.ts";
import { VmPage, TimelinePage } from "../pages.ts";
import { none, ofVm } from "./params.ts";

/** What is known of the fleet and of one VM. */
export const vmRoutes = {
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
    keyScopes: ["vms:read"],
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
    keyScopes: ["vms:read"],
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
    keyScopes: ["vms:read"],
    params: none,
    query: z.strictObject(VmFilter),
    success: { 200: { description: "How many are under each tab.", body: FleetView } },
    errors: [],
  }),
} as const satisfies Record<string, Route>;
