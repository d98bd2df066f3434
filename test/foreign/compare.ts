/** An answer without what differs by nature: metadata, times and fresh ids. Ids of the estate stay; groups get the name that the suite gave them. */
export function normalised(
  answer: unknown,
  known: ReadonlySet<string>,
  nameOf: (id: string) => string | undefined,
): unknown {
  if (Array.isArray(answer))
    return answer
      .map((item: unknown) => normalised(item, known, nameOf))
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (answer instanceof Date) return "<time>";
  if (typeof answer === "object" && answer !== null)
    return Object.fromEntries(
      Object.entries(answer)
        .filter(([key, value]) => key !== "$metadata" && value !== undefined && !isEmpty(value))
        .map(([key, value]): readonly [string, unknown] => [key, normalised(value, known, nameOf)])
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  if (typeof answer !== "string") return answer;
  return answer.replace(/\b(sg|sgr)-[0-9a-f]{8,17}\b/g, (id, kind: string) => {
    if (known.has(id)) return id;
    // Rules have no name by which both sides could agree on an order.
    if (kind === "sgr") return "<sgr>";
    return `<${kind} ${nameOf(id) ?? "?"}>`;
  });
}

/** Nothing said and an empty list or structure are the same to a client. */
const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !(value instanceof Date) && Object.keys(value).length === 0;

/** What a refusal is to a client: its code. */
export const refusalOf = (error: unknown): object => ({
  refused: typeof error === "object" && error !== null && "name" in error ? error.name : String(error),
});

/** Where two values differ, as paths with both sides. */
export function differences(ours: unknown, theirs: unknown, path = ""): readonly string[] {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return [];
  if (isRecord(ours) && isRecord(theirs)) {
    const keys = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
    return keys.flatMap((key) => differences(ours[key], theirs[key], path === "" ? key : `${path}.${key}`));
  }
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length)
    return ours.flatMap((item: unknown, n) => differences(item, theirs[n], `${path}[]`));
  return [`${path}: ${short(ours)} here, ${short(theirs)} in moto`];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const short = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 160));
