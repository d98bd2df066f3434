import { z } from "zod";
import type { WireExchange } from "./openapi-specification.ts";

/**
 * Calls that the specification at hand does not describe: the polls of long writes, which no specification does, and the plans of
 * Defender for Cloud. Their shapes are those of the recordings and of Microsoft's description of `pricings` 2024-01-01.
 */
const Failure = z.strictObject({
  code: z.string().min(1),
  message: z.string().min(1),
  details: z.array(z.strictObject({ code: z.string().min(1), message: z.string().min(1) })),
});
const OVER = { Succeeded: {}, Failed: { error: Failure }, Canceled: { error: Failure } } as const;
const instant = z.iso.datetime({ offset: true });

const statusOf = (going: z.ZodRawShape, over: z.ZodRawShape) =>
  z.discriminatedUnion("status", [
    z.strictObject({ ...going, status: z.literal("InProgress") }),
    z.strictObject({ ...over, status: z.literal("Succeeded"), ...OVER.Succeeded }),
    z.strictObject({ ...over, status: z.literal("Failed"), ...OVER.Failed }),
    z.strictObject({ ...over, status: z.literal("Canceled"), ...OVER.Canceled }),
  ]);

const named = { startTime: instant, name: z.guid() };
const STATUS = {
  "Microsoft.Network": statusOf({}, {}),
  "Microsoft.Compute": statusOf(named, { ...named, endTime: instant }),
} as const;

const Plan = z.strictObject({
  id: z.string().regex(/^\/subscriptions\/[^/]+\/providers\/Microsoft\.Security\/pricings\/[A-Za-z]+$/),
  name: z.string().min(1),
  type: z.literal("Microsoft.Security/pricings"),
  properties: z.strictObject({
    pricingTier: z.enum(["Free", "Standard"]),
    subPlan: z.string().optional(),
    freeTrialRemainingTime: z.iso.duration(),
    enablementTime: instant.optional(),
  }),
});
const Refusal = z.strictObject({ error: z.looseObject({ code: z.string().min(1), message: z.string().min(1) }) });

const RETRY_AFTER = /^[1-9]\d*$/;
const OPERATION =
  /\/providers\/(Microsoft\.(?:Network|Compute))\/locations\/[^/]+\/(operations|operationResults)\/[^/?]+\?(.*)/;

/** The poll of a result, not of a state. */
export const isResult = (url: string): boolean => {
  const [, , what, query] = OPERATION.exec(url) ?? [];
  return what === "operationResults" || (query?.includes("monitor=true") ?? false);
};

/** What is wrong with it; `undefined` when this knows no such call either. */
export function wrongWith({ url, status, headers, body }: WireExchange): readonly string[] | undefined {
  const retryAfter = headers["retry-after"];
  const saysWhen = RETRY_AFTER.test(retryAfter ?? "") ? [] : [`retry-after is ${retryAfter ?? "absent"}`];
  const [, namespace] = OPERATION.exec(url) ?? [];
  if (isResult(url)) {
    if (status === 202) return [...saysWhen, ...(body === "" ? [] : [`says ${body}`])];
    return [];
  }
  if (namespace === "Microsoft.Network" || namespace === "Microsoft.Compute") {
    const read = STATUS[namespace].safeParse(JSON.parse(body));
    if (!read.success) return [`${body}: ${z.prettifyError(read.error)}`];
    return [
      ...(status === 200 ? [] : [`answers ${status}`]),
      ...(read.data.status === "InProgress" ? saysWhen : retryAfter === undefined ? [] : ["asks for another poll"]),
    ];
  }
  if (/\/providers\/Microsoft\.Security\/pricings(?:\?|\/)/.test(url)) {
    const shape =
      status >= 400 ? Refusal : /pricings\//.test(url) ? Plan : z.strictObject({ value: z.array(Plan).min(1) });
    const read = shape.safeParse(JSON.parse(body));
    return read.success ? [] : [`${body}: ${z.prettifyError(read.error)}`];
  }
  return undefined;
}
