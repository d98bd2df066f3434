import { connect } from "node:net";

import { Kafka, logLevel } from "kafkajs";

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const answer = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(1_000, () => answer(false));
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });

/** Whether the broker on this port of 127.0.0.1 has registered itself in its cluster. An open port alone says nothing. */
export const brokerAnswers = async (port: number): Promise<boolean> => {
  if (!(await listens(port))) return false;
  const kafka = new Kafka({
    clientId: "sallyport-launcher",
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => {});
  }
};
