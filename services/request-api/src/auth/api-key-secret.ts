import { createHash, timingSafeEqual } from "node:crypto";
import { ApiKeyId } from "@sallyport/contracts";

/** What API keys begin with, so that people and secret scanners know one when they see it. */
export const API_KEY_PREFIX = "spk_";
const FORM = /^spk_([0-9a-f]{32})_([0-9a-f]{64})([0-9a-f]{8})$/;

/** `spk_<id>_<256 random bits><checksum>`: what a machine sends. */
export const writeApiKey = (id: ApiKeyId, random: Uint8Array): string => {
  const body = `${API_KEY_PREFIX}${id}_${Buffer.from(random).toString("hex")}`;
  return `${body}${checksumOf(body)}`;
};

/** The id that a key claims to have; `undefined` when the text was mistyped or cut, which takes no look at any record to tell. */
export function readApiKeyId(text: string): ApiKeyId | undefined {
  const [, id, , checksum] = FORM.exec(text) ?? [];
  return checksum === undefined || checksumOf(text.slice(0, -checksum.length)) !== checksum
    ? undefined
    : ApiKeyId.safeParse(id).data;
}

/** What is kept of a key. Its randomness cannot be guessed, so one round of SHA-256 is enough (http-and-cli.md §3.1). */
export const hashOfApiKey = (text: string): string => createHash("sha256").update(text).digest("hex");

/** In the same time wherever the difference is. */
export const isApiKeyOf = (hash: string, text: string): boolean =>
  timingSafeEqual(Buffer.from(hash, "hex"), Buffer.from(hashOfApiKey(text), "hex"));

/** Against mistakes of copying, not against anybody. */
const checksumOf = (body: string): string => createHash("sha256").update(body).digest("hex").slice(0, 8);
