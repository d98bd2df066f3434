/** What differs between one broker and the next. */
export interface BrokerSettings {
  /** Of clients, on 127.0.0.1. */
  readonly port: number;
  /** Of the controller, on 127.0.0.1; no client ever connects to it. */
  readonly controllerPort: number;
  /** The broker's `log.dirs`, absolute. */
  readonly logDir: string;
}

/** In a properties file a backslash begins an escape. */
const escaped = (path: string): string => path.replaceAll("\\", "\\\\");

/**
 * `server.properties` of one KRaft node that is broker and controller. The quorum is static, so a formatted folder names no port and
 * can be copied for each broker.
 */
export const serverProperties = ({ port, controllerPort, logDir }: BrokerSettings): string =>
  [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    "controller.listener.names=CONTROLLER",
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    `log.dirs=${escaped(logDir)}`,
    "",
    "# One node holds every internal topic alone.",
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "transaction.state.log.num.partitions=4",
    "share.coordinator.state.topic.replication.factor=1",
    "share.coordinator.state.topic.min.isr=1",
    "share.coordinator.state.topic.num.partitions=1",
    "",
    "# Topics are created explicitly (settled.md §3).",
    "auto.create.topics.enable=false",
    "# The first join of a group waits for nobody; tests may use short sessions.",
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "# After kill -9 the controller admits the new life only when the old one's session has ended: 2 s instead of 11 s.",
    "broker.session.timeout.ms=1000",
    "broker.heartbeat.interval.ms=250",
    "",
    "# A small machine and a small heap; the cleaner's default of 128 MiB would not fit.",
    "num.network.threads=2",
    "num.io.threads=4",
    "log.cleaner.dedupe.buffer.size=16777216",
    "",
  ].join("\n");
