import { aBackbone, createFaults, scriptFaults } from "@sallyport/testkit";
import type { TestBackbone } from "@sallyport/testkit";
import { createLeases } from "./leases.ts";
import type { Clock } from "./clock.ts";
import { through } from "./through.ts";

const processOver = (backbone: TestBackbone, name: string, clock: Clock = backbone.clock) => {
  let tokens = 0;
  return createLeases({ records: backbone.incarnate().ports.records, clock, newToken: () => `${name}${++tokens}` });
};

describe("a lease", () => {
  it("is held by one at a time, until it runs out", async () => {
    const backbone = aBackbone();
    const [a, b] = [processOver(backbone, "a"), processOver(backbone, "b")];
    const first = await a.acquire("nsg-web", 1000);
    expect(first?.isHeld()).toBe(true);
    expect(await b.acquire("nsg-web", 1000)).toBeUndefined();
    expect((await b.acquire("nsg-db", 1000))?.isHeld()).toBe(true);
    await backbone.clock.pass(999);
    expect(await b.acquire("nsg-web", 1000)).toBeUndefined();
    expect(first?.isHeld()).toBe(true);
    await backbone.clock.pass(1);
    expect(first?.isHeld()).toBe(false);
    expect((await b.acquire("nsg-web", 1000))?.isHeld()).toBe(true);
  });

  it("is won by one of many who ask at once", async () => {
    const backbone = aBackbone();
    const won = await Promise.all(
      Array.from({ length: 10 }, (_, n) => processOver(backbone, `p${n}`).acquire("nsg-web", 1000)),
    );
    expect(won.filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  it("lasts as long as it is renewed, and its number stays", async () => {
    const backbone = aBackbone();
    const lease = await processOver(backbone, "a").acquire("nsg-web", 1000);
    const number = lease?.token;
    for (let i = 0; i < 5; i++) {
      await backbone.clock.pass(600);
      expect(await lease?.renew()).toBe(true);
    }
    expect(lease?.token).toBe(number);
    expect(lease?.isHeld()).toBe(true);
  });

  it("is lost, and says so, once somebody else has it; the next holder's number is greater", async () => {
    const backbone = aBackbone();
    const [a, b] = [processOver(backbone, "a"), processOver(backbone, "b")];
    const first = await a.acquire("nsg-web", 1000);
    await backbone.clock.pass(1000);
    const second = await b.acquire("nsg-web", 1000);
    expect(second?.token).toBeGreaterThan(first?.token ?? Infinity);
    expect(await first?.renew()).toBe(false);
    expect(first?.isHeld()).toBe(false);
    await first?.release();
    expect(await b.acquire("nsg-web", 1000)).toBeUndefined();
    expect(second?.isHeld()).toBe(true);
  });

  it("may be given back early", async () => {
    const backbone = aBackbone();
    const [a, b] = [processOver(backbone, "a"), processOver(backbone, "b")];
    const first = await a.acquire("nsg-web", 1000);
    await first?.release();
    expect(first?.isHeld()).toBe(false);
    expect((await b.acquire("nsg-web", 1000))?.token).toBeGreaterThan(first?.token ?? Infinity);
  });

  it("leaves no row behind once nobody has asked for it for a day, and its number grows all the same", async () => {
    const backbone = aBackbone();
    const leases = processOver(backbone, "a");
    const first = await leases.acquire("grant:g1", 1000);
    await first?.release();
    const rows = () => backbone.store.read.all("SELECT id FROM entries WHERE store = 'backbone.leases'").length;
    expect(rows()).toBe(1);
    await backbone.clock.pass(86_400_000);
    await leases.acquire("grant:g2", 1000);
    expect(rows()).toBe(1);
    expect((await leases.acquire("grant:g1", 1000))?.token).toBeGreaterThan(first?.token ?? Infinity);
  });

  it("counts from before the write: a slow store does not make it longer", async () => {
    const backbone = aBackbone();
    const { gate } = createFaults({
      decide: scriptFaults([{ kind: "delay", on: "records.put", nth: 1 }]),
      clock: backbone.clock,
      delayMs: () => 700,
    });
    const records = through("records", backbone.incarnate().ports.records, gate);
    const asked = createLeases({ records, clock: backbone.clock, newToken: () => "a" }).acquire("nsg-web", 1000);
    await backbone.clock.pass(700);
    const lease = await asked;
    expect(lease?.isHeld()).toBe(true);
    await backbone.clock.pass(300);
    expect(lease?.isHeld()).toBe(false);
  });

  it("is not prolonged for its holder when the wall clock is set back", async () => {
    const backbone = aBackbone();
    const lease = await processOver(backbone, "a").acquire("nsg-web", 1000);
    backbone.clock.setWallBy(-60_000);
    await backbone.clock.pass(1000);
    expect(lease?.isHeld()).toBe(false);
  });
});
