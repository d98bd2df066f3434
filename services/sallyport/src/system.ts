import type { May } from "@sallyport/authorization";
import type { DeriveEventId, Log, Metrics, Ports, Running } from "@sallyport/backbone";
import { countCalls } from "@sallyport/cloud";
import type { CloudNetwork } from "@sallyport/cloud";
import { createAuthz } from "@sallyport/authz";
import type { Cloud, ScopeId } from "@sallyport/contracts";
import type { AwsQuotas, Connectors, DurationLimits, NetworkModel } from "@sallyport/domain";
import { createEnforcer } from "@sallyport/enforcement";
import type { EnforcerSettings, Signer } from "@sallyport/enforcement";
import { createRequestApi } from "@sallyport/request-api";
import type { RequestApiDeps, VerifyToken } from "@sallyport/request-api";
import { createScanner, surveyedCloud } from "@sallyport/scanner";
import type { SurveyedCloud } from "@sallyport/scanner";
import { deriveEventId, deriveGrantId, deriveLockdownId, newUuidV7 } from "@sallyport/service-kit";
import { randomUUID } from "node:crypto";

/** What every service of a system is given. */
interface Common extends Ports {
  readonly deriveEventId: DeriveEventId;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** One cloud of a system: how its doors are enforced and how it is surveyed. Which network it has, only its own closure knows. */
export interface SystemCloud {
  readonly cloud: Cloud;
  readonly scopes: readonly ScopeId[];
  readonly enforce: (common: Common, signer: Signer, settings: EnforcerSettings) => Promise<Running>;
  readonly surveyed: SurveyedCloud;
}

/** A cloud by its two halves: the model that thinks and the network that does. `chance`, a number in [0, 1), jitters what is tried again. */
export function systemCloud<Net, Rule>(
  cloud: Cloud,
  scopes: readonly ScopeId[],
  network: CloudNetwork<Net, Rule>,
  model: NetworkModel<Net, Rule>,
  chance: () => number = Math.random,
): SystemCloud {
  return {
    cloud,
    scopes,
    enforce: (common, signer, settings) =>
      createEnforcer({
        ...common,
        cloud,
        network: countCalls(cloud, network, common.metrics),
        model,
        signer,
        settings,
        lockdownIdOf: deriveLockdownId,
        newToken: randomUUID,
        chance,
      }),
    surveyed: surveyedCloud({ cloud, scopes, network, model }),
  };
}

export interface SystemDeps {
  readonly ports: Ports;
  readonly clouds: readonly SystemCloud[];
  readonly may: May;
  /** AWS account id → the security connector that it is connected by. */
  readonly connectors: Connectors;
  /** Quotas of the AWS accounts, as their model has them; AWS's defaults unless given. */
  readonly awsLimits?: AwsQuotas;
  /** By which URL clients of Azure's API know the system, where that is not the one of its own API. */
  readonly publicUrl?: string;
  /** Where enabling also takes a plan of Defender: what a subscription lacks of it. */
  readonly lacksPlan?: RequestApiDeps["lacksPlan"];
  readonly verifyToken: VerifyToken;
  readonly signer: Signer;
  readonly limits: DurationLimits;
  readonly enforcer: EnforcerSettings;
  readonly surveyEveryMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A whole Sallyport in one process. */
export interface System extends Running {
  readonly requestApi: Awaited<ReturnType<typeof createRequestApi>>;
}

/**
 * All services over one set of ports and a list of clouds. The embedded product, the demonstration, the journeys and the simulation
 * call this; only what is passed differs.
 */
export async function createSystem(deps: SystemDeps): Promise<System> {
  const { ports, clouds, may, limits, log, metrics } = deps;
  const common: Common = { ...ports, deriveEventId, log, metrics };
  const enforcers = await Promise.all(clouds.map((cloud) => cloud.enforce(common, deps.signer, deps.enforcer)));
  const authz = await createAuthz({ ...common, may, limits });
  const requestApi = await createRequestApi({
    ...common,
    may,
    limits,
    connectors: deps.connectors,
    ...(deps.awsLimits === undefined ? {} : { awsLimits: deps.awsLimits }),
    ...(deps.lacksPlan === undefined ? {} : { lacksPlan: deps.lacksPlan }),
    ...(deps.publicUrl === undefined ? {} : { publicUrl: deps.publicUrl }),
    verifyToken: deps.verifyToken,
    newId: newUuidV7,
    deriveGrantId,
    deriveLockdownId,
    enrolled: new Set(clouds.flatMap(({ scopes }) => scopes)),
    source: "/sallyport/request-api",
  });
  const scanner = await createScanner({
    ...common,
    clouds: clouds.map(({ surveyed }) => surveyed),
    everyMs: deps.surveyEveryMs,
    newToken: randomUUID,
  });
  return {
    requestApi,
    close: async () => {
      for (const one of [requestApi, authz, scanner, ...enforcers]) await one.close();
    },
  };
}
