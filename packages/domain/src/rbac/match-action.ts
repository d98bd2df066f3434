/**
 * Does a pattern of a role, or of a deny assignment, cover an action? Case-insensitive; a star stands for any characters, slashes
 * included, anywhere. A star that is a whole segment also stands for no segment at all: "every read below X" covers `X/read`
 * (rbac.md §4, §9). One function for actions, notActions and denies.
 *
 * Walks all readings of the pattern at once, so the effort is bounded by the lengths of the two texts, whatever stars a file holds.
 */
export function matchesAction(pattern: string, action: string): boolean {
  const wanted = pattern.toLowerCase();
  if (!wanted.includes("*")) return wanted === plainOf(action);
  let reached = reachableFrom(wanted, [0], []);
  for (const character of plainOf(action)) {
    const arrived: number[] = [];
    const stayed: number[] = [];
    for (const at of reached) {
      if (wanted[at] === "*") stayed.push(at);
      else if (wanted[at] === character) arrived.push(at + 1);
    }
    reached = reachableFrom(wanted, arrived, stayed);
  }
  return reached.has(wanted.length);
}

// A required `X/*/read` is met by whoever may `X/read` (rbac.md §4).
const plainOf = (action: string): string => action.toLowerCase().replaceAll("/*/", "/");

/**
 * The places that stars lead on to without consuming anything. Only a star just `arrived` at may stand for no segment: one that
 * has `stayed` has already taken a character, and the slash behind it is then needed (all reads below X do not cover `X/proofread`).
 */
function reachableFrom(pattern: string, arrived: readonly number[], stayed: readonly number[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const waiting = [...arrived, ...stayed.map((at) => at + 1)];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    if (pattern[at] !== "*") continue;
    waiting.push(at + 1);
    if (pattern[at - 1] === "/" && pattern[at + 1] === "/") waiting.push(at + 2);
  }
  for (const at of stayed) reached.add(at);
  return reached;
}
