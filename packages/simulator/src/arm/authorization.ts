import { z } from "zod";
import type { AuthorizationDocument, AzureDocuments, Directory } from "../world/documents.ts";
import { ok, refuse } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import { BUILT_IN_ROLES } from "./built-in-roles.ts";
import { authorizationFilter } from "./odata-filter.ts";
import type { AuthorizationFilter } from "./odata-filter.ts";
import { jsonOf } from "./request.ts";
import type { ArmRequest } from "./request.ts";
import type { Target } from "./target.ts";

type AuthorizationTarget = Extract<Target, { kind: "authorization" }>;
type Documents = NonNullable<AzureDocuments["authorization"]>;

/** `Microsoft.Authorization` as far as it tells who may do what. It decides nothing here: whoever signs in may do everything. */
export interface Authorization {
  readonly respond: (request: ArmRequest, target: AuthorizationTarget, callerId: string) => Answer | Refusal;
  readonly documents: () => Documents;
  readonly roleHolders: () => readonly { readonly id: string; readonly type: string }[];
}

const EVERYONE = "00000000-0000-0000-0000-000000000000";

const Assignment = z.looseObject({
  roleDefinitionId: z.string(),
  principalId: z.string(),
  principalType: z.string().nullish(),
  scope: z.string().nullish(),
});
const AssignmentBody = z.looseObject({ properties: Assignment });
const Definition = z.looseObject({ roleName: z.string(), type: z.string().nullish() });
const Denial = z.looseObject({
  principals: z.array(z.looseObject({ id: z.string() })).default([]),
  scope: z.string().nullish(),
});

