import { readFile, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { demoAws } from "../world/aws/demo.ts";
import { WorldDocuments } from "../world/documents.ts";
import type { ArmDocument } from "../world/documents.ts";
import { demoAzure } from "./demo-azure.ts";
import { isAwsExport, readAwsExport } from "./exported-aws.ts";
import type { ExportedFile } from "./exported-aws.ts";
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
 * `demo`, `empty`, the path of a world file, or an exported estate: what the Azure command line prints (lists of resources) or the AWS one
 * (`aws ec2 describe-*`), in one file or in a folder of files. Throws what reading, `JSON.parse` or zod throws.
 */
export async function loadWorld(name: string): Promise<WorldDocuments> {
  if (name === "demo") return demoWorld();
  if (name === "empty") return emptyWorld();
  if ((await stat(name)).isDirectory()) {
    const paths = (await readdir(name, { recursive: true })).filter((file) => file.endsWith(".json")).toSorted();
    return exportedWorld(
      await Promise.all(paths.map(async (path) => ({ path, json: await readJson(join(name, path)) }))),
    );
  }
  const json = await readJson(name);
  return Array.isArray(json) || isAwsExport(json)
    ? exportedWorld([{ path: basename(name), json }])
    : WorldDocuments.parse(json);
}

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, "utf8"));

/** Lists are Azure's, answers are AWS's; a cloud of which there is nothing stays empty. */
function exportedWorld(files: readonly ExportedFile[]): WorldDocuments {
  const lists = files.filter(({ json }) => Array.isArray(json));
  const answers = files.filter((file) => !lists.includes(file));
  const world = estateWorld(lists.flatMap(({ json }) => readExport(json)));
  return answers.length === 0 ? world : { ...world, aws: readAwsExport(answers, exportedKey) };
}

/** The first account is called with the demonstration's key, each other one with an id of its own and the same secret. */
function exportedKey(_accountId: string, n: number) {
  const key = demoAws().accounts[0]?.accessKeys[0];
  if (key === undefined) throw new Error("the demonstration has no access key");
  return n === 0 ? key : { ...key, accessKeyId: `AKIAEXPORTED${String(n).padStart(8, "0")}` };
}

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
