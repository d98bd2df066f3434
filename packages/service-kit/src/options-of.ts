import { readFileSync } from "node:fs";
import { SallyportError, seconds } from "@sallyport/contracts";
import type { Seconds } from "@sallyport/contracts";
import type {
  awsClosingSettings,
  awsSettings,
  azureSettings,
  backboneSettings,
  limitSettings,
  roleSettings,
} from "./common-settings.ts";
import type { ConfigOf } from "./read-config.ts";

// What was configured, in the form in which the rooms take it; each said once for all the `main.ts` that need it.

/** For `createClusterPorts`. */
export const clusterOptionsOf = ({
  brokers,
  redisUrl,
  partitions,
  replication,
  sessionSeconds,
}: ConfigOf<typeof backboneSettings>) => ({
  brokers,
  redisUrl,
  topics: { partitions, replicationFactor: replication },
  sessionTimeoutMs: sessionSeconds * 1000,
});

/** For `createAzureNetwork`; reads the CA's file. */
export const azureOptionsOf = (config: ConfigOf<typeof azureSettings>) => ({
  subscriptionIds: config.subscriptions,
  settings: {
    endpoint: config.azureEndpoint,
    authorityHost: config.authorityHost,
    tenantId: config.tenantId,
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    caPem: config.azureCaFile === undefined ? undefined : readFileSync(config.azureCaFile, "utf8"),
    disableInstanceDiscovery: config.disableInstanceDiscovery,
  },
});

/** For `createFileRoleAssignments`. */
export function roleFileOf({ roleFile }: Pick<ConfigOf<typeof roleSettings>, "roleFile">): string {
  if (roleFile !== undefined) return roleFile;
  throw new SallyportError({
    code: "configuration.invalid",
    detail:
      "SALLYPORT_ROLE_FILE is not set: it is where role assignments are looked up, unless SALLYPORT_ROLES is azure.",
  });
}

/** For `createAzureRoleAssignments`. */
export function azureRolesOptionsOf(config: ConfigOf<typeof azureSettings> & ConfigOf<typeof roleSettings>) {
  const { tenantId, rolesOldestSeconds, graphEndpoint } = config;
  if (tenantId === undefined)
    throw new SallyportError({
      code: "configuration.invalid",
      detail: "AZURE_TENANT_ID is not set: with SALLYPORT_ROLES=azure it says whose principals may hold roles.",
    });
  const { settings } = azureOptionsOf(config);
  return { tenantId, oldestMs: rolesOldestSeconds * 1000, graphEndpoint, settings };
}

/** For `createAwsNetwork`. */
export const awsOptionsOf = ({ awsEndpoint, accounts }: ConfigOf<typeof awsSettings>) => ({
  settings: { endpoint: awsEndpoint, accounts },
});

/** For `createAwsModel`: the accounts' quotas. */
export const awsLimitsOf = ({
  accounts,
  groupsPerInterface,
  rulesPerGroup,
  groupsPerRegion,
}: Omit<ConfigOf<typeof awsSettings>, "awsEndpoint">) => ({
  groupsPerInterface,
  rulesPerGroup,
  groupsPerRegion,
  accounts: Object.fromEntries(
    accounts.flatMap(({ accountId, quotas }) => (quotas === undefined ? [] : [[accountId, quotas]])),
  ),
});

/** For `createAwsModel`: how grants end. */
export const awsClosingOf = ({ awsClosing, emptyGroupSeconds }: ConfigOf<typeof awsClosingSettings>) => ({
  closing: awsClosing,
  emptyGroupTime: seconds(emptyGroupSeconds),
});

/** AWS account id → resource id of its security connector, for `createMay`. */
export const connectorsOf = ({
  accounts,
}: Pick<ConfigOf<typeof awsSettings>, "accounts">): Readonly<Record<string, string>> =>
  Object.fromEntries(
    accounts.flatMap(({ accountId, connector }) => (connector === undefined ? [] : [[accountId, connector]])),
  );

/** Shortest and longest grant. */
export const limitsOf = ({
  shortestSeconds,
  longestSeconds,
}: ConfigOf<typeof limitSettings>): { readonly shortest: Seconds; readonly longest: Seconds } => ({
  shortest: seconds(shortestSeconds),
  longest: seconds(longestSeconds),
});
