import { kafkaPom } from "./kafka-pom.ts";

describe("the project that fetches the broker", () => {
  const coordinates = [...kafkaPom("9.9.9").matchAll(/<artifactId>(.+)<\/artifactId>\s*<version>(.+)<\/version>/g)].map(
    ([, artifact, version]) => `${artifact} ${version}`,
  );

  it("asks for the broker in the version given, and for the log binding that kafka-clients speaks to", () => {
    expect(coordinates).toEqual(["kafka-broker 1", "kafka_2.13 9.9.9", "slf4j-simple 1.7.36"]);
  });
});
