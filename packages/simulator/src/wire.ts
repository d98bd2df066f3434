/** One HTTP request, as both simulated clouds read it. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, never the origin. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The address that it came from, where it came over a socket. */
  readonly from?: string;
}

/** One HTTP answer. `status: 0` means that the connection died before any answer: see `LOST_REPLY`. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A cloud's front-end without a socket: a server, or a client's own transport, calls it. It answers every request and throws only for bugs. */
export type WireHandler = (request: WireRequest) => Promise<WireResponse>;

/** The request was received, perhaps applied, and nothing came back. A server destroys the socket; an in-process transport rejects as for ECONNRESET. */
export const LOST_REPLY: WireResponse = { status: 0, headers: {}, body: "" };

export const isLost = (response: WireResponse): boolean => response.status === 0;
