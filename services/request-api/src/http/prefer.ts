/** The longest a call waits, in seconds. */
export const LONGEST_WAIT_S = 60;

/** The seconds of `Prefer: wait=N` (RFC 7240), at most a minute; 0 when the caller does not want to wait. */
export function waitOf(prefer: string | undefined): number {
  const match = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?=$|[,;])/i.exec(prefer ?? "");
  return Math.min(Number(match?.[1] ?? 0), LONGEST_WAIT_S);
}
