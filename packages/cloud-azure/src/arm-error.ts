/** What an error body of ARM says, wherever it stands: an answer, or an operation that failed. */
export interface ArmError {
  readonly code: string;
  readonly message: string;
  /** Codes and messages of `details`, often the only ones that tell. */
  readonly details: readonly { readonly code: string; readonly message: string }[];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** JSON, or `undefined` for an HTML page, an empty body, or half of one (P36). */
export function jsonOf(body: string | null | undefined): unknown {
  if (body === null || body === undefined || body === "") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Reads `{ error: { code, message, details } }`, or the inner part alone; empty texts where there is nothing. */
export function armErrorIn(json: unknown): ArmError {
  const outer = isObject(json) ? json : {};
  const error = isObject(outer["error"]) ? outer["error"] : outer;
  const details = Array.isArray(error["details"]) ? error["details"].filter(isObject) : [];
  return {
    code: text(error["code"]),
    message: text(error["message"]),
    details: details.map((detail) => ({ code: text(detail["code"]), message: text(detail["message"]) })),
  };
}

/** Every code that the error names. */
export const codesOf = ({ code, details }: ArmError): readonly string[] =>
  [code, ...details.map((detail) => detail.code)].filter((one) => one !== "");

/** In one line, for people: the most telling message with its code. */
export function sayError(error: ArmError): string {
  const last = error.details.findLast(({ code, message }) => code !== "" || message !== "") ?? error;
  return [last.code, last.message.replaceAll(/\s+/g, " ").trim()]
    .filter((part) => part !== "")
    .join(": ")
    .slice(0, 600);
}
