// The X.509 library's dependency injection reads this; it must come first.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  cryptoProvider,
} from "@peculiar/x509";
import type { Keep } from "../world/keep.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** Fixed, so that a virtual clock and the machine's agree that they are valid. */
const VALID = { notBefore: new Date("2020-01-01T00:00:00Z"), notAfter: new Date("2049-12-31T00:00:00Z") };
export const CA_FILE = "simulator-ca.pem";
const CA_KEY_FILE = "simulator-ca-key.pem";

export interface TlsMaterial {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

/**
 * A certificate for 127.0.0.1, localhost and `name`, under a CA that is made once and kept, so that clients that trust it need not be told
 * again after a restart (wire-clients.md §2).
 */
export async function tlsMaterial(keep: Keep, name = "localhost"): Promise<TlsMaterial> {
  cryptoProvider.set(webcrypto);
  const ca = (await storedCa(keep)) ?? (await newCa(keep));
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    ...VALID,
    serialNumber: serial(),
    subject: "CN=127.0.0.1, O=Simulated clouds",
    issuer: ca.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: ca.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        { type: "dns", value: "localhost" },
        ...(isIP(name) === 0 && name !== "localhost" ? [{ type: "dns" as const, value: name }] : []),
      ]),
    ],
  });
  return {
    caPem: ca.certificate.toString("pem"),
    certificatePem: certificate.toString("pem"),
    keyPem: await keyPem(keys.privateKey),
  };
}

interface Ca {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

async function storedCa(keep: Keep): Promise<Ca | undefined> {
  const [certificate, key] = [await keep.read(CA_FILE), await keep.read(CA_KEY_FILE)];
  const der = key === undefined ? undefined : PemConverter.decode(key)[0];
  if (certificate === undefined || der === undefined) return undefined;
  return {
    certificate: new X509Certificate(certificate),
    key: await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]),
  };
}

async function newCa(keep: Keep): Promise<Ca> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...VALID,
    serialNumber: serial(),
    name: "CN=Simulated clouds CA, O=Simulated clouds",
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  // The key first: a certificate without its key would be trusted and useless.
  await keep.write(CA_KEY_FILE, await keyPem(keys.privateKey));
  await keep.write(CA_FILE, certificate.toString("pem"));
  return { certificate, key: keys.privateKey };
}

const keyPem = async (key: webcrypto.CryptoKey): Promise<string> =>
  PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");

/** Positive, as X.509 wants it. */
function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return Buffer.from(bytes).toString("hex");
}
