import { DEAD_LETTER_TOPIC, topics } from "@sallyport/contracts";
import type { ITopicConfig } from "kafkajs";

/** How the topics are made. An existing topic stays as it is. */
export interface TopicSettings {
  /** The largest number of replicas of a service. Adding some later moves VMs to other partitions and breaks their order. */
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Of topics that are cleaned up by deleting: longer than the longest grant and the longest outage to be survived. */
  readonly retentionMs: number;
  readonly deadLetterRetentionMs: number;
}

const DAY_MS = 86_400_000;
export const defaultTopicSettings: TopicSettings = {
  partitions: 12,
  replicationFactor: 1,
  retentionMs: 30 * DAY_MS,
  deadLetterRetentionMs: 90 * DAY_MS,
};

/** All topics of settled.md §3, everything explicit. Dead letters are in one partition: few, and read oldest first. */
export function topicPlan(
  nameOf: (topic: string) => string,
  { partitions, replicationFactor, retentionMs, deadLetterRetentionMs }: TopicSettings,
): ITopicConfig[] {
  const topic = (name: string, numPartitions: number, settings: Readonly<Record<string, string>>): ITopicConfig => ({
    topic: nameOf(name),
    numPartitions,
    replicationFactor,
    configEntries: Object.entries({
      // One replica may be away without anything stopping.
      "min.insync.replicas": String(Math.max(1, replicationFactor - 1)),
      ...settings,
    }).map(([key, value]) => ({ name: key, value })),
  });
  const kept = (ms: number) => ({ "cleanup.policy": "delete", "retention.ms": String(ms) });
  return [
    ...Object.entries(topics).map(([name, { cleanup }]) =>
      topic(name, partitions, cleanup === "compact" ? { "cleanup.policy": "compact" } : kept(retentionMs)),
    ),
    topic(DEAD_LETTER_TOPIC, 1, kept(deadLetterRetentionMs)),
  ];
}
