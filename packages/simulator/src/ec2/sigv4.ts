import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { WireRequest } from "../wire.ts";

/** What a request says of its signature: the only carrier of region and key (wire-clients.md §10). */
export interface Signature {
  readonly accessKeyId: string;
  /** `YYYYMMDD` */
  readonly day: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly stamp: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly token: string;
  /** A presigned URL is good for as many seconds as it says, and not before its time. */
  readonly goodForMs?: number;
}

const HEADER =
  /^AWS4-HMAC-SHA256\s+Credential=(?<scope>[^\s,]+)\s*,\s*SignedHeaders=(?<headers>[a-z0-9;_-]+)\s*,\s*Signature=(?<signature>[0-9a-f]{64})\s*$/;
const SCOPE = /^(?<key>[^/\s,]+)\/(?<day>\d{8})\/(?<region>[a-z0-9-]+)\/(?<service>[a-z0-9-]+)\/aws4_request$/;

/** Of the Authorization header, or of a presigned URL; `undefined` when there is neither in this form. */
export function readSignature(request: WireRequest): Signature | undefined {
  const header = request.headers["authorization"];
  return header === undefined ? presigned(request) : inHeader(request, header);
}

function inHeader({ headers }: WireRequest, header: string): Signature | undefined {
  const { scope = "", headers: signed = "", signature = "" } = HEADER.exec(header)?.groups ?? {};
  return withScope(scope, {
    stamp: headers["x-amz-date"] ?? "",
    signedHeaders: signed.split(";"),
    signature,
    token: headers["x-amz-security-token"] ?? "",
  });
}

const LONGEST_SECONDS = 604_800;

function presigned({ url }: WireRequest): Signature | undefined {
  const query = new URLSearchParams(url.split("?")[1]);
  const text = (name: string) => query.get(`X-Amz-${name}`) ?? "";
  const seconds = Number(query.get("X-Amz-Expires") ?? Number.NaN);
  const signature = text("Signature");
  if (text("Algorithm") !== "AWS4-HMAC-SHA256" || !/^[0-9a-f]{64}$/.test(signature)) return undefined;
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST_SECONDS) return undefined;
  return withScope(text("Credential"), {
    stamp: text("Date"),
    signedHeaders: text("SignedHeaders").split(";"),
    signature,
    token: text("Security-Token"),
    goodForMs: seconds * 1000,
  });
}

function withScope(
  scope: string,
  rest: Omit<Signature, "accessKeyId" | "day" | "region" | "service">,
): Signature | undefined {
  const found = SCOPE.exec(scope)?.groups;
  if (found === undefined) return undefined;
  const { key = "", day = "", region = "", service = "" } = found;
  return { accessKeyId: key, day, region, service, ...rest };
}

export type SignatureCheck = "ok" | "mismatch" | "expired" | "too-early";

/** Milliseconds between the signer's clock and ours that are let pass. */
export const SKEW_MS = 300_000;

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
  const { stamp, day, region, service, goodForMs = SKEW_MS } = signature;
  const signedAt = epochOf(stamp);
  const covers = (name: string) => signature.signedHeaders.includes(name);
  const coversDate = signature.goodForMs !== undefined || covers("x-amz-date");
  if (signedAt === undefined || !stamp.startsWith(day) || !covers("host") || !coversDate) return "mismatch";
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonicalRequest(request, signature))].join("\n");
  const signingKey = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (key, part) => hmac(key, part),
    `AWS4${secret}`,
  );
  const expected = hmac(signingKey, toSign);
  if (!timingSafeEqual(expected, Buffer.from(signature.signature, "hex"))) return "mismatch";
  if (signedAt - now > SKEW_MS) return "too-early";
  return now - signedAt > goodForMs ? "expired" : "ok";
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
  // A presigned URL cannot cover its own signature.
  const covered = [...new URLSearchParams(search)].filter(([name]) => name !== "X-Amz-Signature");
  const pairs = covered.map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.sort().join("&");
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text, "utf8").digest();
