import { owingTable } from "@sallyport/backbone";
import type { JitPolicy, Principal } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { policiesTable } from "../views/policies.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import type { KnownVm } from "../views/vms.ts";
import { groupOf, prefixesUnder } from "./azure-vm-id.ts";
import { eachUnder } from "./each-under.ts";
import { isSameName, regionOf } from "./target.ts";
import type { ListScope, PolicyPlace } from "./target.ts";

/** One VM of one of Azure's policies. */
export interface Member {
  readonly vm: KnownVm;
  readonly policy: JitPolicy;
}

/** VMs of one group, region and name: what Azure calls a policy. */
export interface Collection {
  readonly place: PolicyPlace;
  readonly members: readonly Member[];
}

/** A policy that nobody named. */
export const DEFAULT_NAME = "default";
export const nameOf = ({ name }: Pick<JitPolicy, "name">): string => name ?? DEFAULT_NAME;

const policyRows = owingTable(policiesTable);

/** All policies of a scope, by their place; also those of VMs that are gone, which nobody else would clean up. */
export async function collectionsIn(
  { records, connectors, enrolled }: Pick<HandlerDeps, "records" | "connectors" | "enrolled">,
  scope: ListScope & { readonly name?: string },
): Promise<ReadonlyMap<string, Collection>> {
  const found = new Map<string, { readonly place: PolicyPlace; readonly members: Member[] }>();
  for await (const { value } of eachUnder(records, policyRows, "vm", prefixesUnder(scope, connectors, enrolled))) {
    const { policy } = value;
    const vm = (await records.get(vmsTable, value.vm))?.value;
    const group = groupOf(value.vm, connectors);
    if (policy === undefined || !isKnown(vm) || group === undefined) continue;
    const place = { ...group, location: regionOf(vm.profile.location), name: nameOf(policy) };
    if (scope.location !== undefined && place.location !== regionOf(scope.location)) continue;
    if (scope.name !== undefined && !isSameName(place.name, scope.name)) continue;
    const key = keyOf(place);
    const collection = found.get(key) ?? { place, members: [] };
    collection.members.push({ vm, policy });
    found.set(key, collection);
  }
  return found;
}

export const keyOf = ({ subscription, group, location, name }: PolicyPlace): string =>
  [subscription, group, regionOf(location), name].join("/").toLowerCase();

/** Is a VM's policy in this group and region? */
export function groupIs(
  { vm, profile }: KnownVm,
  { subscription, group, location }: PolicyPlace,
  { connectors }: Pick<HandlerDeps, "connectors">,
): boolean {
  const home = groupOf(vm, connectors);
  return (
    home !== undefined &&
    isSameName(home.subscription, subscription) &&
    isSameName(home.group, group) &&
    regionOf(profile.location) === regionOf(location)
  );
}

/** Those of its VMs whose policy the caller may read; rights hang on the policy's scope, so each scope is asked about once. */
export function createReadable(
  { may }: Pick<HandlerDeps, "may">,
  principal: Principal,
): (members: readonly Member[]) => Promise<readonly Member[]> {
  const known = new Map<string, Promise<boolean>>();
  const mayRead = ({ vm: { profile } }: Member): Promise<boolean> => {
    const scope = profile.vm.slice(0, profile.vm.search(/\/providers\/|instance\//));
    const answer = known.get(scope) ?? may(principal, "read-policy", profile).then(({ allowed }) => allowed);
    known.set(scope, answer);
    return answer;
  };
  return async (members) => {
    const allowed = await Promise.all(members.map(mayRead));
    return members.filter((_member, at) => allowed[at]);
  };
}
