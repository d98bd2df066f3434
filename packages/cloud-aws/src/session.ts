import type { AwsRule, Change } from "@sallyport/domain";

/** Who reads: not for one grant, but for all. */
export const SHARED_SESSION = "sallyport";

/** As much as STS takes, for the name of a session and for a source identity alike. */
const LONGEST = 64;

/**
 * The name under which changes are written, as CloudTrail will show it: `sallyport-<grant>`, or several with commas between them where
 * they go into one write, and how many more there are where not all fit. Ids are lower-case letters and digits, all of which STS takes.
 */
export function sessionFor(changes: readonly Change<AwsRule>[]): string {
  const ids = [...new Set(changes.flatMap(({ writtenFor, mark }) => writtenFor ?? mark?.claim.id ?? []))];
  if (ids.length === 0) return SHARED_SESSION;
  for (let shown = ids.length; shown > 0; shown -= 1) {
    const more = ids.length - shown;
    const name = `${SHARED_SESSION}-${ids.slice(0, shown).join(",")}${more > 0 ? `+${more}` : ""}`;
    if (name.length <= LONGEST) return name;
  }
  return SHARED_SESSION;
}
