import { z } from "zod";

/** The ready line of `simulate --json`, as another process reads it. */
export const SimulatorReady = z.object({
  arm: z.object({
    url: z.url(),
    authority: z.url(),
    caFile: z.string(),
    tenantId: z.string(),
    clientId: z.string(),
    clientSecret: z.string(),
    objectId: z.string(),
    subscriptionIds: z.array(z.string()),
  }),
  ec2: z.object({
    url: z.url(),
    regions: z.array(z.string()),
    accounts: z.array(
      z.object({
        accountId: z.string(),
        accessKeyId: z.string(),
        secretAccessKey: z.string(),
        enterBy: z.object({ roleArn: z.string(), externalId: z.string() }).exactOptional(),
      }),
    ),
  }),
});
