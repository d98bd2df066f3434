import { wait } from "@sallyport/backbone";
import { SallyportError, awsParts } from "@sallyport/contracts";
import type { ObjectId, VmRef } from "@sallyport/contracts";
import { inTime, patiently } from "./attempt.ts";
import type { Attempting } from "./attempt.ts";
import type { Directory } from "./directory.ts";
import type { NetworkInterface } from "@aws-sdk/client-ec2";
import { filter } from "./ec2.ts";
import type { Ec2 } from "./ec2.ts";
import { groupIdsOf } from "./read.ts";
import { isUncertain } from "./translate.ts";
import type { Written } from "./write-group.ts";

const ROUNDS = 3;
const PAUSE_MS = 500;

export interface Membership {
  readonly verb: "attach" | "detach";
  readonly group: ObjectId;
  /** Whose the interface must still be. */
  readonly vm: VmRef | undefined;
}

/**
 * Attaches and detaches groups of one interface in one write. EC2 replaces the whole list and offers no compare-and-swap, so: read,
 * change, write, read again, and once more from the fresh list where another writer was faster (P20). What that writer wrote between
 * our read and our write cannot be seen any more; the interface's turn keeps our own writers from being that one.
 */
export async function changeMemberships(
  ec2: Ec2,
  directory: Directory,
  attempting: Attempting,
  object: ObjectId,
  changes: readonly Membership[],
): Promise<readonly Written[]> {
  const wanted = await Promise.all(
    changes.map(async ({ verb, group }) => ({ verb, group, id: await idOf(directory, attempting, verb, group) })),
  );
  let written: readonly Written[] | undefined;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const one = await interfaceOf(ec2, object);
    if (one === undefined) return gone(object, changes);
    checkOwner(one, changes);
    const held = groupIdsOf(one);
    const isSo = wanted.map(({ verb, id }) => (id !== undefined && held.includes(id)) === (verb === "attach"));
    written ??= isSo.map((so) => (so ? "already" : "done"));
    if (isSo.every((so) => so)) return written;
    if (round > 0) await wait(attempting.clock, PAUSE_MS);
    const off = new Set(wanted.filter(({ verb }) => verb === "detach").map(({ id }) => id));
    const on = wanted.filter(({ verb }) => verb === "attach").flatMap(({ id }) => id ?? []);
    const next = [...new Set([...held.filter((id) => !off.has(id)), ...on])];
    if (next.length === 0)
      throw new SallyportError({
        code: "aws.refused",
        detail: `${object} must be in one security group at least, and only ours are left`,
      });
    await replace(ec2, attempting, object, next, () => {
      for (const { group } of wanted) directory.forget(group);
    });
  }
  throw new SallyportError({ code: "aws.conflict", detail: `others keep changing the groups of ${object}` });
}

/** Whether it was applied is seen by reading again in any case, so a lost answer needs no more than that. */
async function replace(
  ec2: Ec2,
  attempting: Attempting,
  object: ObjectId,
  next: readonly string[],
  forget: () => void,
): Promise<void> {
  try {
    await patiently(attempting, ["aws.not-found"], "aws.eventual", async () => {
      inTime(attempting);
      await ec2.setGroups(object, next);
    });
  } catch (error) {
    if (error instanceof SallyportError && error.code === "aws.eventual") forget();
    if (!isUncertain(error)) throw error;
    const one = await interfaceOf(ec2, object);
    const held = one && groupIdsOf(one);
    if (held !== undefined && (held.length !== next.length || next.some((id) => !held.includes(id)))) throw error;
  }
}

async function idOf(
  directory: Directory,
  attempting: Attempting,
  verb: "attach" | "detach",
  group: ObjectId,
): Promise<string | undefined> {
  if (verb === "detach") return directory.idOf(group);
  return patiently(attempting, ["aws.eventual"], "aws.eventual", async () => {
    const id = await directory.idOf(group);
    if (id === undefined) throw new SallyportError({ code: "aws.eventual", detail: `there is no ${group} to attach` });
    return id;
  });
}

async function interfaceOf(ec2: Ec2, object: ObjectId): Promise<NetworkInterface | undefined> {
  const [one] = await ec2.interfaces([filter("network-interface-id", object)]);
  return one;
}

/** An interface may be taken off one machine and put on another; what was planned for the one is not written to the other. */
function checkOwner({ NetworkInterfaceId, Attachment }: NetworkInterface, changes: readonly Membership[]): void {
  const vms = changes.flatMap(({ vm }) => vm ?? []);
  if (vms.every((vm) => awsParts(vm).instance === Attachment?.InstanceId)) return;
  throw new SallyportError({
    code: "aws.conflict",
    detail: `${NetworkInterfaceId ?? "the interface"} is not where it was any more: ${Attachment?.InstanceId ?? "on no machine"}`,
  });
}

/** From an interface that is gone everything is detached. */
function gone(object: ObjectId, changes: readonly Membership[]): readonly Written[] {
  if (changes.some(({ verb }) => verb === "attach"))
    throw new SallyportError({ code: "aws.not-found", detail: `there is no ${object} any more` });
  return changes.map(() => "already");
}
