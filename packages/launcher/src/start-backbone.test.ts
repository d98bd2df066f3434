import { neededSoftware, startBackbone } from "./start-backbone.ts";

describe("bringing up Kafka and Redis", () => {
  it("uses the servers that the environment names, and starts and installs nothing", async () => {
    const said: string[] = [];
    const backbone = await startBackbone({
      env: { KAFKA_BROKERS: "kafka-1:9092, kafka-2:9092", REDIS_URL: "redis://elsewhere:6379" },
      log: (line) => said.push(line),
    });
    await backbone.stop();
    expect(backbone.brokers).toEqual(["kafka-1:9092", "kafka-2:9092"]);
    expect(backbone.redisUrl).toBe("redis://elsewhere:6379");
    expect(said).toEqual([]);
  });

  it.each([
    { brokers: false, redis: false, jars: false, needed: ["java", "maven", "redis"] },
    { brokers: false, redis: false, jars: true, needed: ["java", "redis"] },
    { brokers: false, redis: true, jars: false, needed: ["java", "maven"] },
    { brokers: true, redis: false, jars: false, needed: ["redis"] },
    { brokers: true, redis: true, jars: false, needed: [] },
  ])("needs $needed when brokers: $brokers, redis: $redis, jars: $jars are given", ({ needed, ...given }) => {
    expect(neededSoftware(given)).toEqual(needed);
  });
});

const isFastRun = process.env["KAFKA_BROKERS"] === undefined || process.env["REDIS_URL"] === undefined;
(isFastRun ? describe.skip : describe)("bringing up Kafka and Redis of our own (KAFKA_BROKERS, REDIS_URL)", () => {
  it("starts both when the environment names neither, and ends both", async () => {
    const env = { ...process.env, KAFKA_BROKERS: "", REDIS_URL: undefined };
    const said: string[] = [];
    const backbone = await startBackbone({ env, log: (line) => said.push(line) });
    expect(backbone.brokers).not.toEqual([process.env["KAFKA_BROKERS"]]);
    expect(said.filter((line) => line.includes("ready after"))).toHaveLength(2);
    await backbone.stop();
    const pids = said.flatMap((line) => /\(process (\d+)\)/.exec(line)?.[1] ?? []).map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
