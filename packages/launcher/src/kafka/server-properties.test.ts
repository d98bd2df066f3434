import { portOf } from "./broker-folder.ts";
import { serverProperties } from "./server-properties.ts";

const parse = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );

describe("a broker's server.properties", () => {
  const text = serverProperties({ port: 21_001, controllerPort: 21_002, logDir: "/var/lib/kafka 1/data" });
  const properties = parse(text);

  it("listens on 127.0.0.1 and nowhere else, and tells clients the same", () => {
    expect(properties.get("listeners")).toBe("PLAINTEXT://127.0.0.1:21001,CONTROLLER://127.0.0.1:21002");
    expect(properties.get("advertised.listeners")).toBe("PLAINTEXT://127.0.0.1:21001");
    expect(text).not.toContain("0.0.0.0");
  });

  it("names a static quorum of itself, so that a formatted folder can be copied", () => {
    expect(properties.get("controller.quorum.voters")).toBe("1@127.0.0.1:21002");
    expect(properties.has("controller.quorum.bootstrap.servers")).toBe(false);
  });

  it("lets one node hold every internal topic", () => {
    for (const topic of ["offsets.topic", "transaction.state.log", "share.coordinator.state.topic"]) {
      expect(properties.get(`${topic}.replication.factor`)).toBe("1");
    }
  });

  it("creates no topic by itself", () => {
    expect(properties.get("auto.create.topics.enable")).toBe("false");
  });

  it("is admitted again a second after a kill, and allows sessions of a second", () => {
    expect(properties.get("broker.session.timeout.ms")).toBe("1000");
    expect(properties.get("group.min.session.timeout.ms")).toBe("1000");
  });

  it("leaves room in a heap of 128 MB for the cleaner", () => {
    expect(Number(properties.get("log.cleaner.dedupe.buffer.size"))).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  it("says each thing once", () => {
    expect(text.split("\n").filter((line) => line.includes("=") && !line.startsWith("#"))).toHaveLength(
      properties.size,
    );
  });

  it("keeps a backslash of the data folder", () => {
    const odd = serverProperties({ port: 1, controllerPort: 2, logDir: String.raw`/a\b` });
    expect(odd).toContain(String.raw`log.dirs=/a\\b`);
  });

  it("gives its port back to the next start", () => {
    expect(portOf(text)).toBe(21_001);
    expect(portOf("")).toBeUndefined();
  });
});
