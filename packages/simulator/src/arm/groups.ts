import { keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";

const TYPE = "Microsoft.Resources/resourceGroups";

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly type: typeof TYPE;
  readonly location: string;
  readonly properties: { readonly provisioningState: "Succeeded" };
}

/** Resource groups: those that hold something, and those that were put there by themselves. */
export interface Groups {
  readonly find: (subscriptionId: string, name: string) => Group | undefined;
  readonly list: (subscriptionId: string) => readonly Group[];
  readonly create: (subscriptionId: string, name: string, location: string) => Group;
}

export function createGroups(estate: Estate): Groups {
  let at = -1;
  let known = new Map<string, Group>();
  const groups = () => {
    if (at === estate.linksRevision()) return known;
    at = estate.linksRevision();
    known = new Map();
    for (const [key, { shown }] of estate.entries()) {
      if (shown === undefined) continue;
      const [, word, subscriptionId, , name] = shown.doc.id.split("/");
      if (word === undefined || subscriptionId === undefined || name === undefined) continue;
      const id = `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
      const isItself = keyOf(shown.doc.type) === keyOf(TYPE);
      if (known.has(keyOf(id)) && !(isItself && key === keyOf(id))) continue;
      const { location } = shown.doc;
      known.set(keyOf(id), {
        id,
        name,
        type: TYPE,
        location,
        properties: { provisioningState: "Succeeded" },
      });
    }
    return known;
  };
  const find: Groups["find"] = (subscriptionId, name) =>
    groups().get(keyOf(`/subscriptions/${subscriptionId}/resourceGroups/${name}`));
  return {
    find,
    list: (subscriptionId) => {
      const start = keyOf(`/subscriptions/${subscriptionId}/`);
      return [...groups()].flatMap(([key, group]) => (key.startsWith(start) ? [group] : []));
    },
    create: (subscriptionId, name, location) => {
      const id = `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
      const group: Group = { id, name, type: TYPE, location, properties: { provisioningState: "Succeeded" } };
      const resource = { kind: "other" as const, doc: { ...group, properties: { ...group.properties } } };
      estate.put(id, { shown: resource, effective: resource });
      return group;
    },
  };
}
