import type { Running } from "@sallyport/backbone";
import { createPrometheusMetrics } from "./prometheus-metrics.ts";
import { closeAll } from "./run-service.ts";
import { serveHealth } from "./serve-health.ts";
import type { HealthOptions } from "./serve-health.ts";

const open: Running[] = [];
afterEach(() => closeAll(open.splice(0)));

const serving = async (about: Partial<HealthOptions> = {}) => {
  const metrics = createPrometheusMetrics("authz");
  const health = await serveHealth({ host: "127.0.0.1", port: 0, metrics, ready: {}, version: "1.2.3", ...about });
  open.push(health);
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${health.port}${path}`);
    return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
  };
  return { metrics, get };
};

describe("health", () => {
  it("is ready when every part is; a check that fails or throws is named", async () => {
    let redis = true;
    const { get } = await serving({
      ready: {
        bus: () => true,
        redis: () => {
          if (!redis) throw new Error("away");
          return Promise.resolve(true);
        },
      },
    });
    expect(await get("/readyz")).toMatchObject({ status: 200, body: '{"checks":{"bus":true,"redis":true}}' });
    redis = false;
    expect(await get("/readyz?verbose")).toMatchObject({ status: 503, body: '{"checks":{"bus":true,"redis":false}}' });
    expect(await get("/livez")).toMatchObject({ status: 200 });
  });

  it("asks to be restarted when the process makes no progress", async () => {
    const { get } = await serving({ alive: () => false });
    expect(await get("/livez")).toMatchObject({ status: 503 });
  });

  it("says its version, and what there is to ask for", async () => {
    const { get } = await serving();
    expect((await get("/version")).body).toBe('{"version":"1.2.3"}');
    expect(await get("/nothing")).toMatchObject({ status: 404, body: expect.stringContaining("/readyz") as string });
    await closeAll(open.splice(0));
    await expect(get("/version")).rejects.toThrow("fetch failed");
  });
});

describe("metrics", () => {
  it("are counters, gauges and histograms in seconds, under the service's name, as Prometheus reads them", async () => {
    const { metrics, get } = await serving();
    metrics.count("sallyport_turns_total");
    metrics.count("sallyport_turns_total", {}, 2);
    metrics.gauge("sallyport_reconcile_due", 7, { rows: "grants" });
    metrics.gauge("sallyport_reconcile_due", 3, { rows: "grants" });
    metrics.observe("sallyport_grant_opening_seconds", 0.004);
    const { type, body } = await get("/metrics");
    expect(type).toContain("text/plain");
    expect(body).toContain('sallyport_turns_total{service="authz"} 3');
    expect(body).toContain('sallyport_reconcile_due{rows="grants",service="authz"} 3');
    expect(body).toContain('sallyport_grant_opening_seconds_bucket{le="0.005",service="authz"} 1');
    expect(body).toContain('sallyport_grant_opening_seconds_bucket{le="0.0025",service="authz"} 0');
  });

  it("of two services in one process are kept apart", async () => {
    const [a, b] = [createPrometheusMetrics("a"), createPrometheusMetrics("b")];
    a.count("sallyport_turns_total");
    expect(await b.render()).not.toContain("sallyport_turns_total");
  });
});
