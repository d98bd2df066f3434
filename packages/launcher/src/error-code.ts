/** The code of a system error such as `ENOENT`, also of one made in another realm, where `instanceof Error` does not see it. */
export const errorCode = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
