import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createSystemClock, defineTable } from "@sallyport/backbone";
import { lane } from "@sallyport/contracts";
import { aGrantId, aVm, createVirtualClock } from "@sallyport/testkit";
import Database from "libsql";
import { z } from "zod";
import { createEmbeddedPorts } from "./embedded-ports.ts";
import { openEmbedded } from "./embedded-store.ts";
import { numberIn } from "./sql.ts";

const rows = defineTable<number>({
  name: "test.numbers",
  schema: z.number(),
  indexes: {},
  expiresAfter: () => undefined,
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-"));
});
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});
const file = () => join(folder, "sallyport.db");

/** A process of its own that runs `script`, with `openEmbedded` and the like at hand, and the lines that it prints. */
function another(script: string) {
  const child = spawn(
    process.execPath,
    [
      "--expose-gc",
      "--import",
      "tsx",
      "--conditions=@sallyport/source",
      "--input-type=module",
      "-e",
      `import * as embedded from "./packages/backbone-embedded/src/index.ts";
       import { createSystemClock } from "./packages/backbone/src/index.ts";
       const file = ${JSON.stringify(file())};
       ${script}`,
    ],
    { cwd: join(__dirname, "../../.."), stdio: ["ignore", "pipe", "inherit"] },
  );
  children.push(child);
  return { child, lines: createInterface(child.stdout), ended: new Promise((resolve) => child.on("close", resolve)) };
}

describe("the file", () => {
  it("keeps every acknowledged write through kill -9, and no half of a transaction", async () => {
    const { child, lines, ended } = another(`
      const { ports } = embedded.createEmbeddedPorts({ file, clock: createSystemClock() });
      const table = { name: "test.numbers", schema: { parse: (n) => n }, indexes: {}, expiresAfter: () => undefined };
      await Promise.all(Array.from({ length: 4 }, async (_, lane) => {
        for (let n = 1; ; n++) {
          await ports.records.put(table, String(lane), n, n - 1);
          process.stdout.write(lane + " " + n + "\\n");
        }
      }));
    `);
    const acknowledged = new Map<string, number>();
    let count = 0;
    for await (const line of lines) {
      const [lane = "", n = ""] = line.split(" ");
      acknowledged.set(lane, Number(n));
      if (++count === 400) child.kill("SIGKILL");
    }
    await ended;
    expect(count).toBeGreaterThanOrEqual(400);
    const { ports, close } = createEmbeddedPorts({ file: file(), clock: createSystemClock() });
    for (const [lane, n] of acknowledged) {
      const row = await ports.records.get(rows, lane);
      // One more write of each may have been on its way when the process died.
      expect(row?.value === n || row?.value === n + 1).toBe(true);
      expect(row?.version).toBe(row?.value);
    }
    await close();
  });

  it("belongs to one process: a second start is refused by the file's name, until the first has ended however it may", async () => {
    const { child, lines, ended } = another(`
      embedded.openEmbedded({ file });
      gc(); // the lock must not be the garbage collector's to release
      process.stdout.write("open\\n");
      setInterval(() => {}, 1000);
    `);
    for await (const line of lines) if (line === "open") break;
    expect(() => openEmbedded({ file: file(), patienceMs: 50 })).toThrow(`${file()} is in use by another process`);
    child.kill("SIGKILL");
    await ended;
    openEmbedded({ file: file() }).close();
  });

  it("may be opened again once it is closed, and not before", () => {
    const store = openEmbedded({ file: file() });
    expect(() => openEmbedded({ file: file(), patienceMs: 50 })).toThrow("in use");
    store.close();
    openEmbedded({ file: file() }).close();
  });

  it("gives back at once, when it is opened, the jobs that a process held when it died", async () => {
    const clock = createVirtualClock();
    const store = openEmbedded({ file: file() });
    const first = createEmbeddedPorts({ store, clock });
    const job = { name: "RevokeGrant", data: { cloud: "aws", vm: aVm("aws"), grantId: aGrantId() } } as const;
    await first.ports.queue.work(lane("RevokeGrant", "aws"), () => new Promise(() => {}), { concurrency: 1 });
    await first.ports.queue.put(job, clock.now());
    first.abandon();
    store.close();
    const next = createEmbeddedPorts({ file: file(), clock });
    let ran = 0;
    await next.ports.queue.work(lane("RevokeGrant", "aws"), async () => void ran++, { concurrency: 1 });
    await clock.pass(10);
    expect(ran).toBe(1);
    await next.close();
  });

  it("is written with a log ahead and a full sync", async () => {
    const store = openEmbedded({ file: file() });
    expect(store.read.first("PRAGMA journal_mode")).toMatchObject({ journal_mode: "wal" });
    expect(store.read.first("PRAGMA synchronous")).toMatchObject({ synchronous: 2 });
    store.close();
  });

  it("ends the process rather than write on when somebody else locks it", async () => {
    let fault: Error | undefined;
    const store = openEmbedded({
      file: file(),
      patienceMs: 50,
      fatal: (busy) => {
        fault = busy;
      },
    });
    const outsider = new Database(file());
    outsider.exec("BEGIN IMMEDIATE");
    const written = store.write((sql) => sql.run("INSERT INTO jobs VALUES ('x', 'l', 'n', '{}', 0, 0, 0, 0, 0)"));
    await expect(written).rejects.toMatchObject({ code: "backbone.unavailable", retryable: true });
    expect(fault?.message).toContain("locked");
    outsider.exec("ROLLBACK");
    outsider.close();
    store.close();
  });
});

describe("a write", () => {
  const count = (store: ReturnType<typeof openEmbedded>) =>
    numberIn(store.read.first("SELECT count(*) AS n FROM dead_letters") ?? {}, "n");
  const insert =
    "INSERT INTO dead_letters (topic, key, consumers, bytes, reason, at) VALUES ('t', 'k', 'g', 'b', ?, 0)";

  it("is undone as a whole when it throws, and its neighbours in the same transaction are not", async () => {
    const store = openEmbedded({ file: ":memory:" });
    const results = await Promise.allSettled([
      store.write((sql) => sql.run(insert, ["first"])),
      store.write((sql) => {
        sql.run(insert, ["second"]);
        throw new Error("changed its mind");
      }),
      store.write((sql) => sql.run(insert, ["third"])),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(store.read.all("SELECT reason FROM dead_letters ORDER BY position").map((row) => row["reason"])).toEqual([
      "first",
      "third",
    ]);
    store.close();
  });

  it("shares its transaction with those that come at the same time", async () => {
    const store = openEmbedded({ file: file() });
    const counts: number[] = [];
    const write = () =>
      store.write((sql) => {
        sql.run(insert, ["r"]);
        counts.push(count(store));
      });
    await Promise.all([write(), write(), write()]);
    expect(counts).toEqual([1, 2, 3]);
    store.close();
  });

  it.each<[string, unknown]>([
    ["a boolean", true],
    ["nothing", undefined],
    ["an object", { a: 1 }],
    ["a date", new Date(0)],
    ["no number", Number.NaN],
  ])("refuses %s before it reaches native code", async (_, bind) => {
    const store = openEmbedded({ file: ":memory:" });
    await expect(store.write((sql) => sql.run(insert, [bind as string]))).rejects.toThrow("only text");
    expect(count(store)).toBe(0);
    store.close();
  });
});
