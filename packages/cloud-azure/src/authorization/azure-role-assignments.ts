import type { HttpClient } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { readDenyAssignment, readRoleAssignment, readRoleDefinition } from "@sallyport/authorization";
import type { ReadAssignment, ReadDeny, RoleAssignments } from "@sallyport/authorization";
import type { Clock, Log } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { PrincipalId } from "@sallyport/contracts";
import { EVERYONE } from "@sallyport/domain";
import type { DenyAssignment, Rights, RoleDefinition } from "@sallyport/domain";
import { credentialOf } from "../settings.ts";
import type { AzureSettings } from "../settings.ts";
import { createAuthorizationApi } from "./authorization-api.ts";
import { createRemembered } from "./remembered.ts";

export interface AzureRoleAssignmentsDeps {
  readonly clock: Pick<Clock, "now" | "elapsed">;
  readonly log: Log;
  /** The tenant whose principals hold roles in these subscriptions; nobody else's token names one of them. */
  readonly tenantId: string;
  /** How old what allows may be, in milliseconds. */
  readonly oldestMs: number;
  readonly settings?: AzureSettings;
  /** Microsoft Graph, when it is not the public one. */
  readonly graphEndpoint?: string | undefined;
  readonly credential?: TokenCredential;
  readonly httpClient?: HttpClient;
}

/** "Now", when somebody is about to be refused: many questions at once, as for a list of VMs, are one lookup. */
const FRESH_MS = 2000;
/** Roles change seldom, and a lookup of each would cost a call (rbac.md §8). */
const OLDEST_ROLE_MS = 3_600_000;
const FRESH_ROLE_MS = 60_000;

/**
 * Role assignments as Azure itself has them. For a principal, one list for each subscription that is asked about, whatever the
 * number of VMs; for everybody, two lists of deny assignments for each; and each role once. What is remembered is at most
 * `oldestMs` old, and only ever allows (see `createMay`). Throws when Azure does not answer.
 *
 * Not seen: what Azure Lighthouse delegates, and eligible assignments before they are activated (rbac.md §7).
 */
export function createAzureRoleAssignments(deps: AzureRoleAssignmentsDeps): RoleAssignments {
  const { clock, log, tenantId, oldestMs, settings = {}, graphEndpoint, httpClient } = deps;
  const api = createAuthorizationApi({
    credential: deps.credential ?? credentialOf(settings, httpClient),
    clock,
    endpoint: settings.endpoint,
    caPem: settings.caPem,
    graphEndpoint,
    httpClient,
  });
  const assigned = createRemembered<readonly ReadAssignment[]>(clock);
  const denied = createRemembered<readonly ReadDeny[]>(clock);
  const roles = createRemembered<RoleDefinition | undefined>(clock);
  const memberships = createRemembered<readonly string[]>(clock);

  /** The groups of a principal are asked for only where a deny assignment names one that its role assignments do not prove. */
  async function heed(
    denials: readonly ReadDeny[],
    oid: string,
    known: readonly string[],
    ageMs: number,
  ): Promise<{ readonly groups: readonly string[]; readonly denyAssignments: readonly DenyAssignment[] }> {
    const open = denials.flatMap(({ groups }) => groups).filter((id) => id !== EVERYONE && !known.includes(id));
    const all = denials.map(({ deny }) => deny);
    if (open.length === 0) return { groups: [], denyAssignments: all };
    try {
      return { groups: await memberships.get(oid, ageMs, () => api.groupsOf(oid)), denyAssignments: all };
    } catch (error) {
      log.warn("the groups that deny assignments name could not be looked up: they deny, and exempt nobody", {
        oid,
        error,
      });
      return { groups: [], denyAssignments: denials.map((one) => strictest(one, known)) };
    }
  }

  return {
    assignmentsFor: async (principal, resources, { fresh, groups: asked = [] } = { fresh: false }) => {
      const oid = oidOf(principal, tenantId);
      if (oid === undefined) return NOTHING;
      const ageMs = fresh ? Math.min(FRESH_MS, oldestMs) : oldestMs;
      const roleAgeMs = fresh ? FRESH_ROLE_MS : OLDEST_ROLE_MS;
      const found = await Promise.all(
        subscriptionsOf(resources).map(async (subscription) => {
          const [held, denials] = await Promise.all([
            assigned.get(`${subscription} ${oid}`, ageMs, async () =>
              (await api.roleAssignments(subscription, oid)).map((json) => readHeld(json, oid)),
            ),
            denied.get(subscription, ageMs, async () =>
              (await api.denyAssignments(subscription)).map(readDenyAssignment),
            ),
          ]);
          return { subscription, held, denials };
        }),
      );
      const held = found.flatMap((one) => one.held);
      // The lists are of the principal's own roles and of its groups', so whom they name is one of these.
      const known = [...new Set([oid, ...held.map(({ assignment }) => assignment.principalId)])];
      const ids = new Map(held.map(({ assignment, roleDefinitionId }) => [assignment.roleId, roleDefinitionId]));
      const isOpen = asked.some((id) => !known.includes(id.toLowerCase()));
      const [wanted, definitions, { groups, denyAssignments }] = await Promise.all([
        isOpen ? memberships.get(oid, ageMs, () => api.groupsOf(oid)) : [],
        Promise.all([...ids].map(([key, id]) => roles.get(key, roleAgeMs, () => readRole(id)))),
        heed(
          found.flatMap((one) => one.denials),
          oid,
          known,
          ageMs,
        ),
      ]);
      return {
        principalIds: [...new Set([...known, ...wanted, ...groups])],
        assignments: held.map(({ assignment }) => assignment),
        definitions: definitions.filter((one) => one !== undefined),
        denyAssignments,
        managementGroups: Object.fromEntries(
          found.map((one) => [`/subscriptions/${one.subscription}`, groupsAbove(one.held, one.denials)]),
        ),
      };
    },
  };

  async function readRole(id: string): Promise<RoleDefinition | undefined> {
    const json = await api.roleDefinition(id);
    return json === undefined ? undefined : readRoleDefinition(json);
  }
}

