/** Where our rules stand among an NSG's priorities; the smallest number decides first (settled.md §4). */
export interface Bands {
  /** Grants: before every deny of ours (S18). */
  readonly allow: { readonly first: number; readonly last: number };
  /** Lockdowns: from here on, behind every existing rule on the ports (S12), first of all where there is none (S13). */
  readonly denyFrom: number;
}

export const DEFAULT_BANDS: Bands = { allow: { first: 100, last: 299 }, denyFrom: 300 };

/** The last priority that an NSG's rule may have. */
export const LAST_PRIORITY = 4096;
/** The last priority that a firewall's rule collection may have. */
export const LAST_COLLECTION_PRIORITY = 65_000;

/** The ports of a firewall's public address that grants may take, each led to a port of a VM. */
export const MAPPED_PORTS = { first: 50_000, last: 59_999 } as const;

const firstFree = (taken: ReadonlySet<number>, first: number, last: number): number | undefined => {
  for (let priority = first; priority <= last; priority += 1) if (!taken.has(priority)) return priority;
  return undefined;
};

/** The smallest free number for a grant: what it does not precede, no other number of the band would. */
export const allowPriority = ({ allow }: Bands, taken: ReadonlySet<number>): number | undefined =>
  firstFree(taken, allow.first, allow.last);

/**
 * The first free number behind the last existing rule that covers a selected port; `undefined` when none is left.
 *
 * @param covering priorities of the existing rules that cover a selected port
 */
export const denyPriority = (
  { denyFrom }: Bands,
  taken: ReadonlySet<number>,
  covering: readonly number[],
  last = LAST_PRIORITY,
): number | undefined => firstFree(taken, Math.max(denyFrom, ...covering.map((priority) => priority + 1)), last);

/** Strict: the first free number before every existing rule on the ports; `undefined` where there is none, and the seed's place is taken. */
export const strictDenyPriority = (
  { denyFrom }: Bands,
  taken: ReadonlySet<number>,
  covering: readonly number[],
): number | undefined =>
  firstFree(taken, denyFrom, Math.min(LAST_PRIORITY, ...covering.map((priority) => priority - 1)));
