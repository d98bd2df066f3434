/** Condition keys in lower case, as IAM compares them, with the values that a request has for them. */
export type Context = ReadonlyMap<string, readonly string[]>;

/** One question to IAM. A call that touches several resources asks once for each of them, and needs a yes for all. */
export interface Access {
  /** `ec2:CreateTags` */
  readonly action: string;
  /** An ARN, or `*` for an action without resource-level permissions. */
  readonly resource: string;
  readonly context: Context;
}

/** Keys with their values; absent values leave the key out. */
export function contextOf(
  entries: Readonly<Record<string, string | readonly string[] | undefined>>,
  ...more: readonly Context[]
): Context {
  const context = new Map<string, readonly string[]>(more.flatMap((one) => [...one]));
  for (const [key, value] of Object.entries(entries))
    if (value !== undefined) context.set(key.toLowerCase(), typeof value === "string" ? [value] : value);
  return context;
}
