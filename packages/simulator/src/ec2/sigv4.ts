import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { WireRequest } from "../wire.ts";

/** What the Authorization header says: the only carrier of region and key (wire-clients.md §10). */
export interface Signature {
  readonly accessKeyId: string;
  /** `YYYYMMDD` */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const HEADER =
  /^AWS4-HMAC-SHA256\s+Credential=(?<key>[^/\s,]+)\/(?<day>\d{8})\/(?<region>[a-z0-9-]+)\/(?<service>[a-z0-9-]+)\/aws4_request\s*,\s*SignedHeaders=(?<headers>[a-z0-9;_-]+)\s*,\s*Signature=(?<signature>[0-9a-f]{64})\s*$/;

/** `undefined` when there is no header of this form. */
export function readSignature(request: WireRequest): Signature | undefined {
  const found = HEADER.exec(request.headers["authorization"] ?? "")?.groups;
  if (found === undefined) return undefined;
  const { key = "", day = "", region = "", service = "", headers = "", signature = "" } = found;
  return { accessKeyId: key, day, region, service, signedHeaders: headers.split(";"), signature };
}

export type SignatureCheck = "ok" | "mismatch" | "expired";

/** Seconds between the signer's clock and ours that are let pass. */
const SKEW_MS = 300_000;

/**
 * Verifies AWS Signature Version 4 over the whole request. `now` is epoch milliseconds on the clock that signers use. Constant in time
 * for every wrong signature.
 */
export function checkSignature(
  request: WireRequest,
  signature: Signature,
  secret: string,
  now: number,
): SignatureCheck {
  const stamp = request.headers["x-amz-date"] ?? "";
  const signedAt = epochOf(stamp);
  const covers = (name: string) => signature.signedHeaders.includes(name);
  if (signedAt === undefined || !stamp.startsWith(signature.day) || !covers("host") || !covers("x-amz-date"))
    return "mismatch";
  const { day, region, service } = signature;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonicalRequest(request, signature))].join("\n");
  const signingKey = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (key, part) => hmac(key, part),
    `AWS4${secret}`,
  );
  const expected = hmac(signingKey, toSign);
  if (!timingSafeEqual(expected, Buffer.from(signature.signature, "hex"))) return "mismatch";
  return Math.abs(now - signedAt) > SKEW_MS ? "expired" : "ok";
}

function epochOf(stamp: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp);
  if (parts === null) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function canonicalRequest(request: WireRequest, { signedHeaders }: Signature): string {
  const [path = "/", search = ""] = request.url.split("?");
  const headers = signedHeaders.map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/\s+/g, " ")}\n`);
  return [
    request.method.toUpperCase(),
    path.split("/").map(encode).join("/"),
    canonicalSearch(search),
    headers.join(""),
    signedHeaders.join(";"),
    sha256(request.body),
  ].join("\n");
}

function canonicalSearch(search: string): string {
  const pairs = [...new URLSearchParams(search)].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.sort().join("&");
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text, "utf8").digest();
