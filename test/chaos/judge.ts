import type { EventOf, SallyportEvent } from "@sallyport/contracts";
import type { Exposures } from "./world.ts";

export interface Standards {
  /** From where the doors were asked to be opened. */
  readonly home: string;
  /** How long after its end a door may still be found open while everything that closes it is there, in milliseconds. */
  readonly delayAtMostMs: number;
  /** What a busy machine took from everybody between two instants (epoch milliseconds): so much later a closing may be. */
  readonly lostMs: (from: number, to: number) => number;
  /** When a part was away (epoch milliseconds): what is due meanwhile is delayed until it is back, and no longer (G2). */
  readonly outages: readonly Outage[];
}

export interface Outage {
  readonly part: string;
  readonly from: number;
  readonly to: number;
}

export interface Judgement {
  /** Best: nothing. */
  readonly wrong: readonly string[];
  /** How many grants were opened, and closed because they expired. */
  readonly closed: number;
}

/** Judges a stretch of history in which every VM was locked down, opened for `home` by grants that expired, and unlocked. */
export function judge(published: readonly SallyportEvent[], exposures: Exposures, standards: Standards): Judgement {
  // The same event may have been published again (G9); a second id for one fact would be a second fact.
  const events = [...new Map(published.map((event) => [event.id, event])).values()];
  const lives = new Map<string, OfGrant[]>();
  for (const event of events.filter(isOfGrant)) {
    const { grantId } = event.data.access;
    lives.set(grantId, [...(lives.get(grantId) ?? []), event]);
  }
  const endings = [...lives].map(([id, life]) => ({ id, life, ending: endingOf(life) }));
  return {
    wrong: [
      ...endings
        .filter(({ ending }) => ending === undefined)
        .map(({ id, life }) => `grant ${id}: ${life.map(({ type }) => type).join(", ")}`),
      ...events.flatMap((one) => refusedTooSoon(one, events)),
      ...exposures.flatMap((one) => wrongInExposure(one, events, standards)),
    ],
    closed: endings.filter(({ ending }) => ending === "closed").length,
  };
}

/** The grants of which no end was told yet. */
export function unended(published: readonly SallyportEvent[]): readonly string[] {
  const ended = new Set(
    published.filter(isOfGrant).flatMap((event) => (ENDS.has(event.type) ? [event.data.access.grantId] : [])),
  );
  return [...new Set(published.filter(isOfGrant).map((event) => event.data.access.grantId))].filter(
    (id) => !ended.has(id),
  );
}

const ENDS: ReadonlySet<string> = new Set([
  "sallyport.access.revoked.v1",
  "sallyport.access.failed.v1",
  "sallyport.access.denied.v1",
]);

type OfGrant = Extract<SallyportEvent, { data: { access: { grantId: string } } }>;
const isOfGrant = (event: SallyportEvent): event is OfGrant => "access" in event.data;
const isApproved = (event: SallyportEvent): event is EventOf<"sallyport.access.approved.v1"> =>
  event.type === "sallyport.access.approved.v1";

const CLOSED = ["approved", "granted", "requested", "revoked"];
const TOO_LATE = ["approved", "failed", "requested"];

/** Each of its facts told once; `undefined` when they tell no life that there may be. It may have been told to be overdue on the way. */
function endingOf(life: readonly OfGrant[]): "closed" | "too late" | undefined {
  const told = life
    .map(({ type }) => type.replace(/^sallyport\.access\.(.+)\.v1$/, "$1"))
    .filter((kind) => kind !== "overdue")
    .toSorted()
    .join();
  const isExpired = life.every(
    (event) => event.type !== "sallyport.access.revoked.v1" || event.data.reason === "expired",
  );
  const isTooLate = life.every(
    (event) =>
      event.type !== "sallyport.access.failed.v1" || event.data.reasons.every(({ code }) => code === "grant.too-late"),
  );
  if (told === CLOSED.join() && isExpired) return "closed";
  return told === TOO_LATE.join() && isTooLate ? "too late" : undefined;
}

/** A grant is refused as too late only once it is. */
function refusedTooSoon(event: SallyportEvent, events: readonly SallyportEvent[]): readonly string[] {
  if (event.type !== "sallyport.access.failed.v1") return [];
  const { grantId } = event.data.access;
  const approval = events.filter(isApproved).find(({ data }) => data.access.grantId === grantId);
  return approval !== undefined && event.time >= approval.data.notAfter
    ? []
    : [`grant ${grantId} was refused at ${event.time}, though its time was not over`];
}

/** Between the first interval (before the lockdown) and the last (after it) a door is open for `home` only, and only while a grant says so. */
function wrongInExposure(
  { packet, intervals }: Exposures[number],
  events: readonly SallyportEvent[],
  { home, delayAtMostMs, lostMs, outages }: Standards,
): readonly string[] {
  const door = `${packet.vm} from ${packet.source}`;
  const [first] = intervals;
  if (intervals.length < 2 || first?.to === undefined || intervals.at(-1)?.to !== undefined)
    return [`${door}: is open before the lockdown and after the unlock: ${JSON.stringify(intervals)}`];
  // What closes a door: its cloud's enforcer, and what that stands on.
  const closers = ["redis", packet.vm.startsWith("/") ? "enforcer-azure" : "enforcer-aws"];
  const away = outages.filter(({ part }) => closers.includes(part));
  const approvals =
    packet.source === home
      ? events.filter(isApproved).filter(({ subject }) => subject.toLowerCase() === packet.vm.toLowerCase())
      : [];
  const allowed = approvals.map(({ data: { access, approvedAt, notAfter } }) => {
    const opening = events.find(
      (event) => event.type === "sallyport.access.granted.v1" && event.data.access.grantId === access.grantId,
    );
    const end = Date.parse(opening?.type === "sallyport.access.granted.v1" ? opening.data.expiresAt : notAfter);
    return {
      from: Date.parse(approvedAt),
      to: (closed: number) => latestClosing(end, away, delayAtMostMs + lostMs(end, closed)),
    };
  });
  return intervals
    .slice(1, -1)
    .map(({ from, to = "" }) => ({ from: Date.parse(from), to: Date.parse(to) }))
    .filter(({ from, to }) => !allowed.some((one) => one.from <= from && to <= one.to(to)))
    .map(({ from, to }) => ({ from, to, allowed: allowed.map((one) => ({ from: one.from, to: one.to(to) })) }))
    .map((one) => `${door}: stood open without a grant or past its end: ${JSON.stringify(one)}`);
}

/** Due at its end; put off by every outage that begins before it must be done. */
function latestClosing(end: number, outages: readonly Outage[], delayAtMostMs: number): number {
  let latest = end + delayAtMostMs;
  for (const { from, to } of outages.toSorted((a, b) => a.from - b.from))
    if (from <= latest && to > end) latest = Math.max(latest, to + delayAtMostMs);
  return latest;
}
