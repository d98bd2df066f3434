import type { Cancel, Clock, Observe } from "@sallyport/backbone";
import type { Consumer } from "kafkajs";

const LOOK_EVERY_MS = 2000;

export interface Supervision {
  /** `false` once the library has given this consumer up, or it stays silent although the brokers answer: only a new process helps. */
  readonly alive: () => boolean;
  /** Whether it has fetched, or told the group of itself, within the last session. */
  readonly moving: () => boolean;
  readonly end: () => void;
}

/** Watches a consumer from outside: the library restarts it after some errors, and is silent after others (kafka.md K3, §2.3). */
export function superviseConsumer({
  consumer,
  group,
  sessionTimeoutMs,
  clock,
  observe,
  brokerAnswers,
}: {
  readonly consumer: Pick<Consumer, "events" | "on">;
  readonly group: string;
  readonly sessionTimeoutMs: number;
  readonly clock: Clock;
  readonly observe: Observe;
  readonly brokerAnswers: () => Promise<boolean>;
}): Supervision {
  const { FETCH, HEARTBEAT, GROUP_JOIN, CRASH } = consumer.events;
  let heardAt = clock.elapsed();
  let givenUp = false;
  let silentThoughAnswered = 0;
  let ended = false;
  let cancel: Cancel = () => {};

  const heard = () => {
    heardAt = clock.elapsed();
    silentThoughAnswered = 0;
  };
  for (const sign of [FETCH, HEARTBEAT, GROUP_JOIN] as const) consumer.on(sign, heard);
  consumer.on(CRASH, ({ payload: { error, restart } }) => {
    if (ended) return;
    givenUp = !restart;
    observe({
      kind: "unavailable",
      what: restart ? `the consumer of ${group}, which starts again,` : `the consumer of ${group}, given up for good,`,
      fault: error,
    });
  });

  const moving = () => clock.elapsed() - heardAt < sessionTimeoutMs;
  const look = async () => {
    if (!moving() && (await brokerAnswers())) silentThoughAnswered++;
    else silentThoughAnswered = 0;
  };
  const watch = () => {
    cancel = clock.after(LOOK_EVERY_MS, () => {
      void look().finally(() => {
        if (!ended) watch();
      });
    });
  };
  watch();
  return {
    // While the brokers are away there is nothing to restart for, and closings must go on.
    alive: () => !givenUp && silentThoughAnswered * LOOK_EVERY_MS < sessionTimeoutMs,
    moving,
    end: () => {
      ended = true;
      cancel();
    },
  };
}
