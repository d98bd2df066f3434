import { isBefore, msBetween, plusMs, refusal } from "@sallyport/contracts";
import type { ExposureView, Routes } from "@sallyport/contracts";
import { measureExposure } from "@sallyport/domain";
import type { Extent, Openness } from "@sallyport/domain";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { freshnessOf } from "../views/scans.ts";
import { exposuresTable, readHistory } from "../views/surveyed-exposure.ts";
import { createScansOf } from "./scan-of.ts";
import { isRefused, visibleVm } from "./visible.ts";

const USUAL_MS = 7 * 86_400_000;
const MINUTE_MS = 60_000;

/** From what the scanner has kept; what came after the last look is not known, and not counted. */
export const getExposure =
  (deps: HandlerDeps): Handler<Routes["getExposure"]> =>
  async ({ principal, params: { vmKey: vm }, query }) => {
    const row = await visibleVm(deps, principal, vm);
    if (isRefused(row)) return row;
    const to = query.to ?? deps.clock.now();
    const from = query.from ?? plusMs(to, -USUAL_MS);
    if (isBefore(to, from))
      return refuse(
        refusal("request.invalid", "`from` is later than `to`.", { field: "from", expected: "an instant before `to`" }),
      );
    const stored = (await deps.records.get(exposuresTable, vm))?.value;
    const { asOf } = freshnessOf(await createScansOf(deps)(row.profile.scope), row.profile, deps.clock.now());
    const seenUntil = stored === undefined || stored.lookedAt < asOf ? asOf : stored.lookedAt;
    const { knownMs, doors } = measureExposure(
      stored === undefined ? [] : readHistory(stored),
      from,
      isBefore(seenUntil, to) ? seenUntil : to,
    );
    const view: ExposureView = {
      from,
      to,
      ...(stored !== undefined && { asOf: seenUntil }),
      knownMinutes: minutes(knownMs),
      ports: doors.map(({ port, protocol, withGrants, withoutGrants, intervals }) => ({
        port,
        protocol,
        withGrants: total(withGrants),
        withoutGrants: total(withoutGrants),
        intervals: intervals.map((one) => ({
          from: one.from,
          to: one.to,
          minutes: minutes(msBetween(one.from, one.to)),
          withGrants: open(one.withGrants),
          withoutGrants: open(one.withoutGrants),
        })),
      })),
    };
    return answer(200, view);
  };

const minutes = (ms: number): number => ms / MINUTE_MS;

const total = ({ ms, ipv4Ms, ipv6Ms }: Extent) => ({
  minutes: minutes(ms),
  ipv4AddressMinutes: `${ipv4Ms / BigInt(MINUTE_MS)}`,
  ipv6AddressMinutes: `${ipv6Ms / BigInt(MINUTE_MS)}`,
});

const open = ({ ipv4, ipv6, uncertain }: Openness) => ({ ipv4: `${ipv4}`, ipv6: `${ipv6}`, uncertain });
