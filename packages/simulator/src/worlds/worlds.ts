import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { demoAws } from "../world/aws/demo.ts";
import { WorldDocuments } from "../world/documents.ts";
import type { ArmDocument } from "../world/documents.ts";
import { demoAzure } from "./demo-azure.ts";
import { readExport } from "./exported-estate.ts";

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

/**
 * `demo`, `empty`, the path of a world file, or an exported estate: a file with a list of resources as the Azure command line prints
 * them, or a folder of such files. Throws what reading, `JSON.parse` or zod throws.
 */
export async function loadWorld(name: string): Promise<WorldDocuments> {
  if (name === "demo") return demoWorld();
  if (name === "empty") return emptyWorld();
  if ((await stat(name)).isDirectory()) {
    const files = (await readdir(name)).filter((file) => file.endsWith(".json")).toSorted();
    const lists = await Promise.all(files.map((file) => readJson(join(name, file))));
    return estateWorld(lists.flatMap(readExport));
  }
  const json = await readJson(name);
  return Array.isArray(json) ? estateWorld(readExport(json)) : WorldDocuments.parse(json);
}

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, "utf8"));

/** These resources, each in its subscription; what is listed twice counts once. With the clients of the demonstration, and an empty AWS account. */
function estateWorld(resources: readonly ArmDocument[]): WorldDocuments {
  const { azure, aws } = emptyWorld();
  const bySubscription = new Map<string, Map<string, ArmDocument>>();
  for (const resource of resources) {
    const subscriptionId = resource.id.split("/")[2] ?? "";
    const known = bySubscription.get(subscriptionId) ?? new Map<string, ArmDocument>();
    bySubscription.set(subscriptionId, known.set(resource.id.toLowerCase(), resource));
  }
  const subscriptions = [...bySubscription].map(([subscriptionId, held]) => ({
    subscriptionId,
    displayName: "Exported",
    resources: [...held.values()],
  }));
  return WorldDocuments.parse({ azure: { ...azure, subscriptions }, aws });
}
