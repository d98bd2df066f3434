import type { ObjectId } from "@sallyport/contracts";
import type { Change } from "../model.ts";
import { Cidr } from "@sallyport/contracts";
import type { AwsGroup, AwsInterface, AwsNet, AwsPermit } from "./net.ts";
import { permitText } from "./permit.ts";
import type { AwsRule } from "./rule.ts";

/** What EC2 puts into every group it makes: everything may leave. */
export const DEFAULT_EGRESS: readonly AwsPermit[] = [
  { protocol: "-1", peer: { kind: "cidr", cidr: Cidr.parse("0.0.0.0/0") }, tags: [] },
];

/**
 * What EC2 will hold once the changes are written. As forgiving as a network that others change, too: what is there already is not
 * put again, and what is gone is not missed. What a change does not touch stays the very same value.
 */
export const applyAws = (net: AwsNet, changes: readonly Change<AwsRule>[]): AwsNet => changes.reduce(applyOne, net);

function applyOne(net: AwsNet, { object, verb, rule }: Change<AwsRule>): AwsNet {
  switch (rule.kind) {
    case "group":
      if (verb === "put") return withGroup(net, madeGroup(net, object, rule));
      if (verb === "delete") return { ...net, groups: net.groups.filter(({ key }) => key !== object) };
      break;
    case "ingress": {
      const group = net.groups.find(({ key }) => key === object);
      if (group === undefined) return net;
      if (verb === "put") return withGroup(net, authorised(group, rule.permit));
      if (verb === "delete") return withGroup(net, revoked(group, rule.permit));
      break;
    }
    case "membership":
      if (verb === "attach") return withMembers(net, object, (groups) => [...groups, rule.group]);
      if (verb === "detach") return withMembers(net, object, (groups) => groups.filter((one) => one !== rule.group));
      break;
  }
  throw new Error(`there is no way to ${verb} a ${rule.kind}`);
}

function madeGroup(net: AwsNet, key: ObjectId, rule: Extract<AwsRule, { kind: "group" }>): AwsGroup {
  const existing = net.groups.find((group) => group.key === key);
  const base = existing ?? {
    key,
    scope: rule.scope,
    name: rule.name,
    vpc: rule.vpc,
    description: rule.description,
    ingress: [],
    egress: DEFAULT_EGRESS,
    membersKnown: true,
    referencesKnown: true,
  };
  return { ...base, tags: rule.tags, egress: rule.egress ?? base.egress };
}

function withGroup(net: AwsNet, next: AwsGroup): AwsNet {
  const isThere = net.groups.some(({ key }) => key === next.key);
  if (!isThere) return { ...net, groups: [...net.groups, next] };
  return { ...net, groups: net.groups.map((group) => (group.key === next.key ? next : group)) };
}

function authorised(group: AwsGroup, { id: _id, ...permit }: AwsPermit): AwsGroup {
  const text = permitText(permit);
  if (group.ingress.some((one) => permitText(one) === text)) return group;
  return { ...group, ingress: [...group.ingress, permit] };
}

/** By id where the rule still has it; a rule that came back has another. */
function revoked(group: AwsGroup, permit: AwsPermit): AwsGroup {
  const text = permitText(permit);
  const isIt = (one: AwsPermit) => (one.id !== undefined && one.id === permit.id) || permitText(one) === text;
  return group.ingress.some(isIt) ? { ...group, ingress: group.ingress.filter((one) => !isIt(one)) } : group;
}

function withMembers(
  net: AwsNet,
  object: ObjectId,
  change: (groups: AwsInterface["groups"]) => AwsInterface["groups"],
): AwsNet {
  const isChanged = (one: AwsInterface) => one.id === object;
  const interfaces = net.interfaces.map((one) =>
    isChanged(one) ? { ...one, groups: [...new Set(change(one.groups))] } : one,
  );
  return { ...net, interfaces };
}
