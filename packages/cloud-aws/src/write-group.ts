import { SallyportError } from "@sallyport/contracts";
import type { ObjectId } from "@sallyport/contracts";
import { ownParts, permitText } from "@sallyport/domain";
import type { AwsPermit, AwsRule } from "@sallyport/domain";
import type { SecurityGroup } from "@aws-sdk/client-ec2";
import { inTime, patiently, writeOnce } from "./attempt.ts";
import type { Attempting } from "./attempt.ts";
import type { Directory } from "./directory.ts";
import type { Ec2 } from "./ec2.ts";
import { settable } from "./ip-permission.ts";
import { isUncertain } from "./translate.ts";
import { authorize, revoke, rulesOf } from "./write-rules.ts";

type GroupRule = Extract<AwsRule, { kind: "group" }>;

/** Whether something had to be written. */
export type Written = "done" | "already";

/**
 * Makes the group unless it is there, and sees to its tags and to what may leave it. Names are unique in a VPC, so one that nobody has
 * seen is simply made; a lost answer, or a duplicate, is looked up by tag.
 */
export async function putGroup(
  ec2: Ec2,
  directory: Directory,
  attempting: Attempting,
  object: ObjectId,
  rule: GroupRule,
): Promise<Written> {
  const isUnseen = ownParts(object) !== undefined && directory.known(object) === undefined;
  const existing = isUnseen ? undefined : await directory.find(object);
  const { group, id, isFresh } = existing?.GroupId
    ? { group: existing, id: existing.GroupId, isFresh: false }
    : await createGroup(ec2, directory, attempting, object, rule);
  const isMarked = isFresh ? true : hasTags(group, rule);
  if (!isMarked)
    await writeOnce(
      attempting,
      () => ec2.tag(id, settable(rule.tags)),
      async () => hasTags((await directory.find(object)) ?? {}, rule),
    );
  const isOut = rule.egress === undefined ? true : await putEgress(ec2, attempting, id, rule.egress, isFresh);
  return !isFresh && isMarked && isOut ? "already" : "done";
}

const hasTags = ({ Tags }: SecurityGroup, { tags }: GroupRule): boolean =>
  settable(tags).every((wanted) => (Tags ?? []).some(({ Key, Value }) => Key === wanted.Key && Value === wanted.Value));

/** `isFresh`: it was made just now, with the tags that were asked for. */
interface Made {
  readonly group: SecurityGroup;
  readonly id: string;
  readonly isFresh: boolean;
}

async function createGroup(
  ec2: Ec2,
  directory: Directory,
  attempting: Attempting,
  object: ObjectId,
  { name, description, vpc, tags, scope }: GroupRule,
): Promise<Made> {
  inTime(attempting);
  let isFresh = true;
  try {
    const id = await ec2.createGroup({ name, description, vpc, tags: settable(tags) });
    if (id !== undefined) {
      directory.remember(object, id);
      return { group: {}, id, isFresh };
    }
  } catch (error) {
    if (error instanceof SallyportError && error.code === "network.quota")
      throw new SallyportError({
        code: "network.quota",
        detail: `${scope} has no room for another security group: delete some that nobody is in, or have the quota of groups raised (${error.message})`,
        cause: error.cause,
      });
    isFresh = !(error instanceof SallyportError && error.code === "aws.conflict");
    if (isFresh && !isUncertain(error)) throw error;
    if (isFresh && (await directory.find(object)) === undefined) throw error;
  }
  return patiently(attempting, ["aws.not-found"], "aws.conflict", async () => {
    const group = await directory.find(object);
    if (group?.GroupId !== undefined) return { group, id: group.GroupId, isFresh };
    throw new SallyportError({
      code: "aws.not-found",
      detail: `there is a group named ${name} in ${vpc}, and none with our tag`,
    });
  });
}

/** What may leave the group is exactly this; `false` when something had to be written. */
async function putEgress(
  ec2: Ec2,
  attempting: Attempting,
  id: string,
  egress: readonly AwsPermit[],
  isFresh: boolean,
): Promise<boolean> {
  const held = await patiently(attempting, ["aws.eventual"], "aws.eventual", async () => {
    const rules = await rulesOf(ec2, id, "egress");
    // EC2 puts a rule for everything into each new group: none at all means that it does not show yet.
    if (isFresh && rules.length === 0)
      throw new SallyportError({ code: "aws.eventual", detail: `${id} does not show its rules yet` });
    return rules;
  });
  const wanted = new Set(egress.map(permitText));
  const surplus = held.filter(({ text }) => !wanted.has(text));
  const missing = egress.filter((permit) => !held.some(({ text }) => text === permitText(permit)));
  for (const permit of missing) await authorize(ec2, attempting, id, "egress", [permit]);
  if (surplus.length > 0) {
    const rules = surplus.map(({ id: ruleId }): AwsPermit => ({ ...NOTHING, id: ruleId }));
    await revoke(ec2, attempting, id, "egress", rules);
  }
  return surplus.length === 0 && missing.length === 0;
}

/** Revoked by its id alone. */
const NOTHING: AwsPermit = { protocol: "-1", peer: { kind: "unreadable", text: "" }, tags: [] };

/** Deletes the group; one that is gone is success, one that EC2 still believes in use is waited for, within bounds. */
export async function deleteGroup(
  ec2: Ec2,
  directory: Directory,
  attempting: Attempting,
  object: ObjectId,
): Promise<Written> {
  const seen = directory.known(object);
  const id = seen ?? (await directory.find(object))?.GroupId;
  if (id === undefined) return "already";
  try {
    await patiently(attempting, ["aws.dependency"], "aws.dependency", () =>
      writeOnce(
        attempting,
        () => ec2.deleteGroup(id),
        async () => (await directory.find(object)) === undefined,
      ),
    );
    return "done";
  } catch (error) {
    if (!(error instanceof SallyportError && error.code === "aws.not-found")) throw error;
  } finally {
    directory.forget(object);
  }
  // What was seen is gone; whether there is another by that name is asked.
  return seen === undefined ? "already" : deleteGroup(ec2, directory, attempting, object);
}
