import { startKafka } from "@sallyport/launcher";
import type { RunningKafka } from "@sallyport/launcher";
import type { Recovery } from "./recovery.ts";

/** From the start of a broker that was killed until it serves; and the same after an orderly stop. */
export async function restartBroker(): Promise<Recovery> {
  const broker = await startKafka({ log: () => {} });
  const floor = await backAfter(broker, "SIGTERM");
  const ours = await backAfter(broker, "SIGKILL");
  await broker.stop();
  return { ours, floor };
}

async function backAfter(broker: RunningKafka, signal: NodeJS.Signals): Promise<number> {
  broker.kill(signal);
  await broker.exited;
  const began = performance.now();
  await broker.restart();
  return performance.now() - began;
}
