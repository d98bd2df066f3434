// The least that an API over express and zod does with a request: reads it, parses it, answers 202. Says where it listens.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import { z } from "zod";

type Respond = (
  request: { readonly body: unknown },
  response: { readonly status: (code: number) => { readonly json: (body: unknown) => void } },
) => void;
const Express = z.custom<(() => App) & { readonly json: () => unknown }>((value) => typeof value === "function");
type App = RequestListener & {
  readonly use: (part: unknown) => void;
  readonly post: (path: string, respond: Respond) => void;
};

// The very one that the API uses, which is no dependency of the tests.
const express = Express.parse(
  createRequire(new URL("../../services/request-api/package.json", import.meta.url))("express"),
);
const Ask = z.strictObject({
  vm: z.string().min(1),
  ports: z.array(z.int().min(1).max(65_535)).min(1),
  sources: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).min(1),
  justification: z.string().min(1),
  duration: z.iso.duration(),
});
const app = express();
app.use(express.json());
app.post("/v1/access-requests", ({ body }, response) => {
  const { success, data } = Ask.safeParse(body);
  if (success) response.status(202).json({ id: randomUUID(), vm: data.vm, status: "Requested" });
  else response.status(422).json({ title: "invalid" });
});
const server = createServer(app);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
