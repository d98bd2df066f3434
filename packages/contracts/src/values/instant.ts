import { z } from "zod";

/**
 * A point in time on the wall clock: UTC, ISO 8601, always with milliseconds and `Z`, so that two of them compare as strings
 * (settled.md §2).
 */
export const Instant = z.iso
  .datetime({ precision: 3 })
  .brand<"Instant">()
  .describe("UTC instant, ISO 8601 with milliseconds, e.g. 2026-01-31T10:00:00.000Z");
export type Instant = z.infer<typeof Instant>;

/** The instant that is `epochMs` milliseconds after 1970-01-01T00:00:00Z. */
export const instantOf = (epochMs: number): Instant => new Date(epochMs).toISOString() as Instant;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const msOf = (instant: Instant): number => Date.parse(instant);

export const plusMs = (instant: Instant, ms: number): Instant => instantOf(msOf(instant) + ms);

export const plusSeconds = (instant: Instant, seconds: number): Instant => plusMs(instant, seconds * 1000);

/** Milliseconds from `from` to `to`; negative when `to` is the earlier one. */
export const msBetween = (from: Instant, to: Instant): number => msOf(to) - msOf(from);

export const isBefore = (a: Instant, b: Instant): boolean => a < b;

export const earliest = (first: Instant, ...others: readonly Instant[]): Instant =>
  others.reduce((least, next) => (next < least ? next : least), first);

export const latest = (first: Instant, ...others: readonly Instant[]): Instant =>
  others.reduce((most, next) => (next > most ? next : most), first);
