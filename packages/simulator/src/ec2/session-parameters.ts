import type { Tag } from "../world/aws/describe.ts";
import { PolicyDocument } from "../world/aws/iam/policy.ts";
import type { Query } from "./query.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export const validationError = (message: string): Refusal =>
  refuse("ValidationError", `1 validation error detected: ${message}`);

const MOST_TAGS = 50;

/** `Tags.member.N`: keys without regard to case are one key. */
export function readSessionTags(query: Query): readonly Tag[] | Refusal {
  const tags = query.list("Tags.member").map((tag) => ({ Key: tag.text("Key") ?? "", Value: tag.text("Value") ?? "" }));
  if (tags.length > MOST_TAGS) return validationError(`'tags' failed to satisfy constraint: at most ${MOST_TAGS}`);
  if (tags.some(({ Key, Value }) => !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key) || Value.length > 256))
    return validationError("'tags' failed to satisfy constraint: keys of 1 to 128, values of 0 to 256 characters");
  const keys = tags.map(({ Key }) => Key.toLowerCase());
  return new Set(keys).size < keys.length
    ? refuse("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    : tags;
}

/** The policies that narrow a session: `Policy` and `PolicyArns.member.N.arn`; `undefined` when there are none. */
export function readSessionPolicies(
  query: Query,
  managedPolicyOf: (arn: string) => PolicyDocument | undefined,
): readonly PolicyDocument[] | undefined | Refusal {
  const policies: PolicyDocument[] = [];
  const text = query.text("Policy");
  if (text !== undefined) {
    const read = readPolicy(text);
    if (read === undefined || read.Statement.some(({ Principal }) => Principal !== undefined))
      return refuse("MalformedPolicyDocument", "The policy is not in the valid JSON format.");
    policies.push(read);
  }
  for (const one of query.list("PolicyArns.member")) {
    const arn = one.text("arn") ?? "";
    const document = managedPolicyOf(arn);
    if (document === undefined) return validationError(`the policy ${arn} does not exist or is not attachable`);
    policies.push(document);
  }
  return policies.length === 0 ? undefined : policies;
}

function readPolicy(text: string): PolicyDocument | undefined {
  try {
    return PolicyDocument.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
