import { SecurityCenter } from "@azure/arm-security";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import type { Clock } from "@sallyport/backbone";
import { SallyportError, refusal } from "@sallyport/contracts";
import type { Refusal, ScopeId } from "@sallyport/contracts";
import { jsonOf } from "./arm-error.ts";
import { createRemembered } from "./authorization/remembered.ts";
import { NO_RETRIES, credentialOf } from "./settings.ts";
import type { AzureSettings } from "./settings.ts";
import { translate } from "./translate.ts";

export interface DefenderPlansDeps {
  readonly clock: Pick<Clock, "now" | "elapsed">;
  readonly settings?: AzureSettings;
  readonly credential?: TokenCredential;
  readonly httpClient?: HttpClient;
}

/** The first stable version that tells the sub-plan; the SDK's own operations ask with one that does not. */
const API_VERSION = "2023-01-01";
/** Somebody waits for the answer. */
const TIMEOUT_MS = 20_000;
/** A plan is seldom changed; many VMs at once are one lookup. */
const OLDEST_MS = 300_000;
/** Whoever has just turned the plan on does not wait for what was remembered. */
const FRESH_MS = 2000;
const WANTED = "P2";

/** What a subscription lacks of Defender for Servers Plan 2; `undefined`: nothing. What cannot be read is lacking (S30). */
export type LacksPlan = (subscription: ScopeId) => Promise<Refusal | undefined>;

/** Reads the plan for servers off `Microsoft.Security/pricings`. A no is asked anew, a yes is at most five minutes old, no answer is a no. */
export function createDefenderPlans({ clock, settings = {}, credential, httpClient }: DefenderPlansDeps): LacksPlan {
  const identity = credential ?? credentialOf(settings, httpClient);
  const plans = createRemembered<string>(clock);

  async function read(subscription: ScopeId): Promise<string> {
    const client = new SecurityCenter(identity, subscription, {
      endpoint: (settings.endpoint ?? "https://management.azure.com").replace(/\/$/, ""),
      retryOptions: NO_RETRIES,
      ...(settings.caPem !== undefined && { tlsOptions: { ca: settings.caPem } }),
      ...(httpClient !== undefined && { httpClient }),
    });
    client.pipeline.addPolicy({
      name: "sallyport-pricings-version",
      sendRequest: (request, next) => {
        const url = new URL(request.url);
        url.searchParams.set("api-version", API_VERSION);
        request.url = url.toString();
        return next(request);
      },
    });
    const doing = `reading the Defender plan of ${subscription}`;
    let body: string | null | undefined;
    try {
      await client.pricings.get("VirtualMachines", {
        requestOptions: { timeout: TIMEOUT_MS },
        onResponse: ({ bodyAsText }) => (body = bodyAsText),
      });
    } catch (error) {
      throw translate(doing, error, clock.now());
    }
    return planIn(doing, jsonOf(body));
  }

  return async (subscription) => {
    try {
      const known = await plans.get(subscription, OLDEST_MS, () => read(subscription));
      const plan = known === WANTED ? known : await plans.get(subscription, FRESH_MS, () => read(subscription));
      return plan === WANTED
        ? undefined
        : refusal(
            "scope.plan-missing",
            `${subscription} has ${plan === "Free" ? "no Defender plan for servers" : `Defender for Servers ${plan}`}; enabling JIT takes Plan 2 here.`,
            { object: subscription },
          );
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      return refusal("scope.plan-unknown", `${error.message}. Try again.`, { object: subscription });
    }
  };
}

/** `P1`, `P2`, or `Free`; a plan without a sub-plan is not known to be one. */
function planIn(doing: string, json: unknown): string {
  const properties = typeof json === "object" && json !== null && "properties" in json ? json.properties : undefined;
  if (typeof properties === "object" && properties !== null && "pricingTier" in properties) {
    if (properties.pricingTier !== "Standard") return "Free";
    if ("subPlan" in properties && typeof properties.subPlan === "string") return properties.subPlan;
    return "of an unnamed plan";
  }
  throw new SallyportError({ code: "cloud.unreadable", detail: `${doing}: the answer is none that is known` });
}
