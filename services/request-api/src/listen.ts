import { createServer } from "node:http";
import type { Running } from "@sallyport/backbone";
import type { Express } from "express";
import { answerUnread } from "./http/answer-unread.ts";

export interface Listening extends Running {
  readonly port: number;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** How long calls that are under way may go on when it is closed, in milliseconds. */
  readonly graceMs?: number;
}

/** Longer than load balancers keep an idle connection: who closes it first must be the one who would use it next. */
const KEEP_ALIVE_MS = 75_000;

/** Serves the app. `close` takes no new call and lets those that are under way end, within the grace; then it cuts them. */
export async function listen(app: Express, { host, port, graceMs = 3000 }: ListenOptions): Promise<Listening> {
  const server = createServer({ requestTimeout: 90_000, headersTimeout: 10_000, keepAliveTimeout: KEEP_ALIVE_MS }, app);
  server.on("clientError", (error, socket) => answerUnread(error, socket, crypto.randomUUID()));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeIdleConnections();
        AbortSignal.timeout(graceMs).addEventListener("abort", () => server.closeAllConnections());
      }),
  };
}
