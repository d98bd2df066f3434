import type { TrustedIssuer } from "@sallyport/request-api";
import type { SimulatorReady } from "@sallyport/simulator";
import { simulatedAuthority, tokenKeysUri } from "../azure-door.ts";
import type { RequiredPlan } from "../required-plan.ts";
import type { ServiceName } from "./service-names.ts";

/** What the services have to be told of the clouds, of people and of each other. */
export interface SystemFacts {
  readonly simulator: SimulatorReady;
  /** AWS account id → resource id of its security connector. */
  readonly connectors: Readonly<Record<string, string>>;
  readonly issuer: TrustedIssuer;
  readonly roleFile: string;
  /** `id:secret`, as SALLYPORT_SIGNING_KEYS takes them. */
  readonly signingKeys: string;
  readonly apiPort: number;
  /** By which URL Azure's own clients know the API: that of the simulated Resource Manager, which passes on what is JIT's. */
  readonly publicUrl: string;
  readonly shortestSeconds: number;
  readonly surveySeconds: number;
  /** Which plan of Defender for Servers enabling takes; none when left out. */
  readonly requirePlan?: RequiredPlan;
}

/** The same, and where the servers of one cluster are. */
export interface ClusterFacts extends SystemFacts {
  readonly brokers: readonly string[];
  readonly redisUrl: string;
  /** After how long a killed process is missed by Kafka; the services' own default when left out. */
  readonly sessionSeconds?: number;
}

type Variables = Readonly<Record<string, string>>;

/** One service's whole configuration, as the environment variables that its `config.ts` declares; `health` is its port of health and metrics. */
export const serviceEnvironment = (service: ServiceName, health: number, facts: ClusterFacts): Variables => ({
  SALLYPORT_HEALTH_PORT: String(health),
  KAFKA_BROKERS: facts.brokers.join(","),
  REDIS_URL: facts.redisUrl,
  ...(facts.sessionSeconds !== undefined && { SALLYPORT_KAFKA_SESSION_SECONDS: String(facts.sessionSeconds) }),
  ...serviceSettings(service, facts),
});

/**
 * The part of it that is the service's own. Each is told what it needs and no more: signing keys are the enforcers', the clouds'
 * credentials theirs and the scanner's; request-api has Azure's only where it has to read a plan there.
 */
export function serviceSettings(service: ServiceName, facts: SystemFacts): Variables {
  const { people, scopes, limits, signing, azure, aws } = parts(facts);
  switch (service) {
    case "request-api":
      return {
        ...limits,
        ...scopes.azure,
        ...scopes.aws,
        ...people,
        ...(facts.requirePlan !== undefined && { ...azure, SALLYPORT_REQUIRE_DEFENDER_PLAN: facts.requirePlan }),
        SALLYPORT_PORT: String(facts.apiPort),
        SALLYPORT_PUBLIC_URL: facts.publicUrl,
        SALLYPORT_ISSUERS: JSON.stringify([facts.issuer, ...authority(facts.simulator)].map(issuerSetting)),
        // Node's own: the keys of the simulated authority are fetched by HTTPS, under the simulators' own CA.
        NODE_EXTRA_CA_CERTS: facts.simulator.arm.caFile,
      };
    case "authz":
      return { ...limits, ...scopes.aws, ...people };
    case "enforcer-azure":
      return { ...signing, ...scopes.azure, ...azure };
    case "enforcer-aws":
      return { ...signing, ...scopes.aws, ...aws };
    case "scanner":
      return {
        ...scopes.azure,
        ...scopes.aws,
        ...azure,
        ...aws,
        SALLYPORT_SURVEY_SECONDS: String(facts.surveySeconds),
      };
  }
}

function parts(facts: SystemFacts) {
  const { arm, ec2 } = facts.simulator;
  const [account, ...others] = ec2.accounts;
  // A second account would need a role to assume: the default credential chain has one identity.
  if (others.length > 0) throw new Error("a cluster against the simulated clouds takes a world with one AWS account");
  return {
    people: { SALLYPORT_ROLE_FILE: facts.roleFile },
    limits: { SALLYPORT_SHORTEST_GRANT_SECONDS: String(facts.shortestSeconds) },
    signing: { SALLYPORT_SIGNING_KEYS: facts.signingKeys },
    scopes: {
      azure: { SALLYPORT_AZURE_SUBSCRIPTIONS: arm.subscriptionIds.join(",") },
      aws: {
        SALLYPORT_AWS_ACCOUNTS: JSON.stringify(
          ec2.accounts.map(({ accountId, enterBy }) => ({
            accountId,
            regions: ec2.regions,
            ...enterBy,
            connector: facts.connectors[accountId],
          })),
        ),
      },
    },
    azure: {
      SALLYPORT_AZURE_ENDPOINT: arm.url,
      SALLYPORT_AZURE_AUTHORITY_HOST: arm.authority,
      SALLYPORT_AZURE_CA_FILE: arm.caFile,
      SALLYPORT_AZURE_DISABLE_INSTANCE_DISCOVERY: "true",
      AZURE_TENANT_ID: arm.tenantId,
      AZURE_CLIENT_ID: arm.clientId,
      AZURE_CLIENT_SECRET: arm.clientSecret,
    },
    aws: {
      SALLYPORT_AWS_ENDPOINT: ec2.url,
      AWS_ACCESS_KEY_ID: account?.accessKeyId ?? "",
      AWS_SECRET_ACCESS_KEY: account?.secretAccessKey ?? "",
      AWS_EC2_METADATA_DISABLED: "true",
    },
  };
}

/** Who signs in with Azure's own clients is named by the simulated authority, whose keys are fetched as Entra's are. */
const authority = ({ arm }: SimulatorReady) => simulatedAuthority(arm, { jwksUri: tokenKeysUri(arm) });

/** The issuer as SALLYPORT_ISSUERS spells it. */
const issuerSetting = ({ keys, ...issuer }: TrustedIssuer) => ({ ...issuer, ...keys });
