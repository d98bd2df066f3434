import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { Admin, ITopicConfig } from "kafkajs";

const PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 100;

/**
 * Makes the topics that are not there, and resolves once each partition of all has a leader at work. Not left to the library: right after
 * it one was made a broker may still say that it knows no such topic, which the library takes for a failure.
 */
export async function ensureTopics(admin: Admin, clock: Clock, plan: readonly ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics: [...plan], waitForLeaders: false });
  const until = clock.elapsed() + PATIENCE_MS;
  const wanted = plan.map(({ topic }) => topic);
  for (;;) {
    const missing = await withoutLeader(admin, wanted);
    if (missing.length === 0) return;
    if (clock.elapsed() > until)
      throw new SallyportError({ code: "backbone.unavailable", detail: `Kafka does not serve ${missing.join(", ")}` });
    await wait(clock, LOOK_AGAIN_MS);
  }
}

async function withoutLeader(admin: Admin, wanted: readonly string[]): Promise<readonly string[]> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [...wanted] });
    const led = topics
      .filter(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
      .map(({ name }) => name);
    // A leader need not know yet that it is one, and would refuse part of what is published: then the rest would come twice.
    await Promise.all(led.map((topic) => admin.fetchTopicOffsets(topic)));
    return wanted.filter((topic) => !led.includes(topic));
  } catch (fault) {
    if (fault instanceof Error && "type" in fault && NOT_YET.has(fault.type)) return wanted;
    throw fault;
  }
}

/** As the protocol names them. */
const NOT_YET: ReadonlySet<unknown> = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_FOR_PARTITION",
]);
