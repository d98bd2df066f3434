import { randomUUID } from "node:crypto";
import { quietLog, wait } from "@sallyport/backbone";
import type { Clock, DeadLetter, EventBus, Log, Observe, Random } from "@sallyport/backbone";
import { DEAD_LETTER_TOPIC, open, SallyportError, topicOf } from "@sallyport/contracts";
import type { SallyportEvent, Topic } from "@sallyport/contracts";
import type { Message } from "kafkajs";
import { connectKafka } from "./connect-kafka.ts";
import { deadLetterOf, readDeadLetter } from "./dead-letters.ts";
import { ensureTopics } from "./ensure-topics.ts";
import { joinGroup } from "./group-member.ts";
import type { GroupMember } from "./group-member.ts";
import { inKafka } from "./kafka-fault.ts";
import { createMicroBatcher } from "./micro-batcher.ts";
import type { MicroBatcher } from "./micro-batcher.ts";
import { readTopic } from "./read-topic.ts";
import { defaultTopicSettings, topicPlan } from "./topic-plan.ts";
import type { TopicSettings } from "./topic-plan.ts";
import { TYPE_HEADER } from "./type-header.ts";

/** How long a broker may take to answer the question whether it is there. */
const PATIENCE_MS = 2000;

export interface KafkaEventBusDeps {
  readonly brokers: readonly string[];
  /** Names this service to the brokers. */
  readonly clientId: string;
  readonly clock: Clock;
  readonly random?: Random;
  readonly observe?: Observe;
  /** For the library's own words. */
  readonly log?: Log;
  readonly topics?: Partial<TopicSettings>;
  /** After how long a killed member's partitions move to the others. */
  readonly sessionTimeoutMs?: number;
  /** How long `publish` waits for a broker, 5 s when left out: a restart is ridden out, and people are not kept waiting by an outage. */
  readonly publishWithinMs?: number;
  /** Set before the names of topics and groups, so that several installations can share brokers. */
  readonly prefix?: string;
}

export interface KafkaEventBus extends EventBus {
  /** Whether a broker answers, and each of our consumers is at work. */
  readonly healthy: () => Promise<boolean>;
  /** `false` when only a new process helps. */
  readonly alive: () => boolean;
  /** As a kill would: no handler is heard of again, nothing is committed; but the group learns of it at once. */
  readonly abandon: () => Promise<void>;
}

/**
 * The bus over Apache Kafka; resolves once it is connected and all topics are there. Each VM's events are in one partition. Throws
 * `backbone.unavailable` when no broker answers for longer than a restart may take: here about 20 s, in `publish` 5 s. What `publish`
 * gave up may still arrive, so that an event that is published again may be there twice, with one id (G9).
 */
