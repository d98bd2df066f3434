import { SallyportError } from "@sallyport/contracts";
import { createHolds } from "./holds.ts";

describe("holding a partition", () => {
  const away = (retryAfterMs?: number) =>
    new SallyportError({
      code: "backbone.unavailable",
      detail: "away",
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });

  it("lasts as long as the fault is retryable, with longer and longer waits", () => {
    const holds = createHolds(() => 1);
    const waits = Array.from({ length: 50 }, () => holds.failed("t 0", "7", away()));
    expect(waits.every(({ kind }) => kind === "hold")).toBe(true);
    expect(waits.slice(0, 3)).toEqual([100, 200, 400].map((waitMs, i) => ({ kind: "hold", tries: i + 1, waitMs })));
    expect(waits.at(-1)).toEqual({ kind: "hold", tries: 50, waitMs: 5000 });
  });

  it("ends after five tries of a bug, however many retryable faults come between", () => {
    const holds = createHolds(() => 1);
    const kinds = [0, 1, 2, 3].flatMap(() => [
      holds.failed("t 0", "7", new Error("bug")).kind,
      holds.failed("t 0", "7", away()).kind,
    ]);
    expect(kinds).not.toContain("dead");
    expect(holds.failed("t 0", "7", new Error("bug"))).toEqual({ kind: "dead" });
  });

  it("counts each message by itself", () => {
    const holds = createHolds(() => 1);
    for (let i = 0; i < 4; i++) holds.failed("t 0", "7", new Error("bug"));
    expect(holds.failed("t 1", "7", new Error("bug"))).toMatchObject({ tries: 1 });
    expect(holds.failed("t 0", "8", new Error("bug"))).toMatchObject({ tries: 1 });
    holds.passed("t 1");
    expect(holds.failed("t 1", "7", new Error("bug"))).toMatchObject({ tries: 1 });
  });

  it("waits at least as long as the other side asks", () => {
    expect(createHolds(() => 0).failed("t 0", "7", away(30_000))).toMatchObject({ waitMs: 30_000 });
  });
});
