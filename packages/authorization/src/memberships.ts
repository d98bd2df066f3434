/** Group id → its direct members. */
export type Groups = ReadonlyMap<string, readonly string[]>;

/** Every group that `member` is in, directly or through other groups. */
export function groupsOf(member: string, groups: Groups): readonly string[] {
  const found = new Set<string>();
  const waiting = [member];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    for (const [group, members] of groups) {
      if (found.has(group) || !members.includes(one)) continue;
      found.add(group);
      waiting.push(group);
    }
  }
  return [...found];
}

/** Groups that contain themselves, through others or not; each is a mistake in the file (rbac.md §9). */
export const cyclesIn = (groups: Groups): readonly string[] =>
  [...groups.keys()].filter((group) => groupsOf(group, groups).includes(group));
