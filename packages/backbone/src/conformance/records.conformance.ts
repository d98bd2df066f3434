import { msBetween, seconds } from "@sallyport/contracts";
import { z } from "zod";
import { defineTable } from "../records.ts";
import type { Records } from "../records.ts";
import { eventually } from "./durable.ts";
import type { Durable } from "./durable.ts";

const Door = z.object({ colour: z.string(), room: z.string().optional(), keep: z.number().optional() });
type Door = z.infer<typeof Door>;

const doors = defineTable<Door>({
  name: "suite.doors",
  schema: Door,
  indexes: { colour: ({ colour }) => colour, room: ({ room }) => room },
  expiresAfter: ({ keep }) => (keep === undefined ? undefined : seconds(keep)),
});
const windows = defineTable<Door>({ ...doors, name: "suite.windows" });

/** All guarantees of the Records port; every adapter passes all of them. */
export function describeRecords(adapter: string, create: () => Promise<Durable<Records>>): void {
  describe(`${adapter} as Records`, () => {
    let durable: Durable<Records>;
    let records: Records;
    beforeEach(async () => {
      durable = await create();
      records = await durable.open();
    });
    afterEach(() => durable.destroy());

    const found = async (index: string, from: string, to: string, limit?: number) =>
      (await records.find(doors, index, from, to, limit)).map(({ id }) => id);

    it("reads its own writes, and counts them", async () => {
      expect(await records.get(doors, "a")).toBeUndefined();
      expect(await records.put(doors, "a", { colour: "red" }, 0)).toBe("done");
      expect(await records.get(doors, "a")).toEqual({ id: "a", value: { colour: "red" }, version: 1 });
      expect(await records.put(doors, "a", { colour: "blue" }, 1)).toBe("done");
      expect(await records.get(doors, "a")).toEqual({ id: "a", value: { colour: "blue" }, version: 2 });
    });

    it("refuses a stale version, and changes nothing", async () => {
      await records.put(doors, "a", { colour: "red" }, 0);
      await records.put(doors, "a", { colour: "blue" }, 1);
      for (const version of [0, 1, 3])
        expect(await records.put(doors, "a", { colour: "green" }, version)).toBe("stale");
      expect(await records.put(doors, "b", { colour: "green" }, 1)).toBe("stale");
      expect(await records.get(doors, "a")).toMatchObject({ value: { colour: "blue" }, version: 2 });
      expect(await records.get(doors, "b")).toBeUndefined();
      expect(await found("colour", "a", "z")).toEqual(["a"]);
    });

    it("lets one of many win who write at once, also from several processes", async () => {
      const other = await durable.open();
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? records : other).put(doors, "a", { colour: `${n}` }, 0)),
      );
      expect(results.filter((result) => result === "done")).toHaveLength(1);
      expect(await other.get(doors, "a")).toMatchObject({
        value: { colour: `${results.indexOf("done")}` },
        version: 1,
      });
    });

    it("removes a row of the expected version only, from its indexes too", async () => {
      await records.put(doors, "a", { colour: "red" }, 0);
      expect(await records.remove(doors, "a", 2)).toBe("stale");
      expect(await records.remove(doors, "a", 1)).toBe("done");
      expect(await records.remove(doors, "a", 1)).toBe("stale");
      expect(await records.get(doors, "a")).toBeUndefined();
      expect(await found("colour", "a", "z")).toEqual([]);
      expect(await records.put(doors, "a", { colour: "blue" }, 0)).toBe("done");
    });

    it("finds by index, in the order of the text and then of the id, both ends included", async () => {
      const colours = { e: "blue", d: "red", c: "black", b: "blue", a: "white" };
      for (const [id, colour] of Object.entries(colours)) await records.put(doors, id, { colour }, 0);
      expect(await found("colour", "black", "red")).toEqual(["c", "b", "e", "d"]);
      expect(await found("colour", "blue", "blue")).toEqual(["b", "e"]);
      expect(await found("colour", "bluf", "re")).toEqual([]);
      expect(await found("colour", "", "~")).toEqual(["c", "b", "e", "d", "a"]);
      expect(await found("colour", "", "~", 2)).toEqual(["c", "b"]);
    });

    it("sorts instants and other text by their characters", async () => {
      const texts = ["2026-01-31T10:00:00.000Z", "2026-01-31T09:59:59.999Z", "Z", "a", "é", "a b", "a:b", "a\tb"];
      for (const [n, colour] of texts.entries()) await records.put(doors, `${n}`, { colour }, 0);
      const sorted = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const rows = await records.find(doors, "colour", "", "\u{10FFFF}");
      expect(rows.map(({ value }) => value.colour)).toEqual(sorted);
      expect(await found("colour", "2026-01-31T09:59:59.999Z", "2026-01-31T09:59:59.999Z")).toEqual(["1"]);
    });

    it("moves a row in its indexes when its value changes, and drops it when it has no text", async () => {
      await records.put(doors, "a", { colour: "red", room: "hall" }, 0);
      await records.put(doors, "a", { colour: "blue", room: "hall" }, 1);
      expect(await found("colour", "red", "red")).toEqual([]);
      expect(await found("colour", "blue", "blue")).toEqual(["a"]);
      await records.put(doors, "a", { colour: "blue" }, 2);
      expect(await found("room", "", "~")).toEqual([]);
      expect(await found("colour", "", "~")).toEqual(["a"]);
    });

    it("answers a find with whole rows, which can be written back", async () => {
      await records.put(doors, "a", { colour: "red" }, 0);
      await records.put(doors, "a", { colour: "red", room: "hall" }, 1);
      const [row] = await records.find(doors, "colour", "red", "red");
      expect(row).toEqual({ id: "a", value: { colour: "red", room: "hall" }, version: 2 });
      expect(await records.put(doors, "a", { colour: "blue" }, row?.version ?? 0)).toBe("done");
    });

    it("keeps tables apart, and refuses an index that was not declared", async () => {
      await records.put(doors, "a", { colour: "red" }, 0);
      expect(await records.get(windows, "a")).toBeUndefined();
      expect(await records.find(windows, "colour", "", "~")).toEqual([]);
      await expect(records.find(doors, "size", "", "~")).rejects.toThrow("size");
    });

    it("keeps any text, ids and values alike", async () => {
      const id = `/subscriptions/x:{y}/"ü'\u{1F6AA}%00`;
      const value = { colour: `\u{1F6AA}\n"'\\${"x".repeat(100_000)}` };
      await records.put(windows, id, value, 0);
      expect(await records.get(windows, id)).toEqual({ id, value, version: 1 });
    });

    it("brings an old row up to date when it is read", async () => {
      await records.put(doors, "a", { colour: "red" }, 0);
      const newer = { ...doors, schema: Door.extend({ handles: z.number().default(1) }), indexes: {} };
      const upToDate = defineTable<Door & { handles: number }>({ ...newer, expiresAfter: () => undefined });
      expect((await records.get(upToDate, "a"))?.value).toEqual({ colour: "red", handles: 1 });
    });

    it("forgets a row when its time is over, and keeps one that says nothing or changed its mind", async () => {
      const began = durable.now();
      await records.put(doors, "long", { colour: "red", keep: 3600 }, 0);
      await records.put(doors, "short", { colour: "red", keep: 1 }, 0);
      await records.put(doors, "kept", { colour: "red" }, 0);
      await records.put(doors, "changed", { colour: "red", keep: 1 }, 0);
      await records.put(doors, "changed", { colour: "red" }, 1);
      await eventually(durable, "it is gone", async () => (await records.get(doors, "short")) === undefined, 5000);
      expect(msBetween(began, durable.now())).toBeGreaterThanOrEqual(1000);
      expect(await found("colour", "red", "red")).toEqual(["changed", "kept", "long"]);
      expect(await records.put(doors, "short", { colour: "blue" }, 0)).toBe("done");
      expect(await found("colour", "", "~")).toEqual(["short", "changed", "kept", "long"]);
    });

    it("has everything after a crash that it acknowledged", async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, n) => records.put(doors, `${n}`, { colour: n % 2 === 0 ? "red" : "blue" }, 0)),
      );
      await records.remove(doors, "1", 1);
      await durable.crash();
      records = await durable.open();
      expect(await found("colour", "red", "red")).toHaveLength(25);
      expect(await found("colour", "blue", "blue")).toHaveLength(24);
      expect(await records.get(doors, "0")).toMatchObject({ version: 1 });
      expect(await records.put(doors, "0", { colour: "red" }, 0)).toBe("stale");
    });
  });
}
