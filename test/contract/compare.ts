/** The members of a JSON value by their paths; the items of a list share one path. */
export function membersOf(value: unknown, path = ""): ReadonlyMap<string, ReadonlySet<string>> {
  const members = new Map<string, Set<string>>();
  const add = (at: string, text: string) => {
    const known = members.get(at);
    if (known === undefined) members.set(at, new Set([text]));
    else known.add(text);
  };
  const walk = (one: unknown, at: string): void => {
    if (Array.isArray(one)) {
      add(at, "a list");
      for (const item of one) walk(item, `${at}[]`);
    } else if (typeof one === "object" && one !== null) {
      if (at !== "") add(at, "an object");
      for (const [key, member] of Object.entries(one)) walk(member, at === "" ? key : `${at}.${key}`);
    } else if (one !== undefined) add(at, JSON.stringify(one));
  };
  walk(value, path);
  return members;
}

/** What differs between the recorded and the simulated body, each a short sentence: members, then the values of those in both. */
export function bodyDifferences(
  recorded: unknown,
  simulated: unknown,
  isVolatile: (path: string) => boolean,
): string[] {
  const [there, here] = [membersOf(recorded), membersOf(simulated)];
  return [
    ...[...there.keys()].filter((path) => !here.has(path)).map((path) => `lacks ${path}`),
    ...[...here.keys()].filter((path) => !there.has(path)).map((path) => `adds ${path}`),
    ...[...there].flatMap(([path, values]) => {
      const ours = here.get(path);
      if (ours === undefined || isVolatile(path)) return [];
      const isAlike = kindsOf(values) === kindsOf(ours) && sorted(values) === sorted(ours);
      return isAlike ? [] : [`says ${path} = ${sorted(ours)}, not ${sorted(values)}`];
    }),
  ];
}

const kindsOf = (values: ReadonlySet<string>): string =>
  [...new Set([...values].map((text) => (text === "a list" || text === "an object" ? text : typeof JSON.parse(text))))]
    .toSorted()
    .join();

/** Ids are compared without regard to case. */
const sorted = (values: ReadonlySet<string>): string =>
  [...values]
    .map((text) => (text.startsWith('"/subscriptions/') ? text.toLowerCase() : text))
    .toSorted()
    .join(" | ");
