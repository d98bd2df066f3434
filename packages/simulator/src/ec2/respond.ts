import type { WireResponse } from "../wire.ts";
import { XML_HEADERS } from "./refusal.ts";

/** The two APIs of the one origin, and the version that each of them speaks. */
export const VERSIONS = { ec2: "2016-11-15", sts: "2011-06-15" } as const;
export type Service = keyof typeof VERSIONS;

/** EC2 puts the answer's members beside the request id, STS into a result of their own (wire-clients.md §10). */
export function answerResponse(service: Service, action: string, elements: string, requestId: string): WireResponse {
  const body =
    service === "ec2"
      ? `<${action}Response xmlns="http://ec2.amazonaws.com/doc/${VERSIONS.ec2}/"><requestId>${requestId}</requestId>${elements}</${action}Response>`
      : `<${action}Response xmlns="https://sts.amazonaws.com/doc/${VERSIONS.sts}/"><${action}Result>${elements}</${action}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`;
  return {
    status: 200,
    headers: { ...XML_HEADERS, "x-amzn-requestid": requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}