export async function createKafkaEventBus({
  brokers,
  clientId,
  clock,
  random = Math.random,
  observe = () => {},
  log = quietLog,
  topics: settings = {},
  sessionTimeoutMs = 10_000,
  publishWithinMs = 5000,
  prefix = "",
}: KafkaEventBusDeps): Promise<KafkaEventBus> {
  const nameOf = (name: string) => (prefix === "" ? name : `${prefix}.${name}`);
  const kafka = connectKafka({ brokers, clientId, sessionTimeoutMs, clock, log });
  const [producer, admin, probe] = [kafka.producer(), kafka.admin(), kafka.probe()];
  const members = new Set<GroupMember>();
  const topicsOf = new Map<string, string>();

  await inKafka("connecting", async () => {
    await Promise.all([producer.connect(), admin.connect()]);
    await ensureTopics(admin, clock, topicPlan(nameOf, { ...defaultTopicSettings, ...settings }));
  }).catch(async (fault: unknown) => {
    await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    throw fault;
  });

  const batchers = new Map<string, MicroBatcher<Message>>();
  const batcherOf = (topic: string) => {
    const known = batchers.get(topic);
    if (known !== undefined) return known;
    const doing = `publishing on ${topic}`;
    const made = createMicroBatcher<Message>({
      doing: `Kafka, ${doing}`,
      request: (messages) =>
        inKafka(doing, async () => {
          await producer.send({ topic: nameOf(topic), acks: -1, messages });
        }),
      bytesOf,
      clock,
      patienceMs: publishWithinMs,
    });
    batchers.set(topic, made);
    return made;
  };

  const brokerAnswers = async () => {
    const answer = probe
      .connect()
      .then(() => probe.describeCluster())
      .then(
        ({ brokers: there }) => there.length > 0,
        () => false,
      );
    return Promise.race([answer, wait(clock, PATIENCE_MS).then(() => false)]);
  };

  const publish = async (events: readonly SallyportEvent[]) => {
    const messages = events.map(messageOf);
    const topics = [...new Set(messages.map(({ topic }) => topic))];
    await Promise.all(
      topics.map((topic) =>
        batcherOf(topic).send(messages.filter((one) => one.topic === topic).map(({ message }) => message)),
      ),
    );
  };

  const subscribe: EventBus["subscribe"] = async (group, topics, handle, interest) => {
    const wanted = topics.toSorted().join(" ");
    // The library spreads every topic of a group over all its members, also over those that did not ask for it.
    if ((topicsOf.get(group) ?? wanted) !== wanted) throw new Error(`${group} has members that want other topics`);
    topicsOf.set(group, wanted);
    const member = await joinGroup(
      {
        clock,
        sessionTimeoutMs,
        random,
        observe,
        brokerAnswers,
        putAside: ({ message, topic, partition }, reason) =>
          batcherOf(DEAD_LETTER_TOPIC).send([
            deadLetterOf(message, { topic, partition, group, reason, time: clock.now() }),
          ]),
      },
      {
        consumer: kafka.consumer(nameOf(group)),
        group,
        topics: new Map(topics.map((topic) => [nameOf(topic), topic])),
        handle,
        interest,
      },
    );
    members.add(member);
    return {
      close: async () => {
        await member.close();
        members.delete(member);
      },
    };
  };

  const read = (topic: string) =>
    readTopic(
      {
        admin,
        clock,
        sessionTimeoutMs,
        newConsumer: () => kafka.consumer(nameOf(`${clientId}-reads-${randomUUID()}`)),
      },
      nameOf(topic),
    );
  const replay = (topic: Topic): AsyncIterable<SallyportEvent> => {
    const messages = read(topic);
    return (async function* () {
      for await (const { value } of messages) {
        const event = readOrSkip(value?.toString() ?? "");
        if (event !== undefined) yield event;
      }
    })();
  };
  const deadLetters = (): AsyncIterable<DeadLetter> => {
    const messages = read(DEAD_LETTER_TOPIC);
    return (async function* () {
      for await (const message of messages) yield readDeadLetter(message);
    })();
  };

  const disconnect = async () => {
    await Promise.allSettled([producer.disconnect(), admin.disconnect(), probe.disconnect()]);
  };
  const alive = () => [...members].every((member) => member.alive());

  return {
    publish,
    subscribe,
    replay,
    deadLetters,
    alive,
    healthy: async () => alive() && [...members].every((member) => member.moving()) && (await brokerAnswers()),
    close: async () => {
      await Promise.all([...members].map((member) => member.close()));
      await Promise.all([...batchers.values()].map((batcher) => batcher.idle()));
      await disconnect();
    },
    abandon: async () => {
      await Promise.all([...members].map((member) => member.abandon()));
      await disconnect();
    },
  };
}

/** The event as it is stored. Throws for what nobody could read: it is refused where it is made, not where it arrives. */
function messageOf(event: SallyportEvent) {
  const value = JSON.stringify(event);
  open(value);
  return { topic: topicOf(event.type), message: { key: event.subject, value, headers: { [TYPE_HEADER]: event.type } } };
}

const bytesOf = ({ key, value }: Message): number => Buffer.byteLength(key ?? "") + Buffer.byteLength(value ?? "");

/** What cannot be read is a dead letter of every group that met it; who reads the past goes on without it. */
function readOrSkip(bytes: string): SallyportEvent | undefined {
  try {
    return open(bytes);
  } catch (fault) {
    if (fault instanceof SallyportError) return undefined;
    throw fault;
  }
}
