import { connect } from "node:net";
import { Problem } from "@sallyport/contracts";
import express from "express";
import { listen } from "./listen.ts";
import type { Listening } from "./listen.ts";

let server: Listening;
beforeAll(async () => {
  server = await listen(express(), { host: "127.0.0.1", port: 0 });
});
afterAll(() => server.close());

/** Everything that is answered to these bytes, until the connection ends. */
const answerTo = (bytes: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({ port: server.port, host: "127.0.0.1" }, () => void socket.write(bytes));
    const parts: string[] = [];
    socket.setEncoding("utf8").on("data", (part: string) => void parts.push(part));
    socket.on("error", reject).on("close", () => resolve(parts.join("")));
  });

describe("what is no call that could be read", () => {
  it.each([
    ["a method that there is not", "BREW /v1/vms HTTP/1.1\r\nHost: x\r\n\r\n", 400, "request.unreadable"],
    ["the beginning of TLS", "\u0016\u0003\u0001\u0002\r\n\r\n", 400, "request.unreadable"],
    [
      "headers without end",
      `GET /v1/vms HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "request.headers-too-large",
    ],
  ])("is answered like every refusal: %s", async (_, bytes, status, code) => {
    const [head = "", body = ""] = (await answerTo(bytes)).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} [A-Z]`));
    expect(head).toContain("Content-Type: application/problem+json");
    expect(Problem.parse(JSON.parse(body))).toMatchObject({ status, code });
  });
});
