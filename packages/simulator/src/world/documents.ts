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

export const AzureDocuments = z.looseObject({
  tenantId: Guid,
  subscriptions: z.array(
    z.looseObject({
      subscriptionId: Guid,
      displayName: z.string(),
      /** VMs, network interfaces, virtual networks with their subnets, NSGs, public addresses. */
      resources: z.array(ArmDocument),
    }),
  ),
  clients: z.array(z.strictObject({ clientId: Guid, clientSecret: z.string().min(1), objectId: Guid })),
});
export type AzureDocuments = z.infer<typeof AzureDocuments>;

export const AwsAccountDocuments = z.looseObject({
  accountId: z.string().regex(/^\d{12}$/),
  accessKeys: z.array(z.strictObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) })),
  /** Region → name of a describe call → its whole answer, as `aws ec2 describe-…` prints it. */
  regions: z.record(z.string(), z.record(z.string(), z.unknown())),
});

export const AwsDocuments = z.looseObject({ accounts: z.array(AwsAccountDocuments) });
export type AwsDocuments = z.infer<typeof AwsDocuments>;

/** A world file: the clouds' own JSON, so that an exported estate is a world. Loose objects keep what we do not read. */
export const WorldDocuments = z.looseObject({ azure: AzureDocuments, aws: AwsDocuments });
export type WorldDocuments = z.infer<typeof WorldDocuments>;
export type WorldDocumentsInput = z.input<typeof WorldDocuments>;
