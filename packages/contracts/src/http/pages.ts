import { AccessRequestView } from "./access-request-bodies.ts";
import { ApiKeyView } from "./api-key-bodies.ts";
import { GrantView } from "./grant-bodies.ts";
import { pageOf } from "./page.ts";
import { ScanView } from "./scan-bodies.ts";
import { TimelineEntry } from "./timeline-bodies.ts";
import { unjudged } from "./unjudged.ts";
import { VmSummary } from "./vm-bodies.ts";

// One page of each list.

export const VmPage = pageOf(VmSummary).extend(unjudged);
export const TimelinePage = pageOf(TimelineEntry);
export const ScanPage = pageOf(ScanView).extend(unjudged);
export const AccessRequestPage = pageOf(AccessRequestView).extend(unjudged);
export const GrantPage = pageOf(GrantView);
export const ApiKeyPage = pageOf(ApiKeyView);
