import type { Family } from "@sallyport/contracts";

/** What is decided for the sources of one stretch, and by what. */
export interface Part {
  /** First and last address, as numbers within the family. */
  readonly first: bigint;
  readonly last: bigint;
  readonly verdict: "allowed" | "denied" | "unknown";
  /** The object and rule that decide, e.g. `nsg-web/allow-ssh`; for a human and for comparison. */
  readonly by: string;
  /** Why it cannot be known; only with `unknown`. */
  readonly reason?: string;
}

/**
 * What happens to every source address of one family, exactly: sorted, without gaps or overlaps, from the family's first address
 * to its last. With destination and port fixed only the source is left to vary, so an exact answer is cheap (house.md §6).
 */
export interface AddressSet {
  readonly family: Family;
  readonly parts: readonly Part[];
}
