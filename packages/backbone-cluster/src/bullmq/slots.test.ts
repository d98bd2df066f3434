import { createSlots } from "./slots.ts";

describe("slots", () => {
  it("gives out no more than there are, and the next as soon as one is back", async () => {
    const slots = createSlots(2);
    const [first, second] = [slots.takeFree(), await slots.take()];
    expect(slots.takeFree()).toBeUndefined();
    const third = slots.take();
    first?.free();
    first?.free();
    const next = await third;
    expect(slots.hasFree()).toBe(false);
    next?.free();
    expect(slots.hasFree()).toBe(true);
    second?.free();
    expect([slots.takeFree(), slots.takeFree(), slots.takeFree()].filter((one) => one !== undefined)).toHaveLength(2);
  });

  it("closes by refusing who waits, and waits for who has one", async () => {
    const slots = createSlots(1);
    const held = slots.takeFree();
    const waiting = slots.take();
    let closed = false;
    const closing = slots.close().then(() => {
      closed = true;
    });
    expect(await waiting).toBeUndefined();
    expect(await slots.take()).toBeUndefined();
    expect(closed).toBe(false);
    held?.free();
    await closing;
  });
});
