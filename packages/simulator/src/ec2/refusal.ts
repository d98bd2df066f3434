import { escapeXml } from "./xml.ts";
import type { WireResponse } from "../wire.ts";

/** An expected no: the code by which clients know it, the sentence for people, the HTTP status. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

export const refuse = (code: string, message: string, status = 400): Refusal => ({ code, message, status });

export const isRefusal = (value: object): value is Refusal =>
  "code" in value && "message" in value && "status" in value;

export const missing = (parameter: string): Refusal =>
  refuse("MissingParameter", `The request must contain the parameter ${parameter}`);

export const invalid = (message: string): Refusal => refuse("InvalidParameterValue", message);

export const XML_HEADERS = { "content-type": "text/xml;charset=UTF-8", "cache-control": "no-cache, no-store" };

/** EC2 and STS wrap the same refusal differently (wire-clients.md §10). */
export function refusalResponse(
  service: "ec2" | "sts",
  { code, message, status }: Refusal,
  requestId: string,
): WireResponse {
  const inner = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  const type = status < 500 ? "Sender" : "Receiver";
  const body =
    service === "ec2"
      ? `<Response><Errors><Error>${inner}</Error></Errors><RequestID>${requestId}</RequestID></Response>`
      : `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>${type}</Type>${inner}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  return {
    status,
    headers: { ...XML_HEADERS, "x-amzn-requestid": requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}
