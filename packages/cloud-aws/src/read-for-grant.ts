import { awsParts } from "@sallyport/contracts";
import type { ScopeId } from "@sallyport/contracts";
import { MARK_TAG, ownObject, ownParts, parseAwsNet } from "@sallyport/domain";
import type { AwsNet } from "@sallyport/domain";
import { filter } from "./ec2.ts";
import type { Ec2 } from "./ec2.ts";
import { anyOf, groupIdsOf, once, prefixListsIn, readPrefixLists, referredBy, startingWith } from "./read.ts";
import type { Asked } from "./read.ts";

/**
 * What a grant needs of one account and region, fresh, in three calls for one VM, one more to open, and one for groups and one for
 * interfaces that are named and not where they were: the VM's interfaces; their groups, which show their rules; whoever else is in these.
 */
export async function readForGrant(
  ec2: Ec2,
  scope: ScopeId,
  { vms, objects }: Asked,
  purpose: "opening" | "closing",
): Promise<AwsNet> {
  const ids = vms.map((vm) => awsParts(vm).instance);
  const [reservations, own] = await Promise.all([
    // What is to be closed is closed whether its machine is there or not.
    purpose === "opening" ? anyOf(ids, (values) => ec2.instances([filter("instance-id", ...values)])) : [],
    anyOf(ids, (values) => ec2.interfaces([filter("attachment.instance-id", ...values)])),
  ]);
  const attached = own.flatMap(({ VpcId = "", Groups }) =>
    (Groups ?? []).map(({ GroupName = "" }) => ownObject(VpcId, GroupName)),
  );
  const elsewhere = objects.filter((object) => !attached.includes(object)).flatMap((object) => ownParts(object) ?? []);
  const shown = [...own.flatMap(groupIdsOf), ...startingWith(objects, "sg-")];
  const apart = startingWith(objects, "eni-").filter((id) => !own.some((one) => one.NetworkInterfaceId === id));
  const [near, unattached, namedInterfaces] = await Promise.all([
    anyOf([...new Set(shown)], (values) => ec2.groups([filter("group-id", ...values)])),
    anyOf([...new Set(elsewhere.map(({ name }) => name))], (values) =>
      ec2.groups([
        filter("tag-key", MARK_TAG),
        filter("vpc-id", ...new Set(elsewhere.map(({ vpc }) => vpc))),
        filter("group-name", ...values),
      ]),
    ),
    anyOf(apart, (values) => ec2.interfaces([filter("network-interface-id", ...values)])),
  ]);
  const groups = once([...near, ...unattached], ({ GroupId }) => GroupId);
  const main = groups.flatMap(({ GroupId }) => GroupId ?? []);
  const referred = referredBy(groups).filter((id) => !main.includes(id));
  const [referredGroups, members, prefixLists] = await Promise.all([
    anyOf(referred, (values) => ec2.groups([filter("group-id", ...values)])),
    anyOf([...main, ...referred], (values) => ec2.interfaces([filter("group-id", ...values)])),
    readPrefixLists(ec2, prefixListsIn(groups)),
  ]);
  return parseAwsNet({
    scope,
    reservations,
    interfaces: once([...own, ...namedInterfaces, ...members], ({ NetworkInterfaceId }) => NetworkInterfaceId),
    groups: [...groups, ...referredGroups],
    prefixLists,
    members: new Set([...main, ...referredGroups.flatMap(({ GroupId }) => GroupId ?? [])]),
    references: new Set(),
  });
}
