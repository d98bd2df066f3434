import { createSystemClock } from "@sallyport/backbone";
import { createSimulator } from "@sallyport/simulator";
import { z } from "zod";

const World = z.looseObject({
  azure: z.looseObject({
    subscriptions: z.array(
      z.looseObject({
        resources: z.array(z.looseObject({ id: z.string(), type: z.string(), properties: z.unknown() })),
      }),
    ),
  }),
  aws: z.looseObject({
    accounts: z.array(z.looseObject({ regions: z.record(z.string(), z.record(z.string(), z.unknown())) })),
  }),
});

/** What a cloud counts up, or names anew, when a rule comes back. */
const VOLATILE = new Set(["etag", "provisioningState", "SecurityGroupRuleId", "SecurityGroupRuleArn"]);

/** The networks of a kept world: NSGs and interfaces, security groups with their rules and who is in them; in no order. */
export async function networkDocuments(worldJson: string): Promise<unknown> {
  // A cloud that starts from it completes what was under way when it was written.
  const world = JSON.parse(worldJson);
  const cloud = await createSimulator({ world, clock: createSystemClock(), auth: true });
  const { azure, aws } = World.parse(cloud.documents());
  const network = /networkSecurityGroups|networkInterfaces/i;
  return settled({
    azure: azure.subscriptions.flatMap(({ resources }) => resources.filter(({ type }) => network.test(type))),
    aws: aws.accounts.map(({ regions }) =>
      Object.fromEntries(
        Object.entries(regions).map(([region, { DescribeSecurityGroups, DescribeSecurityGroupRules, ...rest }]) => [
          region,
          [
            DescribeSecurityGroups,
            DescribeSecurityGroupRules,
            rest["DescribeNetworkInterfaces"],
            rest["DescribeInstances"],
          ],
        ]),
      ),
    ),
  });
}

function settled(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .map(settled)
      .map((one) => ({ one, text: JSON.stringify(one) ?? "" }))
      .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
      .map(({ one }) => one);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !VOLATILE.has(key));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, settled(inner)]));
}
