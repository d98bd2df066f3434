import { msBetween, refusal, seconds } from "@sallyport/contracts";
import type {
  Access,
  GrantId,
  Instant,
  JitPolicy,
  Principal,
  Refusal,
  RequestId,
  ScopeId,
  VmRef,
} from "@sallyport/contracts";
import { canEnable, checkRequest } from "@sallyport/domain";
import type { DurationLimits } from "@sallyport/domain";
import { newGrant } from "../views/evolve-grant.ts";
import type { GrantRow, RequestRow } from "../views/requests.ts";
import type { KnownVm } from "../views/vms.ts";
import type { Door } from "./doors-of.ts";

export interface Asked {
  readonly id: RequestId;
  readonly at: Instant;
  readonly principal: Principal;
  /** The service that asks for the principal. */
  readonly requestedBy?: Principal;
  readonly justification: string | undefined;
  readonly reference: string | undefined;
  readonly targets: readonly Target[];
}

/** One VM, with the doors that are wanted of it. */
export interface Target {
  readonly vm: KnownVm;
  readonly policy: JitPolicy | undefined;
  readonly doors: readonly Door[];
}

export interface Rules {
  readonly limits: DurationLimits;
  readonly enrolled: ReadonlySet<ScopeId>;
  readonly deriveGrantId: (request: RequestId, vm: VmRef, end: string) => GrantId;
}

export type Decided =
  | { readonly kind: "refused"; readonly refusals: readonly [Refusal, ...Refusal[]] }
  | { readonly kind: "accepted"; readonly request: RequestRow };

/** Doors of a VM that close together: they become one grant. */
type Group = readonly [Door, ...Door[]];

/**
 * What a request becomes, or every reason why it is refused at the door: form and policy are judged here, rights and approval by
 * authz (settled.md §6). Pure.
 */
export function decideRequest(asked: Asked, rules: Rules): Decided {
  const { targets, at } = asked;
  const many = targets.length > 1;
  const isPast = ({ endTime }: Door) => endTime !== undefined && msBetween(at, endTime) <= 0;
  const pastFields = new Set(targets.flatMap(({ doors }) => doors.filter(isPast).map(({ timeField }) => timeField)));
  const refusals = [
    ...[...pastFields].map((field) =>
      refusal("policy.end-in-the-past", "The end has passed already.", {
        field,
        expected: `an instant after ${at}`,
      }),
    ),
    ...targets.flatMap(({ vm, policy, doors }) => {
      const open = doors.filter((door) => !isPast(door));
      return [
        ...canEnable({ vm: vm.vm, enrolled: rules.enrolled, finding: vm.finding }).map((one) => asOfSurvey(one, vm)),
        ...(open.length === 0 ? [] : checkGroups(groupByEnd(open), policy, rules.limits)),
      ].map((one) => (many ? { object: vm.vm, ...one } : one));
    }),
  ];
  const [first, ...others] = refusals;
  if (first !== undefined) return { kind: "refused", refusals: [first, ...others] };
  const grants = targets.flatMap((target) =>
    groupByEnd(target.doors).map((group) => grantOf(asked, target, group, rules)),
  );
  const { id, principal, requestedBy, justification, reference } = asked;
  return {
    kind: "accepted",
    request: { id, principal, requestedBy, requestedAt: at, justification, reference, grants },
  };
}

function groupByEnd(doors: readonly Door[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const door of doors) {
    const group = groups.get(door.end);
    groups.set(door.end, group === undefined ? [door] : [...group, door]);
  }
  return [...groups.values()];
}

const checkGroups = (
  groups: readonly Group[],
  policy: JitPolicy | undefined,
  limits: DurationLimits,
): readonly Refusal[] => {
  if (policy === undefined) return checkRequest(policy, { ports: [], duration: seconds(0) }, limits);
  return groups.flatMap((group) =>
    checkRequest(policy, { ports: group.map(({ door }) => door), duration: group[0].duration }, limits).map((one) =>
      one.field === undefined ? one : { ...one, field: fieldInBody(one.field, group) },
    ),
  );
};

/** The field of the body that a field of the ask came from. */
function fieldInBody(field: string, group: Group): string {
  const [, index = "", part = ""] = /^\/ports\/(\d+)\/(port|sources)/.exec(field) ?? [];
  const door = group[Number(index)];
  if (index === "" || door === undefined) return group[0].timeField;
  return part === "sources" ? door.sourcesField : door.portField;
}

/** What the enforcer would refuse is refused at once, by what the last survey saw. */
const asOfSurvey = (one: Refusal, { profile }: KnownVm): Refusal => ({
  ...one,
  detail: `${one.detail} (As of ${profile.surveyedAt}.)`,
});

function grantOf(
  { id, at, principal, requestedBy, justification, reference }: Asked,
  { vm, policy }: Target,
  group: Group,
  { deriveGrantId }: Rules,
): GrantRow {
  const [{ duration, end, endTime }] = group;
  const access: Access = {
    requestId: id,
    grantId: deriveGrantId(id, vm.vm, end),
    vm: vm.vm,
    vmName: vm.profile.name,
    principal,
    requestedBy,
    ports: group.map(({ door }) => door),
    duration,
    endTime,
    justification,
    reference,
    policyVersion: policy?.version ?? 0,
    requestedAt: at,
  };
  // Said before anything opens: what closing will do to sessions (G10).
  return { ...newGrant(access), closing: vm.profile.closing };
}
