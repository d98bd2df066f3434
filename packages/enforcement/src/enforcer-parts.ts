import { randomUUID } from "node:crypto";
import { deriveEventId, deriveLockdownId } from "@sallyport/service-kit";
import type { ConfigOf, enforcerSettings, signingSettings } from "@sallyport/service-kit";
import type { EnforcerDeps } from "./enforcer.ts";
import { createSigner } from "./signer.ts";

/** What an enforcer process needs besides its ports, its cloud and its telemetry: keys, ids, chance and how it works, as configured. */
export const enforcerParts = (
  config: ConfigOf<typeof signingSettings> & ConfigOf<typeof enforcerSettings>,
): Pick<
  EnforcerDeps<unknown, unknown>,
  "signer" | "settings" | "deriveEventId" | "lockdownIdOf" | "newToken" | "chance"
> => ({
  signer: createSigner(config.signingKeys),
  deriveEventId,
  lockdownIdOf: deriveLockdownId,
  newToken: randomUUID,
  chance: Math.random,
  settings: {
    openConcurrency: config.openConcurrency,
    revokeConcurrency: config.revokeConcurrency,
    lockConcurrency: config.lockConcurrency,
    reconcileEveryMs: config.reconcileSeconds * 1000,
    recheckLockdownMs: config.recheckSeconds * 1000,
  },
});
