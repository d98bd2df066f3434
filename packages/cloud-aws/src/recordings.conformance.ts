import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** One answer that real EC2 gave, as boto3 parsed it (test/data/aws-README.md). */
export interface Recorded {
  readonly test: string;
  readonly operation: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const isDate = (value: object): value is Record<"year" | "month" | "day" | "hour" | "minute" | "second", number> =>
  "__class__" in value && value.__class__ === "datetime";

/** Times as `aws ec2 describe-*` prints them. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (isDate(value))
    return new Date(
      Date.UTC(value.year, value.month - 1, value.day, value.hour, value.minute, value.second),
    ).toISOString();
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

const text = gunzipSync(readFileSync(join(process.cwd(), "test/data/aws-ec2-recordings.jsonl.gz"))).toString("utf8");

/** The successful answers. */
export const recordings: readonly Recorded[] = text
  .split("\n")
  .filter((line) => line !== "")
  .flatMap((line) => {
    const { test, operation, recording }: Line = JSON.parse(line);
    if (recording.status_code !== 200) return [];
    const { ResponseMetadata: _, ...data } = recording.data;
    return [{ test, operation: operation.replace(/^.*ec2\./, ""), data: plain(data) as Recorded["data"] }];
  });

interface Line {
  readonly test: string;
  readonly operation: string;
  readonly recording: { readonly status_code: number; readonly data: Readonly<Record<string, unknown>> };
}

export const listOf = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? (value as readonly Readonly<Record<string, unknown>>[]) : [];
