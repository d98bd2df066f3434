import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Where we look. Below the ranges from which Linux (32768 up) and macOS (49152 up) take the source ports of outgoing connections: a
 * port of those ranges can be taken by anybody's client while its server is down between a kill and a restart, even by the client
 * that tries to reach that server (TCP connects to itself when both ends are one port).
 */
const first = 20_000;
const last = 32_000;
const attempts = 200;

const handedOut = new Set<number>();

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });

/** A TCP port of 127.0.0.1 that nobody listens on, and that this process has not been given before. */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(first, last);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port on 127.0.0.1 between ${first} and ${last} after ${attempts} tries.`);
};
