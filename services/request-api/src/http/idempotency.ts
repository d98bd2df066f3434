import { createHash } from "node:crypto";
import { defineTable } from "@sallyport/backbone";
import type { Clock, Records, Row } from "@sallyport/backbone";
import { Instant, RequestId, SallyportError, isBefore, plusMs, refusal, seconds } from "@sallyport/contracts";
import type { Principal, Refusal } from "@sallyport/contracts";
import { z } from "zod";
import type { Answer } from "./answer.ts";

const Stored = z.object({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.unknown().optional() });

/** One use of an Idempotency-Key. Without an answer, the call is under way until `until`, or its process died. */
const Claim = z.object({
  fingerprint: z.string(),
  callId: RequestId,
  at: Instant,
  until: Instant,
  answer: Stored.optional(),
});
type Claim = z.infer<typeof Claim>;

/** How long an answer is kept for replays: the documented 24 hours. */
const KEPT = seconds(86_400);
/** A call that has not answered this long after it was to is taken for dead, and its next repetition goes on where it was. */
const GRACE_MS = 15_000;

export const idempotencyTable = defineTable({
  name: "request-api.idempotency",
  schema: Claim,
  indexes: {},
  expiresAfter: () => KEPT,
});

export interface Asked {
  readonly principal: Principal;
  /** Method and path template: with the principal, the scope of a key. */
  readonly route: string;
  /** As sent: a structured-field string with its quotes, or the bare text. */
  readonly key: string | undefined;
  /** What must be the same when the call is repeated: the path as called, and the body. */
  readonly payload: unknown;
  /** How long the call may wait on purpose (`Prefer: wait`). */
  readonly waitMs: number;
}

/** Whose turn a call is: to run under these ids, to be answered as before, or to be refused. */
export type Turn =
  | {
      readonly kind: "run";
      readonly callId: RequestId;
      readonly at: Instant;
      /** Keeps the answer for replays. */
      readonly done: (answer: Answer) => Promise<void>;
      /** The call failed half-way: the next one with this key takes over, under the same ids. */
      readonly failed: () => Promise<void>;
    }
  | { readonly kind: "replay"; readonly answer: Answer }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface IdempotencyDeps {
  readonly records: Records;
  readonly clock: Pick<Clock, "now">;
  readonly newId: () => RequestId;
}

/**
 * Idempotency-Key, across replicas, by compare-and-set (http-and-cli.md §1): another payload is refused (422), a call under way is
 * refused (409), a finished one is answered as before. A call whose process died is taken over under the ids of the first, so
 * that what it had done already is found, not done again.
 */
export async function takeTurn({ records, clock, newId }: IdempotencyDeps, asked: Asked): Promise<Turn> {
  const key = readKey(asked.key);
  if (key === undefined)
    return refused("request.idempotency-key-missing", "Send a header Idempotency-Key with a new UUID per call.");
  const id = hash(JSON.stringify([asked.principal.id, asked.route, key]));
  const fingerprint = hash(canonical(asked.payload));
  for (let tries = 0; tries < 6; tries++) {
    // Almost every key is a new one: only where writing it as such fails is there something to read.
    const row = tries === 0 ? undefined : await records.get(idempotencyTable, id);
    const refusalOrReplay = row && judge(row.value, fingerprint, clock.now());
    if (refusalOrReplay !== undefined) return refusalOrReplay;
    const at = row?.value.at ?? clock.now();
    const claim: Claim = {
      fingerprint,
      callId: row?.value.callId ?? newId(),
      at,
      until: plusMs(clock.now(), asked.waitMs + GRACE_MS),
    };
    const version = row?.version ?? 0;
    if ((await records.put(idempotencyTable, id, claim, version)) === "done")
      return runOf(records, { id, value: claim, version: version + 1 });
  }
  throw new SallyportError({ code: "backbone.stale", detail: "many calls with one Idempotency-Key at once" });
}

function judge(claim: Claim, fingerprint: string, now: Instant): Turn | undefined {
  if (claim.fingerprint !== fingerprint)
    return refused("request.idempotency-key-reused", "Use a new key for another call, or send the same body again.");
  if (claim.answer !== undefined) {
    const { status, headers, body } = claim.answer;
    return { kind: "replay", answer: { kind: "answer", status, headers, ...(body === undefined ? {} : { body }) } };
  }
  if (isBefore(now, claim.until))
    return refused("request.idempotency-in-flight", "Wait for its answer, then repeat the call to get it again.");
  return undefined;
}

function runOf(records: Records, { id, value, version }: Row<Claim>): Turn {
  return {
    kind: "run",
    callId: value.callId,
    at: value.at,
    done: async ({ status, headers = {}, body, kept = body }) => {
      // Stale: another process took this call for dead and has answered it, under the same ids.
      await records.put(idempotencyTable, id, { ...value, answer: { status, headers, body: kept } }, version);
    },
    failed: async () => {
      await records.put(idempotencyTable, id, { ...value, until: value.at }, version);
    },
  };
}

function readKey(text: string | undefined): string | undefined {
  const key = text?.trim().replace(/^"(.*)"$/, "$1") ?? "";
  return /^[\x21-\x7e]{1,255}$/.test(key) ? key : undefined;
}

function refused(
  code: "request.idempotency-key-missing" | "request.idempotency-key-reused" | "request.idempotency-in-flight",
  detail: string,
): Turn {
  return {
    kind: "refused",
    refusal: refusal(code, detail, {
      field: "Idempotency-Key",
      ...(code === "request.idempotency-key-missing" ? { expected: "1 to 255 visible ASCII characters" } : {}),
    }),
  };
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The same text for the same JSON, in whatever order its fields were sent. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
