import { z } from "zod";
import { defineSettings } from "./read-config.ts";
import { flag, integer, json, list } from "./setting-schemas.ts";

/** What every process has. */
export const processSettings = defineSettings({
  logLevel: {
    env: "SALLYPORT_LOG_LEVEL",
    schema: z.enum(["debug", "info", "warn", "error"]).default("info"),
    description: "least severe level that is logged",
  },
  healthHost: {
    env: "SALLYPORT_HEALTH_HOST",
    schema: z.string().default("127.0.0.1"),
    description: "address on which health and metrics listen",
  },
  healthPort: {
    env: "SALLYPORT_HEALTH_PORT",
    schema: integer(0, 65_535).default(9464),
    description: "port of health and metrics; 0 picks a free one",
  },
});

/** Where the cluster's Kafka and Redis are. */
export const backboneSettings = defineSettings({
  brokers: { env: "KAFKA_BROKERS", schema: list(), description: "Kafka brokers, host:port, separated by commas" },
  redisUrl: {
    env: "REDIS_URL",
    schema: z.url({ protocol: /^rediss?$/ }),
    description: "Redis or Valkey, e.g. redis://localhost:6379",
    secret: true,
  },
  partitions: {
    env: "SALLYPORT_TOPIC_PARTITIONS",
    schema: integer(1, 1000).default(8),
    description: "partitions of each topic when it is created: the largest number of replicas of a service",
  },
  replication: {
    env: "SALLYPORT_TOPIC_REPLICATION",
    schema: integer(1, 9).default(1),
    description: "replicas of each partition when a topic is created",
  },
  sessionSeconds: {
    env: "SALLYPORT_KAFKA_SESSION_SECONDS",
    schema: integer(1, 300).default(10),
    description:
      "after how long a process that was killed is missed, and its partitions go to others; the brokers' group.min.session.timeout.ms (6 s) is the least",
  },
});

/** Shortest and longest grant of the deployment; a policy may be stricter (settled.md §2). */
export const limitSettings = defineSettings({
  shortestSeconds: {
    env: "SALLYPORT_SHORTEST_GRANT_SECONDS",
    schema: integer(1, 86_400).default(300),
    description: "shortest grant, in seconds",
  },
  longestSeconds: {
    env: "SALLYPORT_LONGEST_GRANT_SECONDS",
    schema: integer(60, 31_536_000).default(86_400),
    description: "longest grant, in seconds",
  },
});

/** Azure: with the defaults, the public cloud and `DefaultAzureCredential`. */
export const azureSettings = defineSettings({
  subscriptions: {
    env: "SALLYPORT_AZURE_SUBSCRIPTIONS",
    schema: list(0).default([]),
    description: "ids of the enrolled subscriptions, separated by commas",
  },
  azureEndpoint: {
    env: "SALLYPORT_AZURE_ENDPOINT",
    schema: z.url().optional(),
    description: "Azure Resource Manager, when it is not the public cloud's",
  },
  authorityHost: {
    env: "SALLYPORT_AZURE_AUTHORITY_HOST",
    schema: z.url().optional(),
    description: "token authority, when it is not Entra's public one",
  },
  tenantId: {
    env: "AZURE_TENANT_ID",
    schema: z.string().optional(),
    description: "tenant of the service principal; with client id and secret, instead of DefaultAzureCredential",
  },
  clientId: {
    env: "AZURE_CLIENT_ID",
    schema: z.string().optional(),
    description: "application id of the service principal",
  },
  clientSecret: {
    env: "AZURE_CLIENT_SECRET",
    schema: z.string().optional(),
    description: "secret of the service principal",
    secret: true,
  },
  azureCaFile: {
    env: "SALLYPORT_AZURE_CA_FILE",
    schema: z.string().optional(),
    description: "PEM file of a private CA that signed the endpoint's certificate",
  },
  disableInstanceDiscovery: {
    env: "SALLYPORT_AZURE_DISABLE_INSTANCE_DISCOVERY",
    schema: flag(false),
    description: "do not ask Microsoft about the authority; for private authorities",
  },
});

/** Where it is looked up who may do what, by who answers that: request-api and authz. */
export const roleSettings = defineSettings({
  roles: {
    env: "SALLYPORT_ROLES",
    schema: z.enum(["file", "azure"]).default("file"),
    description:
      "where role assignments are looked up: in SALLYPORT_ROLE_FILE, or in Azure itself (needs AZURE_TENANT_ID, and the right to read them)",
  },
  roleFile: {
    env: "SALLYPORT_ROLE_FILE",
    schema: z.string().min(1).optional(),
    description: "file with role definitions and assignments in Azure's JSON; read again when it changes",
  },
  rolesOldestSeconds: {
    env: "SALLYPORT_ROLES_OLDEST_SECONDS",
    schema: integer(0, 300).default(60),
    description: "how old an answer of Azure may be that allows something; nobody is refused by an old one",
  },
  graphEndpoint: {
    env: "SALLYPORT_AZURE_GRAPH_ENDPOINT",
    schema: z.url().optional(),
    description: "Microsoft Graph, when it is not the public one; asked only for groups that deny assignments name",
  },
});

