import { z } from "zod";

const Guid = z.guid();

/** An ARM resource body, verbatim: what a GET answers. */
export const ArmDocument = z.looseObject({
  id: z.string().startsWith("/subscriptions/"),
  name: z.string().min(1),
  type: z.string().min(1),
  location: z.string().default("westeurope"),
  etag: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  properties: z.looseObject({}).default({}),
});
export type ArmDocument = z.infer<typeof ArmDocument>;

/** A role assignment, role definition or deny assignment as the API shows it; such ids need no subscription. */
export const AuthorizationDocument = z.looseObject({
  id: z.string().startsWith("/"),
  name: z.string().min(1),
  type: z.string().min(1),
  properties: z.looseObject({}),
});
export type AuthorizationDocument = z.infer<typeof AuthorizationDocument>;

const DirectoryObject = z.looseObject({ id: Guid, displayName: z.string().default("") });

/** What Microsoft Graph knows of principals; a group's members are users, service principals, or groups. */
export const Directory = z.looseObject({
  users: z.array(DirectoryObject).default([]),
  groups: z.array(DirectoryObject.extend({ members: z.array(Guid).default([]) })).default([]),
  servicePrincipals: z.array(DirectoryObject.extend({ appId: Guid.optional() })).default([]),
});
export type Directory = z.infer<typeof Directory>;

export const AzureDocuments = z.looseObject({
  tenantId: Guid,
  authorization: z
    .looseObject({
      roleAssignments: z.array(AuthorizationDocument).default([]),
      /** Beside the built-in ones. */
      roleDefinitions: z.array(AuthorizationDocument).default([]),
      denyAssignments: z.array(AuthorizationDocument).default([]),
    })
    .optional(),
  directory: Directory.optional(),
  subscriptions: z.array(
    z.looseObject({
      subscriptionId: Guid,
      displayName: z.string(),
      /** Plans of Defender for Cloud that are not the free tier: name → tier, e.g. `{ "VirtualMachines": "Standard" }`. */
      pricings: z.record(z.string(), z.string()).optional(),
      /** VMs, network interfaces, virtual networks with their subnets, NSGs, public addresses. */
      resources: z.array(ArmDocument),
      /** Those in force in each network, as `az network manager list-effective-security-admin-rules` prints them. */
      securityAdminRules: z
        .array(z.looseObject({ virtualNetwork: z.string().startsWith("/subscriptions/"), value: z.array(z.unknown()) }))
        .optional(),
    }),
  ),
  clients: z.array(z.strictObject({ clientId: Guid, clientSecret: z.string().min(1), objectId: Guid })),
});
export type AzureDocuments = z.infer<typeof AzureDocuments>;

/** The role that a system under test is to enter an account by: what a deployment is told when the account is connected. */
export const Entrance = z.strictObject({ roleArn: z.string().min(1), externalId: z.string().min(2) });
export type Entrance = z.infer<typeof Entrance>;

/** What AWS lets an account have, as it is before it is raised. */
export const AwsQuotas = z.strictObject({
  groupsPerInterface: z.int().min(1).max(16).default(5),
  /** In each direction, and of each address family. */
  rulesPerGroup: z.int().min(1).default(60),
  groupsPerRegion: z.int().min(1).default(2500),
});
export type AwsQuotas = z.infer<typeof AwsQuotas>;

export const AwsAccountDocuments = z.looseObject({
  accountId: z.string().regex(/^\d{12}$/),
  quotas: AwsQuotas.optional(),
  /** With the key itself when absent. */
  enterBy: Entrance.optional(),
  /** `userName` names one of `GetAccountAuthorizationDetails`; a key without one may do everything. */
  accessKeys: z.array(
    z.strictObject({
      accessKeyId: z.string().min(1),
      secretAccessKey: z.string().min(1),
      userName: z.string().min(1).optional(),
    }),
  ),
  /** Region → name of a describe call → its whole answer, as `aws ec2 describe-…` prints it. */
  regions: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** What AWS does with a tracked flow whose group is detached is not documented (aws.md §4): a world may say either. */
export const ConnectionTracking = z.strictObject({ whenGroupIsDetached: z.enum(["kept", "cut"]).default("kept") });
export type ConnectionTracking = z.infer<typeof ConnectionTracking>;

export const AwsDocuments = z.looseObject({
  accounts: z.array(AwsAccountDocuments),
  /** `documented`: throttles as AWS says that it does; otherwise every call has its token. */
  requestLimits: z.enum(["none", "documented"]).optional(),
  connectionTracking: ConnectionTracking.optional(),
});
export type AwsDocuments = z.infer<typeof AwsDocuments>;

/** A world file: the clouds' own JSON, so that an exported estate is a world. Loose objects keep what we do not read. */
export const WorldDocuments = z.looseObject({ azure: AzureDocuments, aws: AwsDocuments });
export type WorldDocuments = z.infer<typeof WorldDocuments>;
export type WorldDocumentsInput = z.input<typeof WorldDocuments>;
