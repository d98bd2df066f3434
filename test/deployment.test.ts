import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { settings as authz } from "@sallyport/authz";
import { settings as enforcerAws } from "@sallyport/enforcer-aws";
import { settings as enforcerAzure } from "@sallyport/enforcer-azure";
import { settings as requestApi } from "@sallyport/request-api";
import { settings as scanner } from "@sallyport/scanner";
import { readConfig } from "@sallyport/service-kit";
import type { Settings } from "@sallyport/service-kit";
import { demoWorld } from "@sallyport/simulator";
import { parse } from "yaml";
import { z } from "zod";
import { configure } from "../services/sallyport/src/configure.ts";

const root = join(__dirname, "..");
const text = readFileSync(join(root, "docker-compose.yml"), "utf8");

const Service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()).optional() }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string(), required: z.boolean().optional() })).optional(),
  profiles: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  ports: z.array(z.string()).optional(),
  env_file: z.array(z.object({ path: z.string(), required: z.boolean() })).optional(),
});
// `merge: true` reads `<<` as Compose does.
const compose = z.looseObject({ services: z.record(z.string(), Service) }).parse(parse(text, { merge: true }));
const deployables = readdirSync(join(root, "services")).filter((name) => name !== "sallyport");

describe("docker-compose.yml", () => {
  it("has one container per service, and the two servers they stand on", () => {
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining([...deployables, "kafka", "valkey"]));
  });

  it.each(deployables)(
    "starts %s from its own main, waits for both servers to be healthy, and is health-checked",
    (name) => {
      const service = compose.services[name];
      expect(service?.command).toEqual([`services/${name}/dist/main.js`]);
      expect(existsSync(join(root, `services/${name}/src/main.ts`))).toBe(true);
      const { simulators: _ifThere, ...always } = service?.depends_on ?? {};
      expect(always).toEqual({
        kafka: { condition: "service_healthy" },
        valkey: { condition: "service_healthy" },
      });
      expect(service?.healthcheck?.test?.join(" ")).toContain("/readyz");
      expect(service?.environment).toMatchObject({ KAFKA_BROKERS: "kafka:9092", REDIS_URL: "redis://valkey:6379" });
    },
  );

  it("creates no topic by accident, and is ready again soon after a kill", () => {
    expect(compose.services["kafka"]?.environment).toMatchObject({
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: "false",
      KAFKA_BROKER_SESSION_TIMEOUT_MS: "1000",
    });
  });

  it("keeps every write of Valkey, evicts nothing, and times finely", () => {
    const command = compose.services["valkey"]?.command?.join(" ");
    for (const part of ["--appendonly yes", "--maxmemory-policy noeviction", "--hz 100"])
      expect(command).toContain(part);
  });

  it("keeps the simulated clouds behind a profile", () => {
    expect(compose.services["simulators"]?.profiles).toEqual(["simulators"]);
  });

  it("runs nothing as root that is ours, and gives it no capabilities", () => {
    expect(readFileSync(join(root, "Dockerfile"), "utf8")).toMatch(/^USER node$/m);
    for (const name of deployables)
      expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
  });
});

