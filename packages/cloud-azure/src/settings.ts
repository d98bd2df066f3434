import { ClientSecretCredential, DefaultAzureCredential } from "@azure/identity";
import type { TokenCredential } from "@azure/identity";
import type { HttpClient } from "@azure/core-rest-pipeline";

/** How to reach Azure Resource Manager. With none of it: the public cloud, as whoever `DefaultAzureCredential` finds. */
export interface AzureSettings {
  /** Resource Manager, when it is not the public cloud's. */
  readonly endpoint?: string | undefined;
  /** The token authority, when it is not Entra's public one. */
  readonly authorityHost?: string | undefined;
  /** A service principal: all three, or none. */
  readonly tenantId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** A private CA that signed the endpoints' certificates. */
  readonly caPem?: string | undefined;
  /** Do not ask Microsoft about the authority; for private ones (settled.md §7). */
  readonly disableInstanceDiscovery?: boolean;
}

/** Retrying, with Retry-After, is ours, through the Clock. */
export const NO_RETRIES = { maxRetries: 0 } as const;

export function credentialOf(settings: AzureSettings, httpClient: HttpClient | undefined): TokenCredential {
  const { authorityHost, tenantId, clientId, clientSecret, caPem, disableInstanceDiscovery } = settings;
  const options = {
    retryOptions: NO_RETRIES,
    ...(authorityHost !== undefined && { authorityHost }),
    ...(caPem !== undefined && { tlsOptions: { ca: caPem } }),
    ...(disableInstanceDiscovery !== undefined && { disableInstanceDiscovery }),
    ...(httpClient !== undefined && { httpClient }),
  };
  if (tenantId !== undefined && clientId !== undefined && clientSecret !== undefined)
    return new ClientSecretCredential(tenantId, clientId, clientSecret, options);
  return new DefaultAzureCredential({ ...options, ...(tenantId !== undefined && { tenantId }) });
}
