import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Running } from "@sallyport/backbone";
import type { PrometheusMetrics } from "./prometheus-metrics.ts";

export interface HealthOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly metrics: PrometheusMetrics;
  /** Name → whether that part is usable now. All of them: ready. */
  readonly ready: Readonly<Record<string, () => Promise<boolean> | boolean>>;
  /** Whether the process itself makes progress; `false` asks the supervisor to restart it. */
  readonly alive?: () => boolean;
  readonly version: string;
}

/** `/livez`, `/readyz`, `/metrics` and `/version`, on a port of their own (http-and-cli.md §4). */
export async function serveHealth({
  host,
  port,
  metrics,
  ready,
  alive = () => true,
  version,
}: HealthOptions): Promise<Running & { readonly port: number }> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = "application/json") => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
      response.end(body);
    };
    const respond = async () => {
      switch ((request.url ?? "/").replace(/\?.*/s, "")) {
        case "/livez":
          return answer(alive() ? 200 : 503, JSON.stringify({ alive: alive() }));
        case "/readyz": {
          const checks = await checkAll(ready);
          return answer(Object.values(checks).every(Boolean) ? 200 : 503, JSON.stringify({ checks }));
        }
        case "/metrics":
          return answer(200, await metrics.render(), metrics.contentType);
        case "/version":
          return answer(200, JSON.stringify({ version }));
        default:
          return answer(404, JSON.stringify({ paths: ["/livez", "/readyz", "/metrics", "/version"] }));
      }
    };
    respond().catch(() => answer(500, JSON.stringify({ error: "the check itself failed" })));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function checkAll(ready: HealthOptions["ready"]): Promise<Record<string, boolean>> {
  const entries = Object.entries(ready).map(async ([name, check]) => {
    try {
      return [name, await check()] as const;
    } catch {
      return [name, false] as const;
    }
  });
  return Object.fromEntries(await Promise.all(entries));
}
