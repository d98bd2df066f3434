import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventBus, Records, WorkQueue } from "@sallyport/backbone";
import { describeEventBus, describeRecords, describeWorkQueue } from "@sallyport/backbone/conformance";
import type { DurableEventBus } from "@sallyport/backbone/conformance";
import { createRandom, createVirtualClock } from "@sallyport/testkit";
import { createEmbeddedPorts } from "./embedded-ports.ts";
import type { EmbeddedPorts } from "./embedded-ports.ts";
import { openEmbedded } from "./embedded-store.ts";
import { partitionOf } from "./partition-of.ts";

/** The whole of an adapter's durable state: in memory a crash keeps the handle, on disk it opens the file anew. */
async function durable(place: "memory" | "disk") {
  const folder = place === "disk" ? mkdtempSync(join(tmpdir(), "sallyport-")) : undefined;
  const file = folder === undefined ? ":memory:" : join(folder, "sallyport.db");
  const clock = createVirtualClock();
  const random = createRandom(1);
  let store = openEmbedded({ file });
  let opened: EmbeddedPorts[] = [];
  return {
    openPorts: async () => {
      const incarnation = createEmbeddedPorts({ store, clock, random });
      opened.push(incarnation);
      return incarnation.ports;
    },
    pass: clock.pass,
    now: clock.now,
    isVirtual: true,
    crash: async () => {
      for (const { abandon } of opened) abandon();
      opened = [];
      if (folder === undefined) return;
      store.close();
      store = openEmbedded({ file });
    },
    inject: async (topic: string, key: string, bytes: string) => {
      await store.write((sql) =>
        sql.run("INSERT INTO log (topic, partition, key, bytes, at) VALUES (?, ?, ?, ?, 0)", [
          topic,
          partitionOf(key),
          key,
          bytes,
        ]),
      );
    },
    destroy: async () => {
      for (const { abandon } of opened) abandon();
      store.close();
      if (folder !== undefined) rmSync(folder, { recursive: true });
    },
  };
}

describe.each(["memory", "disk"] as const)("SQLite in %s", (place) => {
  describeEventBus("one file", async (): Promise<DurableEventBus> => {
    const state = await durable(place);
    return { ...state, open: async (): Promise<EventBus> => (await state.openPorts()).bus };
  });
  describeWorkQueue("one file", async () => {
    const state = await durable(place);
    return { ...state, open: async (): Promise<WorkQueue> => (await state.openPorts()).queue };
  });
  describeRecords("one file", async () => {
    const state = await durable(place);
    return { ...state, open: async (): Promise<Records> => (await state.openPorts()).records };
  });
});
