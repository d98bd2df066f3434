import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster } from "@sallyport/sallyport";
import type { RunningCluster } from "@sallyport/sallyport";

interface Said {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says what it expects of a body
  readonly body: any;
}

const VERSION = "api-version=2020-01-01";

(process.env["KAFKA_BROKERS"] === undefined ? describe.skip : describe)(
  "Azure's own clients at a cluster (KAFKA_BROKERS: servers can be started here)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "sallyport-door-"));
    let cluster: RunningCluster;
    let token: string;
    const arm = () => cluster.ready.simulator.arm;

    /** As az does: over TLS, under the simulators' own CA, at the origin that also signs in. */
    const ask = (method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Said> =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          `${arm().url}${path}`,
          { method, ca: readFileSync(arm().caFile, "utf8"), headers },
          (incoming) => {
            let text = "";
            incoming.setEncoding("utf8");
            incoming.on("data", (chunk: string) => (text += chunk));
            incoming.on("end", () =>
              resolve({
                status: incoming.statusCode ?? 0,
                body: text === "" ? undefined : (JSON.parse(text) as unknown),
              }),
            );
          },
        );
        outgoing.once("error", reject);
        outgoing.end(body);
      });
    const jit = (method: string, rest: string, body?: object): Promise<Said> =>
      ask(method, `/subscriptions/${arm().subscriptionIds[0]}${rest}?${VERSION}`, body && JSON.stringify(body), {
        authorization: `Bearer ${token}`,
        ...(body && { "content-type": "application/json" }),
      });

    beforeAll(async () => {
      const { KAFKA_BROKERS: _brokers, REDIS_URL: _redis, ...env } = process.env;
      cluster = await startCluster({ dataDir: folder, port: 0, say: () => undefined, env });
      const form = new URLSearchParams({
        grant_type: "client_credentials",
        client_id: arm().clientId,
        client_secret: arm().clientSecret,
        scope: "https://management.azure.com/.default",
      });
      const said = await ask("POST", `/${arm().tenantId}/oauth2/v2.0/token`, form.toString());
      token = said.body.access_token;
    });
    afterAll(async () => {
      await cluster.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("sign in at the simulated Resource Manager, put a policy there and are told of it by request-api", async () => {
      const place =
        "/resourceGroups/rg-operations/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies";
      const id = `/subscriptions/${arm().subscriptionIds[0]}/resourceGroups/rg-operations/providers/Microsoft.Compute/virtualMachines/vm-jump-01`;
      const port = { number: 22, protocol: "*", allowedSourceAddressPrefix: "*", maxRequestAccessDuration: "PT3H" };
      const putPolicy = () =>
        jit("PUT", `${place}/default`, {
          kind: "Basic",
          properties: { virtualMachines: [{ id, ports: [port] }] },
        });
      let put = await putPolicy();
      // The first survey tells request-api which machines there are; before it, there are none.
      while (put.status === 404) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        put = await putPolicy();
      }
      expect(put.status).toBe(200);
      const listed = await jit("GET", place);
      expect(listed.body.value).toMatchObject([{ name: "default", properties: { virtualMachines: [{ id }] } }]);
      const ours = await fetch(`${cluster.ready.url}/v1/fleet?tab=Configured`, {
        headers: { authorization: `Bearer ${cluster.ready.tokens.reader}` },
      });
      expect(await ours.json()).toMatchObject({ vms: 1 });
      // Behind this door the caller's own address cannot be known: nothing is opened for the door itself.
      const bare = { virtualMachines: [{ id, ports: [{ number: 22, duration: "PT1H" }] }] };
      expect((await jit("POST", `${place}/default/initiate`, bare)).body.error.code).toBe("InvalidInitiateInput");
    });

    it("are told that the service is away, in Azure's words, while request-api is down", async () => {
      const process = cluster.processes["request-api"];
      process?.hold();
      process?.kill();
      const list = () => jit("GET", "/providers/Microsoft.Security/jitNetworkAccessPolicies");
      let said = await list();
      // Until it has fallen.
      while (said.status === 200) said = await list();
      expect([said.status, said.body.error.code]).toEqual([503, "ServiceUnavailable"]);
      process?.release();
    });
  },
);
