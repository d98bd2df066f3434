import { randomUUID } from "node:crypto";
import { leastRole, roleAsTerraform } from "@sallyport/cloud-aws";
import { UsageError, readOptions } from "../options.ts";

const USAGE =
  "usage: sallyport role aws (--account <twelve digits> | --trust <ARN>) [--external-id <id>] [--format json|terraform]";

/**
 * Prints the least role that Sallyport needs in an AWS account: what it may do, and who may become it. Without `--account` the policy
 * is for the resources of whichever account it stands in; without `--external-id` one is drawn.
 */
export function awsRole(args: readonly string[]): string {
  const options = readOptions(args, {
    account: { type: "string" },
    trust: { type: "string" },
    "external-id": { type: "string" },
    format: { type: "string" },
  });
  const { account, trust: trusted, format = "json" } = options;
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new UsageError(`--account expects twelve digits\n${USAGE}`);
  if (account === undefined && trusted === undefined)
    throw new UsageError(`who may become the role is not known: name the account, or whom it is to trust\n${USAGE}`);
  if (trusted !== undefined && !/^arn:[\w-]+:(iam|sts)::\d{12}:\S+$/.test(trusted))
    throw new UsageError(`--trust expects the ARN of a user or role, or arn:aws:iam::<account>:root\n${USAGE}`);
  const externalId = options["external-id"] ?? randomUUID();
  if (!/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) throw new UsageError("--external-id has characters that STS refuses");
  const role = leastRole({ account, trusted, externalId });
  switch (format) {
    case "json":
      return `${JSON.stringify(role, null, 2)}\n`;
    case "terraform":
      return roleAsTerraform(role);
    default:
      throw new UsageError(`--format expects json or terraform\n${USAGE}`);
  }
}
