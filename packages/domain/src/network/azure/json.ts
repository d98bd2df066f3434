import { SallyportError } from "@sallyport/contracts";
import type { ObjectId } from "@sallyport/contracts";

/** A JSON object of which nothing is known yet. */
export type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object; everything else counts as an empty one. */
export const objectIn = (value: unknown): Json => (isObject(value) ? value : NOTHING);
const NOTHING: Json = {};

/** The `properties` that ARM puts around what a resource is. */
export const propertiesOf = (body: unknown): Json => objectIn(objectIn(body)["properties"]);

/** A list; absent and null count as an empty one. */
export const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : NONE);
const NONE: readonly never[] = [];

/** A text; `undefined` for absent, null, `""` and everything that is no text (P32). */
export const textIn = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

export function textsIn(value: unknown): readonly string[] {
  const texts: string[] = [];
  for (const one of listIn(value)) if (typeof one === "string" && one !== "") texts.push(one);
  return texts;
}

/** Singular and plural as one list (P32). */
export function oneOrMany(one: unknown, many: unknown): readonly string[] {
  const texts = textsIn(many);
  const single = textIn(one);
  if (texts.length === 0) return single === undefined ? texts : [single];
  return [...new Set(single === undefined ? texts : [single, ...texts])];
}

/** An ARM id as we compare it: in lower case (P23). */
export const foldId = (id: string): ObjectId => id.toLowerCase() as ObjectId;

/** The id of what a reference `{ id }` points to. */
export const idIn = (reference: unknown): ObjectId | undefined => {
  const id = textIn(objectIn(reference)["id"]);
  return id === undefined ? undefined : foldId(id);
};

export function idsIn(references: unknown): readonly ObjectId[] {
  const ids: ObjectId[] = [];
  for (const reference of listIn(references)) {
    const id = idIn(reference);
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

/** The id that every resource has; a body without one is no resource. */
export function ownId(body: unknown, kind: string): ObjectId {
  const id = idIn(body);
  if (id !== undefined) return id;
  throw new SallyportError({ code: "cloud.unreadable", detail: `Azure gave a ${kind} without an id` });
}

/** The last part of an id: the resource's name, in lower case. */
export const lastPart = (id: string): string => id.slice(id.lastIndexOf("/") + 1);
