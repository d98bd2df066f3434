import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

/** A client of the API as clients should be: what may pass is tried again. */
export interface PatientClient {
  /** The body of a 2xx answer; throws on a refusal, or when its patience has ended. `fine` are others that are as good. */
  readonly call: (method: string, path: string, body?: unknown, fine?: readonly number[]) => Promise<unknown>;
  /** Asks for access. */
  readonly ask: (body: object) => Promise<unknown>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** No guarantee: much longer than anything takes. */
const PATIENCE_MS = 300_000;
const UNDER_WAY = "request.idempotency-in-flight";

export function createPatientClient(url: string, token: string): PatientClient {
  const once = async (
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<Answer> => {
    try {
      const response = await fetch(new URL(path, url), {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(30_000),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: 0, text: String(error) };
    }
  };
  const insist = async (what: string, attempt: () => Promise<Answer>, fine: readonly number[]): Promise<unknown> => {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const { status, text } = await attempt();
      if ((status >= 200 && status < 300) || fine.includes(status)) return text === "" ? undefined : JSON.parse(text);
      const mayPass = status === 0 || status >= 500 || text.includes(UNDER_WAY);
      if (!mayPass || performance.now() > deadline) throw new Error(`${what}: ${status} ${text.slice(0, 1000)}`);
      await sleep(100);
    }
  };
  return {
    call: (method, path, body, fine = []) =>
      insist(`${method} ${path}`, () => once(method, path, body, method === "DELETE" ? { "if-match": "*" } : {}), fine),
    ask: (body) => {
      // One key for one wish: when its call died with its process, the key is free again after a quarter of a minute.
      const key = randomUUID();
      return insist(
        "asking for access",
        () => once("POST", "/v1/access-requests", body, { "idempotency-key": key }),
        [],
      );
    },
  };
}
