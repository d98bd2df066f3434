import { billed, createTally, currentBill, noteCall } from "./call-bill.ts";

const later = () => new Promise((resolve) => setImmediate(resolve));

describe("the bill of cloud calls", () => {
  it("goes to whom the calls are made for, also when they are made at the same time and later", async () => {
    const [ada, bob] = [createTally(), createTally()];
    const work = async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        noteCall("read");
        await later();
      }
      noteCall("write");
    };
    await Promise.all([billed(ada.bill, () => work(3)), billed(bob.bill, () => work(2)), work(1)]);
    expect([ada.calls(), bob.calls()]).toEqual([
      { reads: 3, writes: 1, polls: 0 },
      { reads: 2, writes: 1, polls: 0 },
    ]);
  });

  it("is shared in parts that add up to what was called", async () => {
    const tallies = [createTally(), createTally(), createTally()];
    const payers = tallies.map(({ bill }) => billed(bill, currentBill));
    await billed(
      (kind, share) => payers.forEach((pay) => pay(kind, share / payers.length)),
      async () => {
        for (let n = 0; n < 6; n += 1) noteCall("read");
        await later();
        noteCall("poll");
      },
    );
    for (const { calls } of tallies) expect(calls()).toEqual({ reads: 2, writes: 0, polls: 0.33 });
  });
});
