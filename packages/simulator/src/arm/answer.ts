/** What ARM answers, before the headers that every answer carries. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text; absent for an empty body. */
  readonly json?: string;
}

/** An expected refusal, in ARM's terms. */
export interface Refusal {
  readonly refused: true;
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: readonly { readonly code: string; readonly message: string }[];
  readonly headers?: Readonly<Record<string, string>>;
}

export const refuse = (
  status: number,
  code: string,
  message: string,
  more: Pick<Refusal, "details" | "headers"> = {},
): Refusal => ({ refused: true, status, code, message, ...more });

export const isRefusal = (value: object): value is Refusal => "refused" in value && value.refused === true;

/** The gateway's own refusals carry no `details`; those of a provider always do (azure.md §4). */
export function answerOf({ status, code, message, details, headers }: Refusal): Answer {
  const error = { code, message, ...(headers?.["x-ms-failure-cause"] === undefined && { details: details ?? [] }) };
  return { status, json: JSON.stringify({ error }), ...(headers && { headers }) };
}

export const ok = (body: unknown, headers?: Readonly<Record<string, string>>): Answer => ({
  status: 200,
  json: JSON.stringify(body),
  ...(headers && { headers }),
});

/** A refusal of ARM's front door, before any provider was asked. */
export const gatewayRefusal = (status: number, code: string, message: string): Refusal =>
  refuse(status, code, message, { headers: { "x-ms-failure-cause": "gateway" } });
