import { createSlots } from "./slots.ts";

describe("slots", () => {
  it("gives out no more than there are, and the next as soon as one is back", async () => {
    const slots = createSlots(2);
    const [first, second] = [slots.takeFree(), await slots.take()];
    expect(slots.takeFree()).toBeUndefined();
    const third = slots.take();
    first?.free();
    first?.free();
    expect(await third).toBeDefined();
    expect(slots.hasFree()).toBe(false);
    second?.free();
    expect(slots.hasFree()).toBe(true);
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
