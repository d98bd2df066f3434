import { isoDurationOf, msBetween, seconds } from "@sallyport/contracts";
import type { Instant, NewAccessRequest, PortAccess, Seconds } from "@sallyport/contracts";

/** One door as it was asked for, with where in the body each part of the wish stands. */
export interface Door {
  readonly door: PortAccess;
  readonly duration: Seconds;
  /** What the grant's id is derived from: doors of a VM that end together are one grant. */
  readonly end: string;
  /** Asked for as an end, not as a length. */
  readonly endTime?: Instant;
  /** JSON pointers. */
  readonly portField: string;
  readonly sourcesField: string;
  readonly timeField: string;
}

/** When a door is to close, as a length or as an instant. */
export type End = { readonly duration: Seconds } | { readonly endTime: Instant };

/** An end as a door has it: whole seconds from now, never negative. */
export const endOf = (end: End, at: Instant): Pick<Door, "duration" | "end" | "endTime"> =>
  "duration" in end
    ? { duration: end.duration, end: isoDurationOf(end.duration) }
    : {
        duration: seconds(Math.max(0, Math.floor(msBetween(at, end.endTime) / 1000))),
        end: end.endTime,
        endTime: end.endTime,
      };

/** The doors of a request: each port with its own sources and time, or the request's. */
export function doorsOf(body: NewAccessRequest, at: Instant): readonly Door[] {
  // Neither is there only where every port has a length of its own.
  const common: End =
    body.endTime === undefined ? { duration: body.duration ?? seconds(0) } : { endTime: body.endTime };
  const commonField = body.endTime === undefined ? "/duration" : "/endTime";
  return body.ports.map((item, index) => {
    const asked = typeof item === "object" ? item : { port: item, protocol: "tcp" as const };
    const own = "duration" in asked ? asked.duration : undefined;
    const ownSources = "sources" in asked ? asked.sources : undefined;
    return {
      door: { port: asked.port, protocol: asked.protocol, sources: ownSources ?? body.sources ?? [] },
      ...endOf(own === undefined ? common : { duration: own }, at),
      portField: `/ports/${index}${typeof item === "object" ? "/port" : ""}`,
      sourcesField: ownSources === undefined ? "/sources" : `/ports/${index}/sources`,
      timeField: own === undefined ? commonField : `/ports/${index}/duration`,
    };
  });
}
