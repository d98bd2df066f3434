import { brokerArguments, classPathOf, clusterIdOf, formatArguments } from "./java-arguments.ts";

describe("the arguments that Java starts a broker with", () => {
  const of = { classPath: "a.jar:b.jar", propertiesFile: "/d/server.properties" };

  it("make one class path of the jars, whatever order the folder lists them in", () => {
    expect(classPathOf(["b.jar", "a.jar"])).toBe("a.jar:b.jar");
    expect(classPathOf(["a.jar", "b.jar"])).toBe("a.jar:b.jar");
  });

  it("end with the main class and the properties", () => {
    const args = brokerArguments({ ...of, archive: undefined });
    expect(args.slice(-4)).toEqual(["-cp", "a.jar:b.jar", "kafka.Kafka", "/d/server.properties"]);
    expect(args).toContain("-Xmx128m");
  });

  it("use, record, or leave out the class archive", () => {
    const archived = (args: readonly string[]): readonly string[] => args.filter((arg) => arg.includes("Archive"));
    expect(archived(brokerArguments({ ...of, archive: { use: "/c/k.jsa" } }))).toEqual([
      "-XX:SharedArchiveFile=/c/k.jsa",
    ]);
    expect(archived(brokerArguments({ ...of, archive: { record: "/c/k.jsa" } }))).toEqual([
      "-XX:ArchiveClassesAtExit=/c/k.jsa",
    ]);
    expect(archived(brokerArguments({ ...of, archive: undefined }))).toEqual([]);
  });

  it("are alike for recording and for use but for the archive: it is bound to them", () => {
    const others = (args: readonly string[]): readonly string[] => args.filter((arg) => !arg.includes("Archive"));
    expect(others(brokerArguments({ ...of, archive: { use: "x" } }))).toEqual(
      others(brokerArguments({ ...of, archive: { record: "x" } })),
    );
  });

  it("format for a static quorum, without --standalone", () => {
    expect(formatArguments("a.jar", "AAAA", "/p").slice(-6)).toEqual([
      "kafka.tools.StorageTool",
      "format",
      "-t",
      "AAAA",
      "-c",
      "/p",
    ]);
  });

  it("carry a cluster id of 22 characters that is never taken for an option", () => {
    for (let byte = 0; byte < 256; byte += 1) {
      expect(clusterIdOf(new Uint8Array(16).fill(byte))).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
    }
  });
});