/**
 * Whom the list names is the principal, or a group of it. A list that names another person or service was not filtered: believing it
 * would give everybody everything.
 */
function readHeld(json: unknown, oid: string): ReadAssignment {
  const read = readRoleAssignment(json);
  const isOne = /^(?:User|ServicePrincipal)$/i.test(read.principalType ?? "");
  if (isOne && read.assignment.principalId !== oid)
    throw new SallyportError({
      code: "cloud.unreadable",
      detail: `the role assignments of ${oid} name ${read.assignment.principalId}`,
    });
  return read;
}

const NOTHING: Rights = {
  principalIds: [],
  assignments: [],
  definitions: [],
  denyAssignments: [],
  managementGroups: {},
};

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The object id of a principal of this tenant; API keys, and principals of other tenants and issuers, hold no roles in Azure. */
function oidOf(principal: PrincipalId, tenantId: string): string | undefined {
  const [oid = "", tenant] = principal.toLowerCase().split("@");
  return tenant === tenantId.toLowerCase() && GUID.test(oid) ? oid : undefined;
}

const subscriptionsOf = (resources: readonly string[]): readonly string[] => [
  ...new Set(resources.flatMap((id) => /^\/subscriptions\/([^/]+)/.exec(id.toLowerCase())?.[1] ?? [])),
];

/** Azure answers for a subscription with what is assigned at the groups above it, and at no other. */
const groupsAbove = (held: readonly ReadAssignment[], denials: readonly ReadDeny[]): readonly string[] => [
  ...new Set(
    [...held.map(({ assignment }) => assignment.scope), ...denials.map(({ deny }) => deny.scope)].flatMap(
      (scope) => /^\/providers\/microsoft\.management\/managementgroups\/([^/]+)$/.exec(scope.toLowerCase())?.[1] ?? [],
    ),
  ),
];

/** Whoever might be in a group that cannot be looked up is denied by it, and not exempted by it. */
function strictest({ deny, groups }: ReadDeny, known: readonly string[]): DenyAssignment {
  const isOpen = (id: string) => groups.includes(id) && !known.includes(id);
  return {
    ...deny,
    name: `${deny.name} (whose groups could not be looked up)`,
    principals: deny.principals.some(isOpen) ? [EVERYONE] : deny.principals,
    excludePrincipals: deny.excludePrincipals.filter((id) => !isOpen(id)),
  };
}
