import type { GrantId, LockdownId, ObjectId, Seconds } from "@sallyport/contracts";
import type { NetworkModel, Planned } from "../model.ts";
import type { Want } from "../want.ts";
import { grantGroupKey, interfacesFor, planAllow } from "./allow.ts";
import { applyAws } from "./apply.ts";
import { cloneKey } from "./clone-group.ts";
import { OPENING_TIME, closingOf, factsOf, waysTo } from "./facts.ts";
import { planLockDown } from "./lock-down.ts";
import { markedIn } from "./marks.ts";
import { clonedFrom, grantGroupName, ownParts } from "./names.ts";
import { groupOf, holdersOf, interfacesOf } from "./net.ts";
import type { AwsNet } from "./net.ts";
import { pathTo } from "./path.ts";
import { limitsBy } from "./quota.ts";
import type { AwsQuotas } from "./quota.ts";
import type { AwsRule } from "./rule.ts";
import { decidedAlike, portBoundaries, reachableThroughGroups } from "./security-group.ts";
import { readStored } from "./stored.ts";
import { planUnlock } from "./unlock.ts";
import { EMPTY_GROUP_TIME, keptFor, planWithdraw } from "./withdraw.ts";
import type { AwsClosing } from "./withdraw.ts";
import { withoutGrants } from "./without-grants.ts";

/** How grants end, and the accounts' own quotas; AWS's defaults unless said otherwise. */
export interface AwsModelOptions extends AwsQuotas {
  readonly closing?: AwsClosing;
  /** How long a group that `revoke` has emptied stays attached. */
  readonly emptyGroupTime?: Seconds;
}

/** What EC2 security groups mean. */
export function createAwsModel(options: AwsModelOptions = {}): NetworkModel<AwsNet, AwsRule> {
  const { closing = "detach", emptyGroupTime = EMPTY_GROUP_TIME, ...given } = options;
  const limitsOf = limitsBy(given);
  return {
    plan: (net, want, seal) => {
      switch (want.kind) {
        case "lock-down":
          return writtenFor(want.id, planLockDown(net, want, seal, limitsOf(want.vm)));
        case "unlock":
          return writtenFor(want.id, planUnlock(net, want, seal, limitsOf(want.vm)));
        case "allow":
          return writtenFor(want.grantId, planAllow(net, want, seal, limitsOf(want.vm)));
        case "withdraw":
          return writtenFor(want.grantId, planWithdraw(net, want, seal, closing));
      }
    },
    apply: applyAws,
    reachable: reachableThroughGroups,
    portBoundaries: (net, vm) =>
      portBoundaries(
        net,
        interfacesOf(net, vm).flatMap(({ groups }) => groups),
      ),
    decidedAlike,
    path: pathTo,
    objects: (net, want) => [...new Set(objectsOf(net, want))],
    // Only a grant's own group: nobody else writes it, and its name is its own. An interface's list of groups is replaced as a whole.
    needsTurn: (object) => {
      const own = ownParts(object);
      return own === undefined || clonedFrom(own.name) !== undefined;
    },
    // All groups of an interface let in together, and no rule denies: one more or less adds or takes away what it lets in, and no more.
    standsAlone: ({ object, rule }) => isGrantName(rule.kind === "membership" ? rule.group : object),
    addresses: (net, vm) => [...new Set(interfacesOf(net, vm).flatMap(({ addresses }) => addresses))],
    vms: (net) => [...new Set(net.interfaces.flatMap(({ vm }) => vm ?? []))],
    withoutGrants,
    marked: markedIn,
    ways: waysTo,
    keptFor: (net, want, seal) => keptFor(net, want, seal, closing, emptyGroupTime),
    closing: closingOf,
    openingTime: () => OPENING_TIME,
    facts: factsOf,
    readStored,
  };
}

/** Also where nothing of it carries a mark: a rule that is revoked, or given back, looks like anybody's. */
const writtenFor = (id: GrantId | LockdownId, planned: Planned<AwsRule>): Planned<AwsRule> =>
  planned.ok ? { ...planned, changes: planned.changes.map((change) => ({ ...change, writtenFor: id })) } : planned;

/** In the order in which changes are written: groups are filled before they are attached, and go after they are detached. */
function objectsOf(net: AwsNet, want: Want): readonly ObjectId[] {
  switch (want.kind) {
    case "allow": {
      const targets = interfacesFor(net, want);
      return [...targets.map((one) => grantGroupKey(one, want)), ...targets.map(({ id }) => id)];
    }
    case "withdraw": {
      const groups = net.groups.filter(({ name }) => name === grantGroupName(want.grantId)).map(({ key }) => key);
      return [...groups.flatMap((key) => holdersOf(net, key)).map(({ id }) => id), ...groups, ...want.objects];
    }
    case "lock-down": {
      const interfaces = interfacesOf(net, want.vm);
      const groups = interfaces.flatMap((one) => one.groups).flatMap((key) => groupOf(net, key) ?? []);
      const foreign = groups.filter(({ key }) => ownParts(key) === undefined);
      const shared = foreign.filter(
        ({ key, membersKnown }) => !membersKnown || holdersOf(net, key).some(({ vm }) => vm !== want.vm),
      );
      const clones = want.options.sharedGroups === "clone" ? shared : [];
      const touched = clones.length === 0 ? [] : interfaces.map(({ id }) => id);
      return [
        ...groups.map(({ key }) => key).filter((key) => !isGrantName(key)),
        ...clones.map((group) => cloneKey(group, want)),
        ...touched,
      ];
    }
    case "unlock":
      return [...want.inverse.map(({ object }) => object), ...want.objects];
  }
}

const isGrantName = (key: ObjectId): boolean => {
  const own = ownParts(key);
  return own !== undefined && clonedFrom(own.name) === undefined;
};
