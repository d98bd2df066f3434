import { createServer } from "node:net";

import { freePort } from "./free-port.ts";

describe("choosing a free port", () => {
  it("gives ports that can be listened on, each only once", async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, freePort));
    expect(new Set(ports).size).toBe(20);
    for (const port of ports) {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, "127.0.0.1", resolve);
      });
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("stays out of the ranges that outgoing connections take their source ports from", async () => {
    for (let i = 0; i < 20; i += 1) expect(await freePort()).toBeLessThan(32_768);
  });
});
