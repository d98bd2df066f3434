import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commandLines } from "./command-lines.ts";
import type { Estate } from "./estate.ts";
import { goClient } from "./go-client.ts";
import type { PythonEnvironment } from "./python-environment.ts";

interface Served {
  readonly url: string;
  readonly region: string;
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const ROLE = "arn:aws:iam::123456789012:role/reader";

/** boto3, the AWS command line and, where Go is, its SDK, unmodified, against the simulator; answers with what went wrong. */
export async function driveRealClients(
  python: PythonEnvironment,
  folder: string,
  { url, region, key }: Served,
  estate: Estate,
): Promise<{ readonly calls: number; readonly isGoHere: boolean; readonly wrong: readonly string[] }> {
  const config = join(folder, "aws-config");
  // The command line keeps the sessions of roles at home; those of an earlier run are none of this simulator's.
  const home = join(folder, "home");
  await rm(home, { recursive: true, force: true });
  const role = `role_arn = ${ROLE}\nexternal_id = t-1\nsource_profile = own`;
  const own = `aws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}`;
  await writeFile(config, `[profile own]\n${own}\n[profile reader]\n${role}\n`);
  const env = {
    AWS_ENDPOINT_URL: url,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_MAX_ATTEMPTS: "1",
    HOME: home,
  };
  const keys = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
  const wrong: string[] = [];

  const [eni = ""] = estate.interfaceIds;
  const boto = await python.run(
    [join(import.meta.dirname, "boto3_client.py"), url, estate.vpcId, eni, estate.appGroupId],
    { ...env, ...keys },
  );
  if (boto.status !== 0) wrong.push(`boto3: ${boto.stderr.trim().split("\n").slice(-3).join(" ")}`);

  const ran = await goClient(join(folder, "go-client"), [url, estate.vpcId, ROLE, "t-1"], { ...env, ...keys });
  if (ran !== undefined && ran.status !== 0) wrong.push(`aws-sdk-go-v2: ${ran.stderr.trim().slice(0, 500)}`);

  let group = "";
  const lines = commandLines(estate);
  for (const { line, says, fails, profile } of lines) {
    const words = line.replaceAll("$GROUP", group).split(" ");
    const called = await python.aws(
      words.includes("--output") ? words : [...words, "--output", "json"],
      profile === undefined ? { ...env, ...keys } : { ...env, AWS_PROFILE: profile },
    );
    const text = fails ? called.stderr : called.stdout;
    if ((called.status !== 0) !== (fails ?? false) || !says.test(text))
      wrong.push(
        `aws ${line}: exit ${String(called.status)}: ${(called.stderr || called.stdout).trim().slice(0, 300)}`,
      );
    group = group === "" ? (/"GroupId": "(sg-[0-9a-f]+)"/.exec(called.stdout)?.[1] ?? "") : group;
  }
  return { calls: lines.length, isGoHere: ran !== undefined, wrong };
}
