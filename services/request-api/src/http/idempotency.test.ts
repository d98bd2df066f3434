import { isBefore, msBetween } from "@sallyport/contracts";
import { newUuidV7 } from "@sallyport/service-kit";
import { aBackbone, aPrincipal } from "@sallyport/testkit";
import { takeTurn } from "./idempotency.ts";

const asked = {
  principal: aPrincipal(),
  route: "post /v1/things",
  key: "k1",
  payload: ["/v1/things", { a: 1 }],
  waitMs: 60_000,
};

const aDesk = () => {
  const { clock, incarnate } = aBackbone();
  const { records } = incarnate().ports;
  return {
    clock,
    take: (change: object = {}) => takeTurn({ records, clock, newId: () => newUuidV7() }, { ...asked, ...change }),
  };
};

describe("a call whose process died before it could answer", () => {
  it("is taken over under the ids and the time of the first, once it must be dead", async () => {
    const { clock, take } = aDesk();
    const first = await take();
    if (first.kind !== "run") throw new Error(first.kind);
    await clock.pass(74_000);
    expect((await take()).kind).toBe("refused");
    await clock.pass(2000);
    const second = await take();
    expect(second).toMatchObject({ kind: "run", callId: first.callId, at: first.at });
    expect(msBetween(first.at, clock.now())).toBe(76_000);
    expect((await take()).kind).toBe("refused");
  });

  it("and comes back to life does not overwrite the answer of who took over", async () => {
    const { clock, take } = aDesk();
    const first = await take();
    await clock.pass(76_000);
    const second = await take();
    if (first.kind !== "run" || second.kind !== "run") throw new Error("two turns");
    await second.done({ kind: "answer", status: 202, body: "second" });
    await first.done({ kind: "answer", status: 202, body: "first" });
    expect(await take()).toEqual({
      kind: "replay",
      answer: { kind: "answer", status: 202, headers: {}, body: "second" },
    });
  });
});

describe("a call that failed half-way", () => {
  it("is taken over at once, under the same ids, so that what it did is found", async () => {
    const { clock, take } = aDesk();
    const first = await take();
    if (first.kind !== "run") throw new Error(first.kind);
    await first.failed();
    expect(await take()).toMatchObject({ kind: "run", callId: first.callId });
    expect(isBefore(clock.now(), first.at)).toBe(false);
  });

  it("is still the same call: another body is refused", async () => {
    const { take } = aDesk();
    const first = await take();
    if (first.kind === "run") await first.failed();
    expect(await take({ payload: ["/v1/things", { a: 2 }] })).toMatchObject({
      refusal: { code: "request.idempotency-key-reused" },
    });
  });
});

describe("an answer", () => {
  it("is kept for a day; after that, the same key is a new call", async () => {
    const { clock, take } = aDesk();
    const first = await take();
    if (first.kind !== "run") throw new Error(first.kind);
    await first.done({ kind: "answer", status: 202 });
    await clock.pass(86_399_000);
    expect((await take()).kind).toBe("replay");
    await clock.pass(2000);
    const later = await take();
    expect(later.kind).toBe("run");
    expect(later).not.toMatchObject({ callId: first.callId });
  });
});