/** Quotas that AWS has raised. */
const Quotas = z.strictObject({
  groupsPerInterface: z.int().min(1).max(16).exactOptional(),
  rulesPerGroup: z.int().min(1).max(1000).exactOptional(),
  groupsPerRegion: z.int().min(1).max(100_000).exactOptional(),
});

const Account = z.object({
  accountId: z.string().regex(/^\d{12}$/, "expected twelve digits"),
  regions: z.array(z.string().min(1)).min(1),
  /** Assumed with `externalId`; without it the default credential chain is the account's own. */
  roleArn: z.string().optional(),
  externalId: z.string().optional(),
  /** Resource id of the security connector: the scope of the account's policies for RBAC (settled.md §1). */
  connector: z.string().optional(),
  /** Where they are not those of the settings for all accounts. */
  quotas: Quotas.optional(),
});

/** AWS: with the defaults, the public endpoints and the default credential chain. */
export const awsSettings = defineSettings({
  accounts: {
    env: "SALLYPORT_AWS_ACCOUNTS",
    schema: json(z.array(Account)).default([]),
    description:
      "connected accounts as JSON: [{accountId, regions, roleArn?, externalId?, connector?, quotas?: {groupsPerInterface?, rulesPerGroup?, groupsPerRegion?}}]",
  },
  awsEndpoint: {
    env: "SALLYPORT_AWS_ENDPOINT",
    schema: z.url().optional(),
    description: "EC2 and STS endpoint, when it is not AWS's own",
  },
  groupsPerInterface: {
    env: "SALLYPORT_AWS_GROUPS_PER_INTERFACE",
    schema: integer(1, 16).default(5),
    description: "quota of the accounts: security groups of one network interface",
  },
  rulesPerGroup: {
    env: "SALLYPORT_AWS_RULES_PER_GROUP",
    schema: integer(1, 1000).default(60),
    description: "quota of the accounts: inbound rules of one security group, of one address family",
  },
  groupsPerRegion: {
    env: "SALLYPORT_AWS_GROUPS_PER_REGION",
    schema: integer(1, 100_000).default(2500),
    description: "quota of the accounts: security groups of one region",
  },
});

/** How grants end on AWS: what connections outlive for certain is not documented (docs/decisions/0013-aws-closing-by-choice.md). */
export const awsClosingSettings = defineSettings({
  awsClosing: {
    env: "SALLYPORT_AWS_CLOSING",
    schema: z.enum(["detach", "revoke"]).default("detach"),
    description:
      "how a grant ends on AWS: `detach` its group and delete it, or `revoke` its rules and leave the empty group attached for a while",
  },
  emptyGroupSeconds: {
    env: "SALLYPORT_AWS_EMPTY_GROUP_SECONDS",
    schema: integer(60, 2_592_000).default(43_200),
    description:
      "with `revoke`, how long the empty group stays attached, in seconds; it goes earlier where an interface has no room for the next grant",
  },
});

const Keys = z
  .string()
  .transform((text) =>
    text.split(",").map((pair) => {
      const [id = "", ...rest] = pair.trim().split(":");
      return { id, secret: rest.join(":") };
    }),
  )
  .refine((keys) => keys.every(({ id, secret }) => /^[a-z0-9]{1,8}$/.test(id) && secret.length >= 32), {
    message: "expected id:secret pairs, separated by commas, with secrets of at least 32 characters",
  })
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, {
    message: "expected each key id once",
  })
  .transform((keys) => keys as [{ id: string; secret: string }, ...{ id: string; secret: string }[]]);

/** What an enforcer signs its rules and receipts with. */
export const signingSettings = defineSettings({
  signingKeys: {
    env: "SALLYPORT_SIGNING_KEYS",
    schema: Keys,
    description: "keys that sign marks and receipts: id:secret, separated by commas; the first signs, all verify",
    secret: true,
  },
});

/** How an enforcer works. */
export const enforcerSettings = defineSettings({
  openConcurrency: {
    env: "SALLYPORT_OPEN_CONCURRENCY",
    schema: integer(1, 1000).default(50),
    description: "grants opened at once",
  },
  revokeConcurrency: {
    env: "SALLYPORT_REVOKE_CONCURRENCY",
    schema: integer(1, 1000).default(100),
    description: "grants closed at once",
  },
  lockConcurrency: {
    env: "SALLYPORT_LOCK_CONCURRENCY",
    schema: integer(1, 1000).default(16),
    description: "lockdowns settled at once",
  },
  reconcileSeconds: {
    env: "SALLYPORT_RECONCILE_SECONDS",
    schema: integer(1, 3600).default(30),
    description: "how often rows whose time has come are looked after",
  },
  recheckSeconds: {
    env: "SALLYPORT_RECHECK_LOCKDOWN_SECONDS",
    schema: integer(1, 86_400).default(300),
    description: "how often a standing lockdown is compared with the cloud",
  },
});
