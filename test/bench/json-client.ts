import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";

/** A fast client of an HTTP API; throws on every answer that is no 2xx. */
export interface JsonClient {
  readonly call: (method: string, path: string, token: string, body?: unknown) => Promise<unknown>;
  readonly close: () => void;
}

export function createJsonClient(url: string): JsonClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const call: JsonClient["call"] = (method, path, token, body) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      ...(text !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
      ...(method === "POST" && { "idempotency-key": randomUUID() }),
    };
    return new Promise((resolve, reject) => {
      const attempt = (): void => {
        const outgoing = request(new URL(path, url), { method, agent, headers }, (incoming) => {
          let answer = "";
          incoming.setEncoding("utf8");
          incoming.on("data", (chunk: string) => (answer += chunk));
          incoming.on("end", () => {
            const { statusCode = 0 } = incoming;
            if (statusCode < 300) resolve(answer === "" ? undefined : JSON.parse(answer));
            else reject(new Error(`${method} ${path}: ${statusCode} ${answer.slice(0, 500)}`));
          });
        });
        // A connection that was idle may be closed by the server just as it is used again: the key makes a second try the same call.
        outgoing.once("error", (error) => (outgoing.reusedSocket ? attempt() : reject(error)));
        outgoing.end(text);
      };
      attempt();
    });
  };
  return { call, close: () => agent.destroy() };
}
