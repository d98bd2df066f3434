/** Reading what a cloud answers, or what was stored, without believing anything about it. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function jsonAt(value: unknown, name: string): Json {
  const found = isJson(value) ? value[name] : undefined;
  return isJson(found) ? found : {};
}

/** The members of a list that are objects; an absent list is an empty one. */
export function listAt(value: unknown, name: string): readonly Json[] {
  const found: unknown = isJson(value) ? value[name] : undefined;
  return Array.isArray(found) ? found.filter(isJson) : [];
}

/** A text that is not empty. */
export function textAt(value: unknown, name: string): string | undefined {
  const found = isJson(value) ? value[name] : undefined;
  return typeof found === "string" && found !== "" ? found : undefined;
}

export function numberAt(value: unknown, name: string): number | undefined {
  const found = isJson(value) ? value[name] : undefined;
  return typeof found === "number" ? found : undefined;
}
