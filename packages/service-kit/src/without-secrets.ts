/** Parts of names under which secrets travel, in lower case and without separators. */
const SECRET_NAMES = [
  "authorization",
  "token",
  "password",
  "secret",
  "cookie",
  "signingkey",
  "privatekey",
  "apikey",
  "accesskey",
  "credential",
];
const CENSORED = "[secret]";
const DEEPEST = 8;
const LONGEST_LIST = 100;

const isSecret = (name: string): boolean => {
  const plain = name.toLowerCase().replaceAll(/[^a-z]/g, "");
  return SECRET_NAMES.some((one) => plain.includes(one));
};

/** A password in a URL: `redis://user:password@host`. */
const censorUrl = (text: string): string => text.replaceAll(/(\w:\/\/[^\s/:@]*):[^\s/@]+@/g, `$1:${CENSORED}@`);

function withoutSecrets(value: unknown, depth: number): unknown {
  if (typeof value === "string") return censorUrl(value);
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return value;
  if (depth >= DEEPEST) return "[deeper]";
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return {
      name,
      ...("code" in value ? { code: withoutSecrets(value.code, depth + 1) } : {}),
      message: censorUrl(message),
      ...(stack === undefined ? {} : { stack: censorUrl(stack) }),
      ...(cause === undefined ? {} : { cause: withoutSecrets(cause, depth + 1) }),
    };
  }
  if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map((item) => withoutSecrets(item, depth + 1));
  if (value instanceof Date) return value;
  return fieldsWithoutSecrets(value, depth);
}

/**
 * What may be logged of some fields: secrets replaced wherever they stand, whatever the case of their name, and passwords in URLs.
 * Of an error only its name, code, words, stack and cause: SDKs hang whole requests on theirs.
 */
export const fieldsWithoutSecrets = (fields: object, depth = 0): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, inner]) => [name, isSecret(name) ? CENSORED : withoutSecrets(inner, depth + 1)]),
  );
