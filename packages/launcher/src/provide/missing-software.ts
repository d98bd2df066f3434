import { listed, software, type Software } from "./software.ts";

/** What a person is told when we may not, or cannot, install it ourselves: what is missing, the commands, and the ways around. */
export const missingSoftwareMessage = (missing: readonly Software[], why: string): string => {
  const broker = missing.some((what) => what !== "redis");
  const ways = [
    ...(broker ? ["KAFKA_BROKERS=host:port (a Kafka of your own)"] : []),
    ...(missing.includes("redis") ? ["REDIS_URL=redis://host:port (a Redis of your own)"] : []),
    ...(missing.includes("maven") ? ["KAFKA_HOME=<folder of an unpacked Kafka> (instead of Maven)"] : []),
  ];
  return [
    `Missing on this machine: ${listed(missing.map((what) => software[what].title))}. ${why}`,
    `  Debian, Ubuntu:  apt-get install -y --no-install-recommends ${missing.map((what) => software[what].apt[0]).join(" ")}`,
    `  Homebrew:        brew install ${missing.map((what) => software[what].brew).join(" ")}`,
    `Or set ${listed(ways)}.`,
  ].join("\n");
};
