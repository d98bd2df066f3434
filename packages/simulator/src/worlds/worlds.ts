import { readFile } from "node:fs/promises";
import { demoAws } from "../world/aws/demo.ts";
import { WorldDocuments } from "../world/documents.ts";
import { demoAzure } from "./demo-azure.ts";

/** Two Azure subscriptions and an AWS account with everything that the recommendation tells apart. */
export const demoWorld = (): WorldDocuments => ({ azure: demoAzure(), aws: demoAws() });

/** The same tenants, clients and keys, and nothing in them. */
export function emptyWorld(): WorldDocuments {
  const { azure, aws } = demoWorld();
  return {
    azure: { ...azure, subscriptions: azure.subscriptions.map((one) => ({ ...one, resources: [] })) },
    aws: {
      ...aws,
      accounts: aws.accounts.map((one) => ({
        ...one,
        regions: Object.fromEntries(Object.keys(one.regions).map((region) => [region, {}])),
      })),
    },
  };
}

/** `demo`, `empty`, or the path of a world file. Throws what reading, `JSON.parse` or zod throws. */
export async function loadWorld(name: string): Promise<WorldDocuments> {
  if (name === "demo") return demoWorld();
  if (name === "empty") return emptyWorld();
  const json: unknown = JSON.parse(await readFile(name, "utf8"));
  return WorldDocuments.parse(json);
}
