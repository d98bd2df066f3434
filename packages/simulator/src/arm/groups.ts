import { z } from "zod";
import { keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";
import type { AzureResource } from "../world/azure/resources.ts";

const TYPE = "Microsoft.Resources/resourceGroups";

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly type: typeof TYPE;
  readonly location: string;
  readonly tags?: Tags;
  readonly properties: { readonly provisioningState: "Succeeded" };
}

const Tags = z.record(z.string(), z.string());
type Tags = z.infer<typeof Tags>;

/** Whether this is a group itself, and not something inside one. */
export const isGroup = ({ doc }: AzureResource): boolean => keyOf(doc.type) === keyOf(TYPE);

/** Resource groups: those that hold something, and those that were put there by themselves. */
export interface Groups {
  readonly find: (subscriptionId: string, name: string) => Group | undefined;
  readonly list: (subscriptionId: string) => readonly Group[];
  /** Makes a group, or gives the one that is there these tags. */
  readonly put: (
    subscriptionId: string,
    name: string,
    is: { readonly location: string; readonly tags?: Tags | undefined },
  ) => Group;
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
      const isItself = isGroup(shown) && key === keyOf(id);
      if (known.has(keyOf(id)) && !isItself) continue;
      const { location } = shown.doc;
      const { data: tags } = isItself ? Tags.safeParse(shown.doc.tags) : {};
      known.set(keyOf(id), {
        id,
        name,
        type: TYPE,
        location,
        ...(tags && { tags }),
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
    put: (subscriptionId, name, { location, tags }) => {
      const id = `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
      const group: Group = {
        id,
        name,
        type: TYPE,
        location,
        ...(tags && { tags }),
        properties: { provisioningState: "Succeeded" },
      };
      const resource = { kind: "other" as const, doc: { ...group, properties: { ...group.properties } } };
      estate.put(id, { shown: resource, effective: resource });
      return group;
    },
  };
}
