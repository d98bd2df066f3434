/** The broker that the cluster runs on, in tests and in the demonstration. */
export const kafkaVersion = "4.4.0";

/**
 * A Maven project that is nothing but the broker's class path. kafka-clients speaks slf4j 1.7 and comes without a binding: without
 * slf4j-simple the broker would be silent.
 */
export const kafkaPom = (version: string): string => `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>sallyport</groupId>
  <artifactId>kafka-broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${version}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;
