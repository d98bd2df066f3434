import { SallyportError, errorKinds, isRetryable } from "./errors.ts";
import type { ErrorCode } from "./errors.ts";
import { Refusal, refusal } from "./values/refusal.ts";

const codes = Object.keys(errorKinds) as ErrorCode[];

describe("the table of errors", () => {
  it.each(codes)("has for %s an HTTP error status and a whole sentence", (code) => {
    const { status, title } = errorKinds[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).toMatch(/^[A-Z].*\.$/);
  });

  it.each(codes)("names %s as room.what-happened", (code) => {
    expect(code).toMatch(/^[a-z]+\.[a-z]+(-[a-z]+)*$/);
  });

  it.each(codes)("lets a refusal carry %s", (code) => {
    expect(Refusal.parse(refusal(code, "because"))).toEqual({ code, detail: "because" });
  });

  it("answers with one text for what is not there and what may not be seen", () => {
    expect(errorKinds["vm.unknown"]).toEqual(errorKinds["request.not-found"]);
  });
});

describe("a fault", () => {
  it("is retryable as the table says, unless the place that made it knows better", () => {
    const of = (more: object) => new SallyportError({ code: "azure.throttled", detail: "slow down", ...more });
    expect(isRetryable(of({}))).toBe(true);
    expect(isRetryable(of({ retryable: false }))).toBe(false);
    expect(isRetryable(new Error("a bug"))).toBe(false);
  });

  it("keeps its cause and the other side's word on when to try again", () => {
    const cause = new Error("429");
    const fault = new SallyportError({ code: "azure.throttled", detail: "slow down", retryAfterMs: 3000, cause });
    expect(fault).toMatchObject({ code: "azure.throttled", message: "slow down", retryAfterMs: 3000, cause });
  });
});
