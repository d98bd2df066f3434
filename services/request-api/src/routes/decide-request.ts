import { isoDurationOf, msBetween, refusal, seconds } from "@sallyport/contracts";
import type {
  Access,
  GrantId,
  Instant,
  JitPolicy,
  NewAccessRequest,
  PortAccess,
  Principal,
  Refusal,
  RequestId,
  ScopeId,
  Seconds,
  VmRef,
} from "@sallyport/contracts";
import { canEnable, checkRequest } from "@sallyport/domain";
import type { DurationLimits } from "@sallyport/domain";
import { newGrant } from "../views/evolve-grant.ts";
import type { GrantRow, RequestRow } from "../views/requests.ts";
import type { KnownVm } from "../views/vms.ts";

export interface Asked {
  readonly id: RequestId;
  readonly at: Instant;
  readonly principal: Principal;
  readonly body: NewAccessRequest;
  readonly targets: readonly { readonly vm: KnownVm; readonly policy: JitPolicy | undefined }[];
}

export interface Rules {
  readonly limits: DurationLimits;
  readonly enrolled: ReadonlySet<ScopeId>;
  readonly deriveGrantId: (request: RequestId, vm: VmRef, end: string) => GrantId;
}

export type Decided =
  | { readonly kind: "refused"; readonly refusals: readonly [Refusal, ...Refusal[]] }
  | { readonly kind: "accepted"; readonly request: RequestRow };

/** Ports that end together: they become one grant per VM. */
interface Group {
  readonly duration: Seconds;
  /** What the grant's id is derived from. */
  readonly end: string;
  /** Asked for as an end, not as a length. */
  readonly endTime?: Instant;
  readonly ports: readonly PortAccess[];
  /** Where each of the ports stands in the body, and what of it is the body's own. */
  readonly origins: readonly Origin[];
  /** The body's field that says the time. */
  readonly timeField: string;
}
interface Origin {
  readonly at: number;
  readonly isNumber: boolean;
  readonly ownSources: boolean;
}

/**
 * What a request becomes, or every reason why it is refused at the door: form and policy are judged here, rights and approval by
 * authz (settled.md §6). Pure.
 */
export function decideRequest(asked: Asked, rules: Rules): Decided {
  const { body, targets, at } = asked;
  const past = body.endTime !== undefined && msBetween(at, body.endTime) <= 0;
  const groups = groupByEnd(body, at);
  const many = targets.length > 1;
  const refusals = [
    ...(past
      ? [
          refusal("policy.end-in-the-past", "The end has passed already.", {
            field: "/endTime",
            expected: `an instant after ${at}`,
          }),
        ]
      : []),
    ...targets.flatMap(({ vm, policy }) =>
      [
        ...canEnable({ vm: vm.vm, enrolled: rules.enrolled, finding: vm.finding }).map((one) => asOfSurvey(one, vm)),
        ...(past ? [] : checkGroups(groups, policy, rules.limits)),
      ].map((one) => (many ? { object: vm.vm, ...one } : one)),
    ),
  ];
  const [first, ...others] = refusals;
  if (first !== undefined) return { kind: "refused", refusals: [first, ...others] };
  const grants = targets.flatMap((target) => groups.map((group) => grantOf(asked, target, group, rules)));
  const { id, principal } = asked;
  return {
    kind: "accepted",
    request: {
      id,
      principal,
      requestedAt: at,
      justification: body.justification,
      reference: body.reference,
      grants,
    },
  };
}

function groupByEnd(body: NewAccessRequest, at: Instant): readonly Group[] {
  const common = commonEnd(body, at);
  const groups = new Map<string, Group>();
  for (const [index, item] of body.ports.entries()) {
    const asked = typeof item === "object" ? item : { port: item, protocol: "tcp" as const };
    const own = "duration" in asked ? asked.duration : undefined;
    const { duration, end, field } =
      own === undefined ? common : { duration: own, end: isoDurationOf(own), field: `/ports/${index}/duration` };
    const ownSources = "sources" in asked && asked.sources !== undefined;
    const sources = ("sources" in asked ? asked.sources : undefined) ?? body.sources ?? [];
    const fixed = own === undefined && body.endTime !== undefined ? { endTime: body.endTime } : {};
    const group = groups.get(end) ?? { duration, end, ...fixed, ports: [], origins: [], timeField: field };
    groups.set(end, {
      ...group,
      ports: [...group.ports, { port: asked.port, protocol: asked.protocol, sources }],
      origins: [...group.origins, { at: index, isNumber: typeof item !== "object", ownSources }],
    });
  }
  return [...groups.values()];
}

function commonEnd({ duration, endTime }: NewAccessRequest, at: Instant) {
  if (endTime === undefined) {
    const given = duration ?? seconds(0); // absent only where every port has its own
    return { duration: given, end: isoDurationOf(given), field: "/duration" };
  }
  return { duration: seconds(Math.max(0, Math.floor(msBetween(at, endTime) / 1000))), end: endTime, field: "/endTime" };
}

const checkGroups = (
  groups: readonly Group[],
  policy: JitPolicy | undefined,
  limits: DurationLimits,
): readonly Refusal[] => {
  if (policy === undefined) return checkRequest(policy, { ports: [], duration: seconds(0) }, limits);
  return groups.flatMap((group) =>
    checkRequest(policy, group, limits).map((one) =>
      one.field === undefined ? one : { ...one, field: fieldInBody(one.field, group) },
    ),
  );
};

/** The field of the body that a field of the ask came from. */
function fieldInBody(field: string, { origins, timeField }: Group): string {
  const [, index = "", part = ""] = /^\/ports\/(\d+)\/(port|sources)/.exec(field) ?? [];
  const origin = origins[Number(index)];
  if (index === "" || origin === undefined) return timeField;
  if (part === "sources") return origin.ownSources ? `/ports/${origin.at}/sources` : "/sources";
  return `/ports/${origin.at}${origin.isNumber ? "" : "/port"}`;
}

/** What the enforcer would refuse is refused at once, by what the last survey saw. */
const asOfSurvey = (one: Refusal, { profile }: KnownVm): Refusal => ({
  ...one,
  detail: `${one.detail} (As of ${profile.surveyedAt}.)`,
});

function grantOf(
  { id, at, principal, body }: Asked,
  { vm, policy }: Asked["targets"][number],
  { duration, end, endTime, ports }: Group,
  { deriveGrantId }: Rules,
): GrantRow {
  const access: Access = {
    requestId: id,
    grantId: deriveGrantId(id, vm.vm, end),
    vm: vm.vm,
    vmName: vm.profile.name,
    principal,
    ports: [...ports],
    duration,
    endTime,
    justification: body.justification,
    reference: body.reference,
    policyVersion: policy?.version ?? 0,
    requestedAt: at,
  };
  // Said before anything opens: what closing will do to sessions (G10).
  return { ...newGrant(access), closing: vm.profile.closing };
}
