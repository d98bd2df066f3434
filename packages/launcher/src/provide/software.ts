/** A program that has to be on the machine. */
export type Software = "java" | "maven" | "redis";

/** What each is called where: the first package that the manager knows is taken; the first is the one measured. */
export const software: Readonly<
  Record<Software, { readonly title: string; readonly apt: readonly string[]; readonly brew: string }>
> = {
  java: {
    title: "a Java runtime (17 or newer, for the Kafka broker)",
    apt: ["openjdk-17-jre-headless", "openjdk-21-jre-headless", "openjdk-25-jre-headless"],
    brew: "openjdk",
  },
  maven: { title: "Maven (fetches the Kafka broker's jars, once)", apt: ["maven"], brew: "maven" },
  redis: { title: "a Redis or Valkey server", apt: ["redis-server", "valkey-server"], brew: "redis" },
};

/** "a", "a and b", "a, b and c". */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
