import { keyOf } from "../world/azure/estate.ts";

/** What the list of all resources looks at. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly tags?: unknown;
}

type Condition = (resource: Listed) => boolean;

/**
 * The `$filter` of `GET …/resources`: conditions `name eq 'value'`, joined with `and`. `undefined` when one is none that is known here: a filter that is passed
 * over would show what nobody asked for.
 */
export function resourcesFilter(text: string): Condition | undefined {
  const conditions: (readonly [string, string])[] = [];
  for (const one of text.split(/\s+and\s+/i).filter((part) => part.trim() !== "")) {
    const [, name, value] = /^\s*(\w+)\s+eq\s+'([^']*)'\s*$/i.exec(one) ?? [];
    if (name === undefined || value === undefined || !KNOWN.test(name)) return undefined;
    conditions.push([keyOf(name), value]);
  }
  const tagName = conditions.find(([name]) => name === "tagname")?.[1];
  return (resource) => conditions.every(([name, value]) => holds(resource, name, value, tagName));
}

const KNOWN = /^(?:resourceGroup|resourceType|name|location|tagName|tagValue)$/i;

function holds({ id, name, type, location, tags }: Listed, what: string, value: string, tagName?: string): boolean {
  const isSame = (own: string) => keyOf(own) === keyOf(value);
  switch (what) {
    case "resourcegroup":
      return isSame(id.split("/")[4] ?? "");
    case "resourcetype":
      return isSame(type);
    case "name":
      return isSame(name);
    case "location":
      return isSame(location);
    case "tagname":
      return tagsOf(tags).some(([key]) => isSame(key));
    default:
      // Names of tags are compared without regard to case, values with it.
      return tagsOf(tags).some(([key, own]) => own === value && keyOf(key) === keyOf(tagName ?? key));
  }
}

const tagsOf = (tags: unknown): readonly (readonly [string, unknown])[] =>
  typeof tags === "object" && tags !== null ? Object.entries(tags) : [];
