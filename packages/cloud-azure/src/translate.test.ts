import { instantOf, isRetryable, SallyportError } from "@sallyport/contracts";
import { faultOfAnswer, faultOfOperation, translate } from "./translate.ts";

const NOW = instantOf(Date.UTC(2026, 0, 31, 10));
const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  body: typeof body === "string" ? body : JSON.stringify(body),
  headers: { get: (name: string) => headers[name] },
});
const fault = (...parts: Parameters<typeof answer>) => faultOfAnswer("putting r on n", answer(...parts), NOW);
const arm = (code: string, message = "", details: readonly object[] = []) => ({ error: { code, message, details } });

describe("an answer of Azure as a fault of ours", () => {
  it.each([
    [404, "<!DOCTYPE html><html>not here</html>", "azure.not-found"],
    [502, "<html>Bad Gateway</html>", "azure.unavailable"],
    [503, "", "azure.unavailable"],
    [400, '{"error":{"code":"Trunc', "azure.refused"],
    [409, "[]", "azure.conflict"],
    [401, "null", "azure.unauthorized"],
  ] as const)("reads a %i whose body is no error of ARM's (P36)", (status, body, code) => {
    expect(fault(status, body).code).toBe(code);
  });

  it.each([
    ["AnotherOperationInProgress", 409, "azure.locked"],
    ["SecurityRuleConflict", 400, "azure.priority-conflict"],
    ["QuotaExceeded", 409, "network.quota"],
    ["InvalidRequestFormat", 400, "azure.refused"],
  ] as const)("takes %s with %i for %s", (code, status, ours) => {
    expect(fault(status, arm(code)).code).toBe(ours);
  });

  it("tells a lock by its details, and hears the wait that is only said in words (P5)", () => {
    const locked = fault(
      429,
      arm("RetryableError", "A retryable error occurred.", [
        {
          code: "RetryableErrorDueToAnotherOperation",
          message:
            "Operation PutSecurityRuleOperation (1) is updating resource n. The call can be retried in 11 seconds.",
        },
      ]),
    );
    expect([locked.code, locked.retryAfterMs]).toEqual(["azure.locked", 11_000]);
    expect(locked.message).toContain("PutSecurityRuleOperation");
  });

  it("hears Retry-After in seconds, in milliseconds and as a date", () => {
    const waits = [
      { "retry-after": "7" },
      { "x-ms-retry-after-ms": "250" },
      { "retry-after": "Sat, 31 Jan 2026 10:00:09 GMT" },
      {},
    ];
    expect(waits.map((headers) => fault(429, "", headers).retryAfterMs)).toEqual([7000, 250, 9000, undefined]);
  });

  it("keeps why an accepted write was cancelled (P4, P27)", () => {
    const superseded = faultOfOperation("putting r on n", {
      status: "Canceled",
      error: {
        code: "Canceled",
        message: "Operation was canceled.",
        details: [
          {
            code: "CanceledAndSupersededDueToAnotherOperation",
            message:
              "Operation PutVirtualNetworkOperation (a) was canceled and superseded by operation PutSubnetOperation (b).",
          },
        ],
      },
    });
    expect([superseded.code, isRetryable(superseded)]).toEqual(["azure.superseded", true]);
    expect(superseded.message).toContain("superseded by operation PutSubnetOperation (b)");
    expect(faultOfOperation("x", { status: "Failed" }).code).toBe("azure.operation-failed");
  });

  it("translates whatever is thrown, and passes on what is ours", () => {
    const ours = new SallyportError({ code: "vm.unknown", detail: "x" });
    expect(translate("x", ours, NOW)).toBe(ours);
    for (const thrown of [undefined, null, "text", new Error("socket hang up"), { statusCode: 500 }])
      expect(translate("x", thrown, NOW).code).toBe("azure.unavailable");
    const signIn = Object.assign(new Error("AADSTS7000215: Invalid client secret"), {
      name: "AuthenticationError",
      statusCode: 401,
    });
    expect(translate("x", signIn, NOW).code).toBe("azure.unauthorized");
    expect(translate("x", { name: signIn.name, message: signIn.message, statusCode: 503 }, NOW).code).toBe(
      "azure.unavailable",
    );
  });
});
