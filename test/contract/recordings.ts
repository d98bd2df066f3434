import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";

/** One request to real Azure and its answer (data/README.md). */
export const Exchange = z.object({
  file: z.string(),
  i: z.number(),
  method: z.string(),
  /** Path and query. */
  url: z.string(),
  requestBody: z.unknown(),
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
});
export type Exchange = z.infer<typeof Exchange>;

/** The recordings, each a sequence of requests in the order in which they were sent, by name. */
export function readRecordings(): ReadonlyMap<string, readonly Exchange[]> {
  const text = gunzipSync(readFileSync(join(__dirname, "../data/azure-arm-recordings.jsonl.gz"))).toString("utf8");
  const recordings = new Map<string, Exchange[]>();
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const exchange = Exchange.parse(JSON.parse(line));
    const known = recordings.get(exchange.file);
    if (known === undefined) recordings.set(exchange.file, [exchange]);
    else known.push(exchange);
  }
  return recordings;
}
