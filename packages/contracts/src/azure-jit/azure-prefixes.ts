import { z } from "zod";
import { ANY_SOURCE, Cidr } from "../values/address.ts";

const ANY = "*";
const Prefix = z.union([z.literal(ANY), Cidr]);

/** The two forms of a source: one prefix, or several; `*` is any address, "per request" in a policy. */
export const azurePrefixFields = {
  allowedSourceAddressPrefix: Prefix.nullish(),
  allowedSourceAddressPrefixes: z.array(Prefix).min(1).max(64).nullish(),
} as const;

type AskedPrefix = z.infer<typeof Prefix>;

/** As they were read. */
export interface AskedPrefixes {
  readonly allowedSourceAddressPrefix?: AskedPrefix | null | undefined;
  readonly allowedSourceAddressPrefixes?: readonly AskedPrefix[] | null | undefined;
}

/** As they are written. */
export interface AzurePrefixes {
  readonly allowedSourceAddressPrefix?: string;
  readonly allowedSourceAddressPrefixes?: readonly string[];
}

/** Both forms at once say two things. */
export function refuseBothPrefixes(
  { allowedSourceAddressPrefix: one, allowedSourceAddressPrefixes: many }: AskedPrefixes,
  context: z.core.$RefinementCtx,
): void {
  if (one != null && many != null)
    context.addIssue({
      code: "custom",
      path: ["allowedSourceAddressPrefix"],
      message: "expected only one of allowedSourceAddressPrefix and allowedSourceAddressPrefixes",
      input: undefined,
    });
}

/** What the prefixes say together; `undefined` when there are none. */
export function sourcesOf({
  allowedSourceAddressPrefix: one,
  allowedSourceAddressPrefixes: many,
}: AskedPrefixes): readonly Cidr[] | undefined {
  const prefixes = many ?? (one == null ? undefined : [one]);
  return prefixes?.flatMap((prefix) => (prefix === ANY ? ANY_SOURCE : [prefix]));
}

/** Sources as Azure writes them: `*` for any, an address without its length, one or several. */
export function prefixesOf(sources: readonly Cidr[]): AzurePrefixes {
  const isAny = ANY_SOURCE.every((any) => sources.includes(any));
  if (isAny) return { allowedSourceAddressPrefix: ANY };
  const [first, ...others] = sources.map((source) => source.replace(/^([\d.]+)\/32$|^(.*:.*)\/128$/, "$1$2"));
  if (first === undefined) return { allowedSourceAddressPrefix: ANY };
  return others.length === 0
    ? { allowedSourceAddressPrefix: first }
    : { allowedSourceAddressPrefixes: [first, ...others] };
}
