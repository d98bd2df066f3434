import type { AzureErrorBody } from "@sallyport/contracts";
import type { Answer } from "../http/answer.ts";

type Detail = NonNullable<AzureErrorBody["error"]["details"]>[number];

/** A refusal as Azure Resource Manager writes one. */
export interface ArmError {
  readonly kind: "arm-error";
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly Detail[];
  readonly headers?: Readonly<Record<string, string>>;
}

export const armError = (
  status: number,
  code: string,
  message: string,
  more: Pick<ArmError, "target" | "details" | "headers"> = {},
): ArmError => ({ kind: "arm-error", status, code, message, ...more });

export const isArmError = (value: object): value is ArmError => "kind" in value && value.kind === "arm-error";

export function answerOf({ status, code, message, target, details, headers }: ArmError): Answer {
  const body: AzureErrorBody = {
    error: {
      code,
      message,
      ...(target === undefined ? {} : { target }),
      ...(details === undefined || details.length === 0 ? {} : { details }),
    },
  };
  return { kind: "answer", status, body, headers: headers ?? {} };
}

export const policyNotFound = (name: string): ArmError =>
  armError(404, "PolicyNotFound", `The JIT network access policy '${name}' was not found.`);

export const methodNotAllowed = (method: string): ArmError =>
  armError(405, "MethodNotAllowed", `The requested resource does not support http method '${method}'.`);
