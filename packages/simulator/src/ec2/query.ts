/** The parameters of one call, or of one member of a list in it (`IpPermissions.2.`). */
export interface Query {
  readonly text: (name: string) => string | undefined;
  /** A list of values, by number: `GroupId.1`, `GroupId.2`. */
  readonly texts: (name: string) => readonly string[];
  /** A list of structures, by number: `Filter.1.Name`, `Filter.1.Value.1`. */
  readonly list: (name: string) => readonly Query[];
  /** Is there a value of this name, or a list? */
  readonly has: (name: string) => boolean;
  /** All parameters under their full names. */
  readonly all: () => Readonly<Record<string, string>>;
}

/** Reads `application/x-www-form-urlencoded`, of the body and of the URL alike; a name that comes twice keeps its last value. */
export function parseQuery(...forms: readonly string[]): Query {
  return queryOf(new Map(forms.flatMap((form) => [...new URLSearchParams(form)])), "");
}

export const queryFrom = (params: Readonly<Record<string, string>>): Query =>
  queryOf(new Map(Object.entries(params)), "");

function queryOf(params: ReadonlyMap<string, string>, prefix: string): Query {
  const numbersOf = (name: string): readonly number[] => {
    const start = `${prefix}${name}.`;
    const numbers = new Set<number>();
    for (const key of params.keys()) {
      const number = key.startsWith(start) ? /^(\d{1,6})(\.|$)/.exec(key.slice(start.length))?.[1] : undefined;
      if (number !== undefined) numbers.add(Number(number));
    }
    return [...numbers].sort((a, b) => a - b);
  };
  return {
    text: (name) => params.get(prefix + name),
    texts: (name) => numbersOf(name).flatMap((number) => params.get(`${prefix}${name}.${number}`) ?? []),
    list: (name) => numbersOf(name).map((number) => queryOf(params, `${prefix}${name}.${number}.`)),
    has: (name) => params.has(prefix + name) || numbersOf(name).length > 0,
    all: () => Object.fromEntries([...params].filter(([key]) => key.startsWith(prefix))),
  };
}