export function createAuthorization(deps: {
  readonly documents: Documents | undefined;
  readonly directory: Directory | undefined;
  readonly now: () => string;
}): Authorization {
  const { directory, now } = deps;
  const keyed = (list: readonly AuthorizationDocument[] = []) =>
    new Map(list.map((one) => [one.id.toLowerCase(), one]));
  const assignments = keyed(deps.documents?.roleAssignments);
  const definitions = keyed(deps.documents?.roleDefinitions);
  const denials = keyed(deps.documents?.denyAssignments);

  /** The principal and the groups that it is in, through other groups, too. */
  const identities = (principalId: string): ReadonlySet<string> => {
    const found = new Set([principalId.toLowerCase()]);
    for (let size = 0; size !== found.size;) {
      size = found.size;
      for (const { id, members } of directory?.groups ?? [])
        if (members.some((member) => found.has(member.toLowerCase()))) found.add(id.toLowerCase());
    }
    return found;
  };

  const concerns = (filter: AuthorizationFilter, principals: readonly string[]): boolean => {
    const ids = principals.map((id) => id.toLowerCase());
    if (filter.principalId !== undefined && !ids.includes(filter.principalId.toLowerCase())) return false;
    if (filter.assignedTo === undefined || ids.includes(EVERYONE)) return true;
    const asked = identities(filter.assignedTo);
    return ids.some((id) => asked.has(id));
  };

  const typeOfPrincipal = (id: string): string => {
    const isIt = (one: { readonly id: string }) => one.id.toLowerCase() === id.toLowerCase();
    if (directory?.groups.some(isIt)) return "Group";
    return directory?.servicePrincipals.some(isIt) ? "ServicePrincipal" : "User";
  };

  const putAssignment = ({ body }: ArmRequest, target: AuthorizationTarget, callerId: string): Answer | Refusal => {
    const given = AssignmentBody.safeParse(jsonOf(body));
    if (!given.success || target.name === undefined)
      return refuse(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
    const { roleDefinitionId, principalId, principalType, ...more } = given.data.properties;
    const id = `${target.scope}/providers/Microsoft.Authorization/roleAssignments/${target.name}`;
    const isSame = (other: AuthorizationDocument) => {
      const { data } = Assignment.safeParse(other.properties);
      return (
        scopeOf(other).toLowerCase() === target.scope.toLowerCase() &&
        data?.principalId.toLowerCase() === principalId.toLowerCase() &&
        data.roleDefinitionId.split("/").at(-1)?.toLowerCase() === roleDefinitionId.split("/").at(-1)?.toLowerCase()
      );
    };
    if (assignments.has(id.toLowerCase()) || [...assignments.values()].some(isSame))
      return refuse(409, "RoleAssignmentExists", "The role assignment already exists.");
    const at = now();
    const properties = {
      roleDefinitionId,
      principalId,
      principalType: principalType ?? typeOfPrincipal(principalId),
      scope: target.scope === "" ? "/" : target.scope,
      condition: null,
      conditionVersion: null,
      createdOn: at,
      updatedOn: at,
      createdBy: callerId,
      updatedBy: callerId,
      delegatedManagedIdentityResourceId: null,
      description: null,
      ...pick(more, ["condition", "conditionVersion", "description", "delegatedManagedIdentityResourceId"]),
    };
    const document = { properties, id, type: TYPE.roleassignments, name: target.name };
    assignments.set(id.toLowerCase(), document);
    // The answer to the creation does not know its author yet (recorded).
    return { ...ok({ ...document, properties: { ...properties, createdBy: null } }), status: 201 };
  };

  const putDefinition = ({ body }: ArmRequest, target: AuthorizationTarget): Answer | Refusal => {
    const given = z.looseObject({ properties: Definition }).safeParse(jsonOf(body));
    if (!given.success || target.name === undefined)
      return refuse(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
    const id = `${target.scope}/providers/Microsoft.Authorization/roleDefinitions/${target.name}`;
    const isNew = !definitions.has(id.toLowerCase());
    const properties = { ...given.data.properties, type: "CustomRole", updatedOn: now() };
    const document = { properties, id, type: TYPE.roledefinitions, name: target.name };
    definitions.set(id.toLowerCase(), document);
    return { ...ok(document), status: isNew ? 201 : 200 };
  };

  const readAssignments = (target: AuthorizationTarget, filter: AuthorizationFilter) =>
    [...assignments.values()].filter(
      (one) =>
        reaches(scopeOf(one), target.scope, filter.atScope) &&
        concerns(filter, [Assignment.safeParse(one.properties).data?.principalId ?? ""]),
    );

  const readDenials = (target: AuthorizationTarget, filter: AuthorizationFilter) =>
    [...denials.values()].filter(
      (one) =>
        reaches(scopeOf(one), target.scope, filter.atScope) &&
        concerns(filter, Denial.safeParse(one.properties).data?.principals.map(({ id }) => id) ?? []),
    );

  /** Custom roles by their place; those of Azure everywhere, under the subscription that asks (recorded). */
  const readDefinitions = (target: AuthorizationTarget, filter: AuthorizationFilter) => {
    const subscription = /^\/subscriptions\/[^/]+/i.exec(target.scope)?.[0] ?? "";
    const known = [
      ...BUILT_IN_ROLES.map((one) => ({ ...one, id: `${subscription}${one.id}` })),
      ...definitions.values(),
    ];
    return known.filter(({ properties }) => {
      const { data } = Definition.safeParse(properties);
      return (
        (filter.roleName === undefined || data?.roleName.toLowerCase() === filter.roleName.toLowerCase()) &&
        (filter.type === undefined || data?.type?.toLowerCase() === filter.type.toLowerCase())
      );
    });
  };

  const list = (target: AuthorizationTarget, text: string): Answer | Refusal => {
    const filter = authorizationFilter(text);
    if (filter === undefined)
      return refuse(
        400,
        "UnsupportedQuery",
        `The filter '${text}' is not supported. Supported filters are atScope(), assignedTo('{value}'), principalId eq '{value}', roleName eq '{value}'.`,
      );
    switch (target.what) {
      case "roleassignments":
        return ok({ value: readAssignments(target, filter) });
      case "denyassignments":
        return ok({ value: readDenials(target, filter) });
      case "roledefinitions":
        return ok({ value: readDefinitions(target, filter) });
      case "permissions":
        return ok({ value: [{ actions: ["*"], notActions: [], dataActions: [], notDataActions: [] }] });
    }
  };

  const one = (target: AuthorizationTarget, name: string): AuthorizationDocument | undefined => {
    const isIt = (document: AuthorizationDocument) => document.name.toLowerCase() === name.toLowerCase();
    const isHere = (document: AuthorizationDocument) =>
      isIt(document) && scopeOf(document).toLowerCase() === target.scope.toLowerCase();
    switch (target.what) {
      case "roleassignments":
        return [...assignments.values()].find(isHere);
      case "denyassignments":
        return [...denials.values()].find(isHere);
      case "roledefinitions":
        return readDefinitions(target, NO_FILTER).find(isIt);
      case "permissions":
        return undefined;
    }
  };

  return {
    respond: (request, target, callerId) => {
      const { method, query } = request;
      if (target.name === undefined)
        return method === "GET" ? list(target, query.get("$filter") ?? "") : notAllowed(method);
      const found = one(target, target.name);
      if (method === "GET") return found === undefined ? notFound(target) : ok(found);
      if (target.what === "roleassignments" && method === "PUT") return putAssignment(request, target, callerId);
      if (target.what === "roledefinitions" && method === "PUT") return putDefinition(request, target);
      const store = { roleassignments: assignments, roledefinitions: definitions };
      if (method !== "DELETE" || !(target.what === "roleassignments" || target.what === "roledefinitions"))
        return notAllowed(method);
      if (found === undefined) return { status: 204 };
      store[target.what].delete(found.id.toLowerCase());
      return ok(found);
    },
    roleHolders: () => {
      const holders = new Map<string, { readonly id: string; readonly type: string }>();
      for (const { properties } of assignments.values()) {
        const { data } = Assignment.safeParse(properties);
        if (data !== undefined)
          holders.set(data.principalId.toLowerCase(), { id: data.principalId, type: data.principalType ?? "User" });
      }
      return [...holders.values()];
    },
    documents: () => ({
      ...deps.documents,
      roleAssignments: [...assignments.values()],
      roleDefinitions: [...definitions.values()],
      denyAssignments: [...denials.values()],
    }),
  };
}

const NO_FILTER: AuthorizationFilter = {
  atScope: false,
  assignedTo: undefined,
  principalId: undefined,
  roleName: undefined,
  type: undefined,
};

const TYPE = {
  roleassignments: "Microsoft.Authorization/roleAssignments",
  roledefinitions: "Microsoft.Authorization/roleDefinitions",
} as const;

/** Where an assignment stands, read off its id; empty for the root. */
const scopeOf = ({ id }: AuthorizationDocument): string =>
  id.replace(/\/providers\/Microsoft\.Authorization\/[^/]+\/[^/]+$/i, "");

/** Whether an assignment at `from` is among the answers at `scope`: of that scope and above; without `atScope()` also of those below. */
function reaches(from: string, scope: string, atScope: boolean): boolean {
  const [here, there] = [`${from.toLowerCase()}/`, `${scope.toLowerCase()}/`];
  // Which management groups a subscription is in is not part of a world: those assignments hold everywhere.
  const isAbove = there.startsWith(here) || here.startsWith("/providers/microsoft.management/");
  return isAbove || (!atScope && here.startsWith(there));
}

const pick = (from: Readonly<Record<string, unknown>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(from).filter(([name, value]) => names.includes(name) && value !== undefined));

const notFound = ({ what, name }: AuthorizationTarget): Refusal =>
  what === "roledefinitions"
    ? refuse(404, "RoleDefinitionDoesNotExist", `The specified role definition with ID '${name ?? ""}' does not exist.`)
    : refuse(
        404,
        what === "denyassignments" ? "DenyAssignmentNotFound" : "RoleAssignmentNotFound",
        `'${name ?? ""}' is not found.`,
      );

const notAllowed = (method: string): Refusal =>
  refuse(405, "MethodNotAllowed", `The requested resource does not support http method '${method}'.`);
