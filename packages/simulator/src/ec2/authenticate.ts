import { timingSafeEqual } from "node:crypto";
import type { Identity } from "../world/aws/account.ts";
import type { Estate } from "../world/aws/estate.ts";
import { contextOf } from "../world/aws/iam/request.ts";
import type { WireRequest } from "../wire.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { SKEW_MS, checkSignature, readSignature } from "./sigv4.ts";
import type { Signature } from "./sigv4.ts";
import { isOptIn } from "./opt-in-regions.ts";

/** Who calls, and for which region: both are only in the Authorization header. */
export interface Authenticated {
  readonly identity: Identity;
  readonly region: string;
}

export interface Authenticating {
  readonly estate: Estate;
  /** `false`: every signature is taken, also none; key and region are read where there is a header. */
  readonly auth: boolean;
  /** Epoch milliseconds in the world: by these, sessions end. */
  readonly now: number;
  /** Epoch milliseconds on the clock by which requests are signed. */
  readonly signersNow: number;
}

type Service = "ec2" | "sts";

export function authenticate(
  request: WireRequest,
  service: Service,
  { estate, auth, now, signersNow }: Authenticating,
): Authenticated | Refusal {
  const signature = readSignature(request);
  const holder = signature && estate.identityOf(signature.accessKeyId);
  const known = holder && seenFrom(holder, request);
  if (!auth) {
    const identity = known ?? estate.anyIdentity();
    if (identity === undefined) return wrongCredentials(service);
    return { identity, region: signature?.region ?? estate.regionNames(identity.accountId)[0] ?? "us-east-1" };
  }
  if (signature === undefined)
    return request.headers["authorization"] === undefined && !/[?&]X-Amz-Signature=/.test(request.url)
      ? refuse("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
      : refuse("IncompleteSignature", "The request is not signed by AWS Signature Version 4", 400);
  if (known === undefined) return wrongCredentials(service);
  if (!hasItsToken(signature, known)) return wrongCredentials(service);
  const check = checkSignature(request, signature, known.secretAccessKey, signersNow);
  if (check === "mismatch" || signature.service !== service) return wrongSignature(service);
  if (check !== "ok") return untimely(service, check, signature, signersNow);
  if (known.session !== undefined && known.session.expiresAt <= now)
    return service === "ec2"
      ? refuse("RequestExpired", "Request has expired.")
      : refuse("ExpiredToken", "The security token included in the request is expired", 403);
  if (service === "ec2" && isOptIn(signature.region) && !estate.regionNames(known.accountId).includes(signature.region))
    return wrongCredentials(service);
  return { identity: known, region: signature.region };
}

/** The caller, with what his request says of where he is. */
const seenFrom = (identity: Identity, { from, headers }: WireRequest): Identity => ({
  ...identity,
  context: contextOf({ "aws:SourceIp": from, "aws:UserAgent": headers["user-agent"] }, identity.context),
});

function hasItsToken({ token }: Signature, { session }: Identity): boolean {
  const given = Buffer.from(token);
  const wanted = Buffer.from(session?.sessionToken ?? "");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const wrongCredentials = (service: Service): Refusal =>
  service === "ec2"
    ? refuse("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    : refuse("InvalidClientTokenId", "The security token included in the request is invalid.", 403);

const wrongSignature = (service: Service): Refusal =>
  service === "ec2"
    ? wrongCredentials(service)
    : refuse(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
        403,
      );

/** STS shows both clocks, so that a client can see which of them is wrong; EC2 does not. */
function untimely(
  service: Service,
  check: "expired" | "too-early",
  { stamp, goodForMs }: Signature,
  now: number,
): Refusal {
  if (service === "ec2") return refuse("RequestExpired", "Request has expired.");
  const minutes = (goodForMs ?? SKEW_MS) / 60_000;
  const at = (ms: number) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
  return refuse(
    "SignatureDoesNotMatch",
    check === "expired"
      ? `Signature expired: ${stamp} is now earlier than ${at(now - minutes * 60_000)} (${at(now)} - ${minutes} min.)`
      : `Signature not yet current: ${stamp} is still later than ${at(now + SKEW_MS)} (${at(now)} + ${SKEW_MS / 60_000} min.)`,
    403,
  );
}
