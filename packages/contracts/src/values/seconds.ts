import { z } from "zod";

/** A length of time in whole seconds, as events carry it (settled.md §2). */
export const Seconds = z.int().nonnegative().brand<"Seconds">().describe("whole seconds");
export type Seconds = z.infer<typeof Seconds>;

export const seconds = (n: number): Seconds => n as Seconds;

const ISO_DURATION = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?$/;

/**
 * Reads an ISO 8601 duration of days, hours, minutes and seconds. Years, months and weeks have no fixed length and are refused,
 * as are fractions and an empty duration (http-and-cli.md §2.1). `undefined` when the text is none of these.
 */
export function parseIsoDuration(text: string): Seconds | undefined {
  const match = ISO_DURATION.exec(text);
  if (match === null || text.endsWith("T") || text === "P") return undefined;
  const [days, hours, minutes, secs] = match.slice(1).map((part) => Number(part ?? 0));
  return ((days ?? 0) * 86_400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (secs ?? 0)) as Seconds;
}

/** The shortest ISO 8601 duration that says the same, e.g. `PT2H`. */
export function isoDurationOf(total: Seconds): string {
  const parts = [
    [Math.floor(total / 86_400), "D"],
    [Math.floor((total % 86_400) / 3600), "H"],
    [Math.floor((total % 3600) / 60), "M"],
    [total % 60, "S"],
  ] as const;
  const of = (units: string) =>
    parts
      .filter(([n, unit]) => n > 0 && units.includes(unit))
      .map(([n, unit]) => `${n}${unit}`)
      .join("");
  const time = of("HMS");
  if (total === 0) return "PT0S";
  return `P${of("D")}${time === "" ? "" : `T${time}`}`;
}
