/** Start fast and small: one compiler stage, the serial collector. Latency is that of a big broker, its throughput is not. */
const flags = [
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-XX:-UsePerfData",
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
];
const heap = ["-Xms128m", "-Xmx128m", "-XX:+ExitOnOutOfMemoryError"];

/** Explicit and sorted: a class archive is bound to the exact class path. */
export const classPathOf = (jars: readonly string[]): string => jars.toSorted().join(":");

/** Java's arguments for formatting the folder that `log.dirs` of the properties file names. */
export const formatArguments = (classPath: string, clusterId: string, propertiesFile: string): readonly string[] => [
  ...flags,
  "-cp",
  classPath,
  "kafka.tools.StorageTool",
  "format",
  "-t",
  clusterId,
  "-c",
  propertiesFile,
];

/** Java's arguments for a broker, with a class archive to use, to record at its exit, or without one. */
export const brokerArguments = (of: {
  readonly classPath: string;
  readonly propertiesFile: string;
  readonly archive: { readonly use: string } | { readonly record: string } | undefined;
}): readonly string[] => [
  ...heap,
  ...flags,
  ...(of.archive === undefined
    ? []
    : "use" in of.archive
      ? [`-XX:SharedArchiveFile=${of.archive.use}`]
      : [`-XX:ArchiveClassesAtExit=${of.archive.record}`]),
  "-cp",
  of.classPath,
  "kafka.Kafka",
  of.propertiesFile,
];

/** Kafka's form of an id: 16 bytes in base64url. Not with a dash at the front, which the tool would take for an option. */
export const clusterIdOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url").replace(/^-/, "A");
