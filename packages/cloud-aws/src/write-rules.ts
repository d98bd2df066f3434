import { SallyportError } from "@sallyport/contracts";
import { permitText } from "@sallyport/domain";
import type { AwsPermit } from "@sallyport/domain";
import { inTime, patiently } from "./attempt.ts";
import type { Attempting } from "./attempt.ts";
import { filter } from "./ec2.ts";
import type { Direction, Ec2 } from "./ec2.ts";
import { heldRule, ipPermissionOf, settable } from "./ip-permission.ts";
import type { HeldRule } from "./ip-permission.ts";
import { isUncertain } from "./translate.ts";

/** How often a call is made anew with what is still missing, when others write to the same group. */
const ROUNDS = 3;

export async function rulesOf(ec2: Ec2, groupId: string, direction: Direction): Promise<readonly HeldRule[]> {
  const rules = await ec2.rules([filter("group-id", groupId)]);
  return rules.map(heldRule).filter(({ isEgress }) => isEgress === (direction === "egress"));
}

const isFault = (error: unknown, code: SallyportError["code"]): boolean =>
  error instanceof SallyportError && error.code === code;

/**
 * Authorises rules of one group in one call; all have the same tags. EC2 takes all of them or none, so where one is there already the
 * others are tried again. Returns the texts of those that were there already.
 */
export async function authorize(
  ec2: Ec2,
  attempting: Attempting,
  groupId: string,
  direction: Direction,
  permits: readonly AwsPermit[],
): Promise<ReadonlySet<string>> {
  const already = new Set<string>();
  let missing = permits;
  for (let round = 0; missing.length > 0; round += 1) {
    try {
      // A group that was just made may not be known everywhere yet.
      await patiently(attempting, ["aws.not-found"], "aws.eventual", async () => {
        inTime(attempting);
        await ec2.authorize(groupId, direction, missing.map(ipPermissionOf), settable(missing[0]?.tags ?? []));
      });
      return already;
    } catch (error) {
      const isDuplicate = isFault(error, "aws.conflict");
      if (round === ROUNDS || !(isDuplicate || isUncertain(error))) throw error;
      const held = new Set((await rulesOf(ec2, groupId, direction)).map(({ text }) => text));
      const left = missing.filter((permit) => !held.has(permitText(permit)));
      if (isUncertain(error) && left.length > 0) throw error;
      for (const permit of isDuplicate ? missing : [])
        if (held.has(permitText(permit))) already.add(permitText(permit));
      if (isDuplicate && left.length === missing.length) throw error; // it does not show yet what it says is there
      missing = left;
    }
  }
  return already;
}

/**
 * Revokes rules of one group in one call, by id. What EC2 did not say it has revoked is looked for, and is a failure if it is still
 * there (P19). Returns the texts of those that were gone already.
 */
export async function revoke(
  ec2: Ec2,
  attempting: Attempting,
  groupId: string,
  direction: Direction,
  permits: readonly AwsPermit[],
): Promise<ReadonlySet<string>> {
  const already = new Set<string>();
  let left: readonly { readonly id: string; readonly text: string }[] = permits.flatMap(({ id, ...permit }) =>
    id === undefined ? [] : [{ id, text: permitText(permit as AwsPermit) }],
  );
  if (left.length < permits.length) left = await stillHeld(ec2, groupId, direction, permits, already);
  for (let round = 0; left.length > 0; round += 1) {
    inTime(attempting);
    const outcome = await ec2
      .revoke(
        groupId,
        direction,
        left.map(({ id }) => id),
      )
      .catch((error: unknown) => {
        if (round < ROUNDS && (isFault(error, "aws.not-found") || isUncertain(error))) return { error };
        throw error;
      });
    if (!("error" in outcome) && !outcome.hasUnknown && left.every(({ id }) => outcome.ids.includes(id)))
      return already;
    const held = await rulesOf(ec2, groupId, direction);
    const isHeld = (id: string) => held.some((rule) => rule.id === id);
    if ("error" in outcome && isFault(outcome.error, "aws.not-found"))
      for (const { id, text } of left) if (!isHeld(id)) already.add(text);
    left = left.filter(({ id }) => isHeld(id));
    if (left.length > 0 && "error" in outcome && isUncertain(outcome.error)) throw outcome.error;
    if (left.length > 0 && round >= ROUNDS)
      throw new SallyportError({
        code: "aws.conflict",
        detail: `${groupId} still holds ${left.map(({ text }) => text).join(", ")} although it was revoked`,
      });
  }
  return already;
}

async function stillHeld(
  ec2: Ec2,
  groupId: string,
  direction: Direction,
  permits: readonly AwsPermit[],
  already: Set<string>,
): Promise<readonly HeldRule[]> {
  const held = await rulesOf(ec2, groupId, direction);
  return permits.flatMap((permit) => {
    const text = permitText(permit);
    const found = held.find((rule) => rule.id === permit.id) ?? held.find((rule) => rule.text === text);
    if (found === undefined) already.add(text);
    return found ?? [];
  });
}
