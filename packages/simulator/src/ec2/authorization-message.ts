import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Identity } from "../world/aws/account.ts";
import type { Access } from "../world/aws/iam/request.ts";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const keyFrom = (secret: string): Buffer => createHmac("sha256", secret).update("authorization message").digest();

/** What `DecodeAuthorizationMessage` shows of a refusal. */
export const failureOf = (
  { arn, userId }: Pick<Identity, "arn" | "userId">,
  { action, resource, context }: Access,
  isExplicit: boolean,
): object => ({
  allowed: false,
  explicitDeny: isExplicit,
  matchedStatements: { items: [] },
  failures: { items: [] },
  context: {
    principal: { id: userId, arn },
    action,
    resource,
    conditions: {
      items: [...context].map(([key, values]) => ({ key, values: { items: values.map((value) => ({ value })) } })),
    },
  },
});

/** Sealed with a secret of the account: the same refusal gives the same text, and whoever lacks the secret reads nothing in it. */
export function encodeMessage(secret: string, failure: object): string {
  const key = keyFrom(secret);
  const text = deflateRawSync(JSON.stringify(failure));
  const nonce = createHmac("sha256", key).update(text).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** The JSON of the refusal; `undefined` for what was never encoded with this secret, or was changed since. */
export function decodeMessage(secret: string, encoded: string): string | undefined {
  const bytes = Buffer.from(encoded, "base64url");
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const [nonce, tag] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)];
  const decipher = createDecipheriv(CIPHER, keyFrom(secret), nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(tag);
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return inflateRawSync(text).toString("utf8");
  } catch {
    return undefined;
  }
}
