import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const root = join(__dirname, "..");
const text = readFileSync(join(root, "docker-compose.yml"), "utf8");

const Service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  profiles: z.array(z.string()).optional(),
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
      expect(service?.depends_on).toEqual({
        kafka: { condition: "service_healthy" },
        valkey: { condition: "service_healthy" },
      });
      expect(service?.healthcheck?.test.join(" ")).toContain("/readyz");
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
