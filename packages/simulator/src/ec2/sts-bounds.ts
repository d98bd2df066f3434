import type { Refusal } from "./refusal.ts";
import { validationError } from "./session-parameters.ts";

const breaks = (parameter: string, value: string, constraint: string): Refusal =>
  validationError(`Value '${value}' at '${parameter}' failed to satisfy constraint: Member must ${constraint}`);

export function outOfLength(parameter: string, value: string, least: number, most: number): Refusal | undefined {
  if (value.length < least) return breaks(parameter, value, `have length greater than or equal to ${least}`);
  return value.length > most ? breaks(parameter, value, `have length less than or equal to ${most}`) : undefined;
}

export function outOfRange(parameter: string, value: number, least: number, most: number): Refusal | undefined {
  if (!Number.isInteger(value) || value < least)
    return breaks(parameter, String(value), `have value greater than or equal to ${least}`);
  return value > most ? breaks(parameter, String(value), `have value less than or equal to ${most}`) : undefined;
}

/** Of names of sessions and source identities: 2 to 64 characters. */
export const outOfPattern = (parameter: string, value: string): Refusal | undefined =>
  /^[\w+=,.@-]*$/.test(value)
    ? outOfLength(parameter, value, 2, 64)
    : breaks(parameter, value, "satisfy regular expression pattern: [\\w+=,.@-]*");