describe("what `configure` writes for the containers", () => {
  const declared: Readonly<Record<string, Settings>> = {
    "request-api": requestApi,
    authz,
    "enforcer-azure": enforcerAzure,
    "enforcer-aws": enforcerAws,
    scanner,
  };
  const folder = mkdtempSync(join(tmpdir(), "sallyport-configure-"));
  const said: string[] = [];
  const written = (name: string): NodeJS.Dict<string> => parseEnv(readFileSync(join(folder, `${name}.env`), "utf8"));
  beforeAll(async () => {
    const log = jest.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
    await configure(["--out", folder]);
    log.mockRestore();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(deployables)("completes the configuration of %s, from the file that its container reads", (name) => {
    const { environment = {}, env_file = [] } = compose.services[name] ?? {};
    expect(env_file.map(({ path }) => path)).toContain(`\${SALLYPORT_CONFIG_DIR:-./deploy/compose/config}/${name}.env`);
    const env = { ...written(name), ...environment, SALLYPORT_LOG_LEVEL: "info" };
    const config = readConfig(declared[name] ?? {}, { env, readFile: () => "" });
    expect(config).toMatchObject({ brokers: ["kafka:9092"], redisUrl: "redis://valkey:6379", healthPort: 9464 });
  });

  it("leads to the simulators by the name, the ports and the certificate's file that they have", () => {
    const command = compose.services["simulators"]?.command?.join(" ") ?? "";
    const env = written("scanner");
    expect(env["SALLYPORT_AZURE_ENDPOINT"]).toBe("https://simulators:7443");
    expect(env["SALLYPORT_AWS_ENDPOINT"]).toBe("http://simulators:7480");
    for (const part of ["--name simulators", "--arm-port 7443", "--ec2-port 7480", "--data /var/lib/clouds"])
      expect(command).toContain(part);
    for (const name of deployables.filter((one) => written(one)["SALLYPORT_AZURE_CA_FILE"] !== undefined)) {
      expect(written(name)["SALLYPORT_AZURE_CA_FILE"]).toBe("/var/lib/clouds/simulator-ca.pem");
      expect(compose.services[name]?.volumes).toContain("clouds:/var/lib/clouds:ro");
    }
    expect(readFileSync(join(root, "Dockerfile"), "utf8")).toContain("chown node:node /var/lib/clouds");
  });

  it("lets Azure's own clients in at the simulators, on loopback alone, and has request-api trust whom they sign in", () => {
    const { command = [], ports } = compose.services["simulators"] ?? {};
    expect(command.join(" ")).toContain("--jit-api http://request-api:8443");
    expect(ports).toEqual(["127.0.0.1:7443:7443"]);
    const env = written("request-api");
    const { environment } = compose.services["request-api"] ?? {};
    const said = { ...env, ...environment, SALLYPORT_LOG_LEVEL: "info" };
    const config = readConfig(requestApi, { env: said, readFile: () => "" });
    expect(config).toMatchObject({ publicUrl: "https://localhost:7443" });
    expect(config["issuers"]).toMatchObject([
      {},
      ...["simulators", "127.0.0.1", "localhost"].map((host) => ({
        issuer: expect.stringMatching(`^https://${host}:7443/`) as string,
        jwksUri: expect.stringMatching("^https://simulators:7443/.*/discovery/v2.0/keys$") as string,
      })),
    ]);
    // The CA is there before Node looks for it.
    expect(env["NODE_EXTRA_CA_CERTS"]).toBe("/var/lib/clouds/simulator-ca.pem");
    expect(compose.services["request-api"]?.volumes).toContain("clouds:/var/lib/clouds:ro");
    expect(compose.services["request-api"]?.depends_on?.["simulators"]).toEqual({
      condition: "service_healthy",
      required: false,
    });
    const roles = readFileSync(join(folder, "roles.json"), "utf8");
    const [client] = demoWorld().azure.clients;
    expect(roles).toContain(client?.objectId ?? "nobody");
  });

  it("names the role file where its readers have it mounted", () => {
    for (const name of ["request-api", "authz"]) {
      expect(written(name)["SALLYPORT_ROLE_FILE"]).toBe("/etc/sallyport/roles.json");
      expect(compose.services[name]?.volumes?.join()).toContain(":/etc/sallyport:ro");
    }
    expect(existsSync(join(folder, "roles.json"))).toBe(true);
  });

  it("says four tokens, of an issuer that only the API on loopback accepts", () => {
    expect(said.map((line) => line.split("=")[0])).toEqual([
      "export ADMINISTRATOR",
      "export REQUESTER",
      "export READER",
      "export APPROVER",
    ]);
    expect(compose.services["request-api"]?.ports).toEqual([
      "${SALLYPORT_PUBLISH:-127.0.0.1}:${SALLYPORT_PORT:-8443}:8443",
    ]);
  });

  it("is never committed", () => {
    expect(readFileSync(join(root, "deploy/compose/config/.gitignore"), "utf8")).toBe("*\n!.gitignore\n");
  });

  it("has an example for real clouds that names no variable that nobody reads", () => {
    const example = parseEnv(readFileSync(join(root, "deploy/compose/real-clouds.env.example"), "utf8"));
    const read = new Set(Object.values(declared).flatMap((settings) => Object.values(settings).map(({ env }) => env)));
    expect(Object.keys(example).filter((name) => !read.has(name))).toEqual([]);
  });
});
