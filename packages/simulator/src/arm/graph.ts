import { z } from "zod";
import type { AzureDocuments } from "../world/documents.ts";
import { ok, refuse } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import { jsonOf } from "./request.ts";
import type { ArmRequest } from "./request.ts";

const Ids = z.looseObject({ ids: z.array(z.string()) });

export const isGraph = (path: string): boolean => /^\/v1\.0\//i.test(path);

/** Microsoft Graph as far as names of principals are looked up in it (wire-clients.md §9). */
export function respondGraph(
  { method, path, query, body }: ArmRequest,
  { directory, clients, tenantId }: AzureDocuments,
  /** Who holds a role is somebody, also where the world does not say who. */
  roleHolders: readonly { readonly id: string; readonly type: string }[],
): Answer | Refusal {
  const named = [
    ...(directory?.users ?? []).map((one) => ({ "@odata.type": "#microsoft.graph.user", ...one })),
    ...(directory?.groups ?? []).map(({ members: _members, ...one }) => ({
      "@odata.type": "#microsoft.graph.group",
      ...one,
    })),
    ...(directory?.servicePrincipals ?? []).map((one) => servicePrincipal(one.id, one.displayName, one.appId)),
    ...clients.map(({ clientId, objectId }) => servicePrincipal(objectId, "Sallyport", clientId)),
  ];
  const isNamed = (id: string) => named.some((one) => one.id.toLowerCase() === id.toLowerCase());
  const principals = [
    ...named,
    ...roleHolders.flatMap(({ id, type }) => {
      if (isNamed(id)) return [];
      if (type === "ServicePrincipal") return [servicePrincipal(id, id, undefined)];
      return [{ "@odata.type": `#microsoft.graph.${type.toLowerCase()}`, id, displayName: id }];
    }),
  ];
  const [, , collection = "", name] = path.split("/");
  if (method === "POST" && /\/directoryObjects\/getByIds$/i.test(path)) {
    const ids = Ids.safeParse(jsonOf(body)).data?.ids.map((id) => id.toLowerCase());
    if (ids === undefined) return refuse(400, "Request_BadRequest", "The body must name ids.");
    return ok({ value: principals.filter(({ id }) => ids.includes(id.toLowerCase())) });
  }
  const member = GROUPS_OF.exec(path)?.[1];
  if (method === "POST" && member !== undefined) {
    if (!principals.some(({ id }) => id.toLowerCase() === member.toLowerCase()))
      return refuse(404, "Request_ResourceNotFound", `Resource '${member}' does not exist.`);
    return ok({ value: groupsOf(member, directory?.groups ?? []) });
  }
  const kind = { users: "user", groups: "group", serviceprincipals: "servicePrincipal" }[collection.toLowerCase()];
  if (method !== "GET" || kind === undefined)
    return refuse(404, "Request_ResourceNotFound", `Nothing is served at ${path} of ${tenantId}.`);
  const ofKind = principals.filter((one) => one["@odata.type"] === `#microsoft.graph.${kind}`);
  if (name !== undefined) {
    const found = ofKind.find(({ id }) => id.toLowerCase() === name.toLowerCase());
    return found === undefined
      ? refuse(404, "Request_ResourceNotFound", `Resource '${name}' does not exist.`)
      : ok(found);
  }
  const wanted = /'([^']*)'/.exec(query.get("$filter") ?? "")?.[1]?.toLowerCase();
  return ok({
    value: ofKind.filter(
      (one) =>
        wanted === undefined ||
        Object.values(one)
          .flat()
          .some((value) => isText(value, wanted)),
    ),
  });
}

const GROUPS_OF =
  /^\/v1\.0\/(?:directoryObjects|users|servicePrincipals|groups)\/([^/]+)\/getMember(?:Groups|Objects)$/i;

/** Directly or through other groups. */
function groupsOf(
  id: string,
  groups: readonly { readonly id: string; readonly members: readonly string[] }[],
): readonly string[] {
  const found = new Set([id.toLowerCase()]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const group of groups)
      if (group.members.some((one) => found.has(one.toLowerCase()))) found.add(group.id.toLowerCase());
  }
  found.delete(id.toLowerCase());
  return [...found];
}

const isText = (value: unknown, wanted: string): boolean => typeof value === "string" && value.toLowerCase() === wanted;

const servicePrincipal = (id: string, displayName: string, appId: string | undefined) => ({
  "@odata.type": "#microsoft.graph.servicePrincipal",
  id,
  displayName,
  ...(appId !== undefined && { appId }),
  servicePrincipalNames: appId === undefined ? [] : [appId],
});
