import { Cidr, contains, familyOf, refusal, shortNameOf } from "@sallyport/contracts";
import type { ObjectId, Refusal } from "@sallyport/contracts";
import { transportsOf } from "../exposure.ts";
import { sameClaim } from "../mark.ts";
import type { Mark, Seal } from "../mark.ts";
import type { Change, Planned } from "../model.ts";
import type { Allow } from "../want.ts";
import { membership, nameTaken } from "./clone-group.ts";
import { groupTags, isGrantGroup, isOf, markOfGroup } from "./marks.ts";
import { grantGroupName, ownObject } from "./names.ts";
import { groupOf, holdersOf, interfacesOf } from "./net.ts";
import type { AwsInterface, AwsNet, AwsPermit } from "./net.ts";
import { permitText } from "./permit.ts";
import { groupQuotaRefusal, regionQuotaRefusal, ruleQuotaRefusal } from "./quota.ts";
import type { AwsLimits } from "./quota.ts";
import { vmGone } from "./refusals.ts";
import type { AwsRule } from "./rule.ts";

const HALVES: Readonly<Record<string, readonly Cidr[]>> = {
  "0.0.0.0/0": ["0.0.0.0/1", "128.0.0.0/1"].map((half) => Cidr.parse(half)),
  "::/0": ["::/1", "8000::/1"].map((half) => Cidr.parse(half)),
};

/** Any source as two halves, so that its flows are tracked and outlive the rule (aws.md §4); ranges within others are left out. */
const written = (sources: readonly Cidr[]): readonly Cidr[] =>
  sources
    .filter((one) => !sources.some((other) => other !== one && contains(other, one)))
    .flatMap((one) => HALVES[one] ?? [one]);

/** Exactly the granted ports and sources, as rules. */
const permitsOf = (want: Allow): readonly AwsPermit[] => {
  const all = want.ports.flatMap(({ port, protocol, sources }) =>
    transportsOf(protocol).flatMap((transport) =>
      written(sources).map((cidr): AwsPermit => ({
        protocol: transport,
        from: port,
        to: port,
        peer: { kind: "cidr", cidr },
        tags: [],
      })),
    ),
  );
  return [...new Map(all.map((permit) => [permitText(permit), permit])).values()];
};

/** The interfaces to open: all of the VM's that have an address of a granted source's family, whichever the user will connect to. */
export function interfacesFor(net: AwsNet, want: Allow): readonly AwsInterface[] {
  const families = new Set(want.ports.flatMap(({ sources }) => sources.map(familyOf)));
  return interfacesOf(net, want.vm).filter(({ addresses }) => addresses.some((one) => families.has(familyOf(one))));
}

/** The grant's groups: one in each VPC that the interfaces are in, which is one but for instances with interfaces in several. */
export const grantGroupKey = (one: AwsInterface, want: Pick<Allow, "grantId">): ObjectId =>
  ownObject(one.vpc, grantGroupName(want.grantId));

/**
 * Opens by a new security group per grant (S21): exactly the granted ports and sources, created and filled before it is attached.
 * No other group is edited. Whatever else stands in a group of this grant's mark goes; a changed end is written as a new mark.
 */
export function planAllow(net: AwsNet, want: Allow, seal: Seal, limits: AwsLimits): Planned<AwsRule> {
  if (!net.instances.some(({ vm }) => vm === want.vm)) return vmGone(want.vm);
  const targets = interfacesFor(net, want);
  const [anyTarget] = targets;
  if (anyTarget === undefined) return { ok: false, refusals: [noAddress(want)] };
  const keys = [...new Set(targets.map((one) => grantGroupKey(one, want)))];
  const groups = keys.map((key) => {
    const inside = targets.filter((one) => grantGroupKey(one, want) === key);
    return fillGroup(net, key, inside, want, seal, limits);
  });
  const attaching = targets.filter((one) => !one.groups.includes(grantGroupKey(one, want)));
  const full = attaching.flatMap((one) => groupQuotaRefusal(one, limits) ?? []);
  const fresh = keys.filter((key) => groupOf(net, key) === undefined).length;
  const region = regionQuotaRefusal(net, want.vm, fresh, limits);
  const [first, ...more] = [
    ...groups.flatMap(({ refusals }) => refusals),
    ...full,
    ...(region === undefined ? [] : [region]),
  ];
  if (first !== undefined) return { ok: false, refusals: [first, ...more] };
  const strays = keys
    .flatMap((key) => holdersOf(net, key))
    .filter((one) => !targets.includes(one) && one.groups.length > 1);
  const markOf = (one: AwsInterface) => sign(grantGroupKey(one, want), want, seal);
  return {
    ok: true,
    changes: [
      ...groups.flatMap(({ changes }) => changes),
      ...attaching.map((one) => attachment(one, want, markOf(one))),
      ...strays.map((one) => membership(one, "detach", grantGroupKey(one, want), markOf(one))),
    ],
  };
}

