import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { errorKinds, problemTypeOf } from "@sallyport/contracts";
import type { ErrorCode, Problem } from "@sallyport/contracts";

/** What Node says of a call that never became one, and what we say of it. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: "request.headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request.too-slow",
};

/**
 * Answers a call that could not be read as HTTP, so that no route ever sees it: with a problem like every other refusal, and the
 * connection ends. For `clientError` of an HTTP server.
 */
export function answerUnread(error: NodeJS.ErrnoException, socket: Duplex, requestId: string): void {
  // A caller who has gone away, or who was answered already, is not told anything.
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const code = CODES[error.code ?? ""] ?? "request.unreadable";
  const { status, title } = errorKinds[code];
  const detail = `${title} The connection ends here.`;
  const problem: Problem = {
    type: problemTypeOf(code),
    title,
    status,
    detail,
    instance: "",
    code,
    errors: [{ code, detail }],
    request_id: requestId,
  };
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
      "Content-Type: application/problem+json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Cache-Control: no-store",
      "X-Content-Type-Options: nosniff",
      "Connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}
