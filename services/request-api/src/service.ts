import { randomBytes } from "node:crypto";
import { createLedger, keepPromises } from "@sallyport/backbone";
import type { Running } from "@sallyport/backbone";
import { isApiKeyEvent, isEnrolmentEvent, isScanEvent } from "@sallyport/contracts";
import type { SallyportEvent } from "@sallyport/contracts";
import type { Express } from "express";
import { createApp } from "./app.ts";
import type { HandlerDeps, RequestApiDeps } from "./deps.ts";
import { createVerifyApiKey } from "./auth/verify-api-key.ts";
import { apiKeysTable } from "./views/api-keys.ts";
import { policiesTable } from "./views/policies.ts";
import { projectAccess } from "./views/project-access.ts";
import { isPolicyEvent, projectPolicy } from "./views/project-policy.ts";
import { projectScan } from "./views/project-scan.ts";
import { isVmEvent, projectVm } from "./views/project-vm.ts";
import { requestsTable } from "./views/requests.ts";
import { scansTable } from "./views/scans.ts";
import { projectEnrolment, scopesTable } from "./views/scopes.ts";
import { projectTimeline } from "./views/timeline.ts";
import { createWaiting } from "./views/waiting.ts";

export { createDevelopmentIssuer } from "./auth/development-issuer.ts";
export type { DevelopmentIssuer, DevelopmentPrincipal } from "./auth/development-issuer.ts";
export { createTokenVerifier } from "./auth/token-verifier.ts";
export type { TrustedIssuer, VerifyToken } from "./auth/token-verifier.ts";
export type { RequestApiDeps } from "./deps.ts";
export { settings } from "./config.ts";
export { listen } from "./listen.ts";

const GROUP = "request-api";
/** How far behind the views may be for the sake of it. */
const PATIENCE_MS = 20;
const TOPICS = [
  "sallyport.access",
  "sallyport.policy",
  "sallyport.lockdown",
  "sallyport.posture",
  "sallyport.scope",
] as const;

/** The only door for people and tools. Keeps its views up to date while it runs; `app` is not listening yet. */
export async function createRequestApi(deps: RequestApiDeps): Promise<Running & { readonly app: Express }> {
  const ledgerOver = { records: deps.records, queue: deps.queue, bus: deps.bus, deriveEventId: deps.deriveEventId };
  const all: HandlerDeps = {
    ...deps,
    policies: createLedger({ ...ledgerOver, table: policiesTable, source: deps.source }),
    requests: createLedger({ ...ledgerOver, table: requestsTable, source: deps.source }),
    scans: createLedger({ ...ledgerOver, table: scansTable, source: deps.source }),
    apiKeys: createLedger({ ...ledgerOver, table: apiKeysTable, source: deps.source }),
    scopes: createLedger({ ...ledgerOver, table: scopesTable, source: deps.source }),
    verifyApiKey: createVerifyApiKey(deps),
    newSecret: () => randomBytes(32),
    waiting: createWaiting(deps.clock),
  };
  const views = { access: projectAccess(all), policy: projectPolicy(all), vm: projectVm(all), scan: projectScan(all) };
  const projectScope = projectEnrolment(all);
  const takeDown = projectTimeline(all);
  const takeIn = async (event: SallyportEvent): Promise<void> => {
    if (isApiKeyEvent(event)) return; // on a topic that this does not read
    if (isEnrolmentEvent(event)) return projectScope(event);
    if (isScanEvent(event)) return views.scan(event);
    await (isVmEvent(event) ? views.vm(event) : isPolicyEvent(event) ? views.policy(event) : views.access(event));
    await takeDown(event);
  };
  const subscription = await deps.bus.subscribe(GROUP, TOPICS, takeIn, { patienceMs: PATIENCE_MS });
  const promises = keepPromises([all.policies, all.requests, all.scans, all.apiKeys, all.scopes], deps);
  return {
    app: createApp(all),
    close: async () => {
      all.waiting.stop();
      await promises.close();
      await subscription.close();
    },
  };
}