function attachment(one: AwsInterface, want: Allow, mark: Mark): Change<AwsRule> {
  const group = grantGroupKey(one, want);
  return {
    object: one.id,
    verb: "attach",
    // Were it another machine's by the time of the write, the door would be open there.
    rule: { kind: "membership", scope: one.scope, group, vm: want.vm },
    mark,
  };
}

const sign = (key: ObjectId, { grantId, end }: Allow, seal: Seal) =>
  seal.sign({ kind: "grant", id: grantId, end }, { object: key, rule: grantGroupName(grantId) });

interface Filled {
  readonly changes: readonly Change<AwsRule>[];
  readonly refusals: readonly Refusal[];
}

function fillGroup(
  net: AwsNet,
  key: ObjectId,
  targets: readonly AwsInterface[],
  want: Allow,
  seal: Seal,
  limits: AwsLimits,
): Filled {
  const existing = groupOf(net, key);
  const marked = existing && markOfGroup(existing, seal);
  const isStranger = existing !== undefined && !isOf(marked, "grant", want.grantId);
  const mark = sign(key, want, seal);
  const isOpenOutwards = targets.every((one) => mayAllLeave(net, one, seal));
  const hasNewEnd = marked !== undefined && !sameClaim(marked.mark.claim, mark.claim);
  const hasEgress = existing !== undefined && existing.egress.length > 0 && !isOpenOutwards;
  const [scope, vpc] = [targets[0]?.scope ?? existing?.scope, targets[0]?.vpc ?? existing?.vpc];
  if (scope === undefined || vpc === undefined) return { changes: [], refusals: [] };
  const create: Change<AwsRule> = {
    object: key,
    verb: "put",
    rule: {
      kind: "group",
      scope,
      vpc,
      name: grantGroupName(want.grantId),
      description: `Sallyport access to ${shortNameOf(want.vm)}, grant ${want.grantId}`,
      tags: groupTags(mark, want.vm),
      ...(!isOpenOutwards && { egress: [] }),
    },
    mark,
  };
  const rule = (verb: "put" | "delete", permit: AwsPermit): Change<AwsRule> => ({
    object: key,
    verb,
    rule: { kind: "ingress", scope, permit },
    mark,
  });
  const granted = permitsOf(want);
  const held = new Set(existing?.ingress.map(permitText));
  const wanted = new Set(granted.map(permitText));
  const quota = ruleQuotaRefusal(net, { key }, granted, limits);
  return {
    changes: [
      ...(existing === undefined || hasNewEnd || hasEgress ? [create] : []),
      ...granted.filter((permit) => !held.has(permitText(permit))).map((permit) => rule("put", permit)),
      ...(existing?.ingress ?? [])
        .filter((permit) => !wanted.has(permitText(permit)))
        .map((permit) => rule("delete", permit)),
    ],
    refusals: [...(isStranger ? [nameTaken(key)] : []), ...(quota === undefined ? [] : [quota])],
  };
}

/**
 * Does the interface let everything out without any grant's group? Then the rule for leaving traffic that EC2 puts into every new
 * group adds nothing and may stay. Otherwise it is taken out: opening a port must not open the way out, nor make other rules' flows
 * untracked.
 */
function mayAllLeave(net: AwsNet, one: AwsInterface, seal: Seal): boolean {
  const own = one.groups.flatMap((key) => groupOf(net, key) ?? []).filter((group) => !isGrantGroup(group, seal));
  const leaves = (cidr: string) =>
    own.some(({ egress }) =>
      egress.some(({ protocol, peer }) => protocol === "-1" && peer.kind === "cidr" && peer.cidr === cidr),
    );
  return leaves("0.0.0.0/0") && (leaves("::/0") || !one.addresses.some((address) => familyOf(address) === "ipv6"));
}

const FAMILY_NAMES = { ipv4: "IPv4", ipv6: "IPv6" } as const;

const noAddress = ({ vm, ports }: Allow): Refusal => {
  const families = new Set(ports.flatMap(({ sources }) => sources.map((one) => FAMILY_NAMES[familyOf(one)])));
  return refusal(
    "network.unsupported",
    `${shortNameOf(vm)} has no ${[...families].join(" or ")} address, and the granted sources have no other: ask for a source of the machine's own family.`,
    { object: vm },
  );
};
