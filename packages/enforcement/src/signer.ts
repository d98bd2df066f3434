import { createHmac, timingSafeEqual } from "node:crypto";
import type { Receipt } from "@sallyport/contracts";
import { signedText } from "@sallyport/domain";
import type { Claim, Mark, Place, Seal } from "@sallyport/domain";

/** A key that signs marks and receipts. The first of the list signs; all of them verify, so that keys can be rotated. */
export interface SigningKey {
  readonly id: string;
  readonly secret: string;
}

export interface Signer {
  readonly seal: Seal;
  readonly signReceipt: (statement: Omit<Receipt, "keyId" | "signature">) => Receipt;
  readonly verifiesReceipt: (receipt: Receipt) => boolean;
}

/** The first 16 bytes of the HMAC-SHA256, base64url: what fits on a rule (settled.md §4). */
function shortHmac(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest().subarray(0, 16).toString("base64url");
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** JSON with sorted keys and without what is absent, so that the same statement always has the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Signs and checks what stands on rules and receipts. */
export function createSigner(keys: readonly [SigningKey, ...SigningKey[]]): Signer {
  const [active] = keys;
  const secretOf = (keyId: string) => keys.find((key) => key.id === keyId)?.secret;
  const signMark = (claim: Claim, place: Place): Mark => ({
    claim,
    keyId: active.id,
    signature: shortHmac(active.secret, signedText(claim, place)),
  });
  const verifies = (mark: Mark, place: Place): boolean => {
    const secret = secretOf(mark.keyId);
    return secret !== undefined && equal(mark.signature, shortHmac(secret, signedText(mark.claim, place)));
  };
  return {
    seal: { sign: signMark, verifies },
    signReceipt: (statement) => ({
      ...statement,
      keyId: active.id,
      signature: shortHmac(active.secret, `receipt ${canonical(statement)}`),
    }),
    verifiesReceipt: ({ keyId, signature, ...statement }) => {
      const secret = secretOf(keyId);
      return secret !== undefined && equal(signature, shortHmac(secret, `receipt ${canonical(statement)}`));
    },
  };
}
