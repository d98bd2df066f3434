import { createLogger } from "./create-logger.ts";
import type { LoggerOptions } from "./create-logger.ts";

function logging(level: LoggerOptions["level"] = "debug") {
  const lines: string[] = [];
  const log = createLogger({ service: "authz", level, write: (line) => void lines.push(line) });
  return {
    log,
    text: () => lines.join(""),
    lines: () => lines.map((line): Record<string, unknown> => JSON.parse(line)),
  };
}

describe("the log", () => {
  it("is one JSON object a line, with service, level and time", () => {
    const { log, lines } = logging();
    log.info("started", { port: 8080 });
    expect(lines()).toEqual([
      {
        level: "info",
        service: "authz",
        time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        msg: "started",
        port: 8080,
      },
    ]);
  });

  it("leaves out what is less severe than was asked for", () => {
    const { log, lines } = logging("warn");
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(lines().map(({ msg }) => msg)).toEqual(["c", "d"]);
  });

  it.each([
    { authorization: "hunter2" },
    { request: { headers: { Authorization: "Bearer hunter2" } } },
    { a: { b: { c: { d: { "Set-Cookie": "hunter2" } } } } },
    { clients: [{ clientSecret: "hunter2" }] },
    { config: { signingKeys: [{ id: "k1", secret: "hunter2" }], AWS_SECRET_ACCESS_KEY: "hunter2" } },
    { access_token: "hunter2", refreshToken: "hunter2", password: "hunter2" },
    { url: "redis://user:hunter2@cache:6379/0" },
  ])("never shows a secret: %j", (fields) => {
    const { log, text } = logging();
    log.warn("something", fields);
    expect(text()).toContain("[secret]");
    expect(text()).not.toContain("hunter2");
  });

  it("shows an error by its words, code and cause, and nothing that an SDK has hung on it", () => {
    const { log, lines, text } = logging();
    const cause = new Error("socket hang up");
    const error = Object.assign(new TypeError("failed", { cause }), {
      code: "ECONNRESET",
      request: { body: "hunter2" },
    });
    log.error("broken", { error });
    expect(lines()[0]?.["error"]).toMatchObject({
      name: "TypeError",
      message: "failed",
      code: "ECONNRESET",
      stack: expect.stringContaining("create-logger.test") as string,
      cause: { message: "socket hang up" },
    });
    expect(text()).not.toContain("hunter2");
  });

  it("survives what refers to itself", () => {
    const { log, lines } = logging();
    const self: Record<string, unknown> = { n: 1n };
    self["self"] = self;
    log.info("odd", self);
    expect(lines()).toHaveLength(1);
  });
});
