import type { AzurePrefixes } from "./azure-prefixes.ts";

// What Azure's JIT API answers with (defender-jit.md §1.1, §1.3), as far as it is written here.

export interface AzurePortStatus extends AzurePrefixes {
  readonly number: number;
  /** Seven fractional digits. */
  readonly endTimeUtc: string;
  /** `Initiating` is in Microsoft's example of a 202 and not in its enumeration. */
  readonly status: "Initiating" | "Initiated" | "Revoked";
  readonly statusReason: "UserRequested" | "Expired" | "NewerRequestInitiated";
  /** Where an Azure Firewall maps the port. */
  readonly mappedPort?: number;
}

export interface AzureRequest {
  readonly virtualMachines: readonly { readonly id: string; readonly ports: readonly AzurePortStatus[] }[];
  readonly startTimeUtc: string;
  readonly requestor: string;
  readonly justification?: string;
}

export interface AzurePolicy {
  readonly kind: "Basic";
  readonly properties: {
    readonly virtualMachines: readonly {
      readonly id: string;
      readonly ports: readonly (AzurePrefixes & {
        readonly number: number;
        readonly protocol: "TCP" | "UDP" | "*";
        readonly maxRequestAccessDuration: string;
      })[];
      readonly publicIpAddress?: string;
    }[];
    readonly requests: readonly AzureRequest[];
    readonly provisioningState: "Succeeded";
  };
  readonly id: string;
  readonly name: string;
  readonly type: "Microsoft.Security/locations/jitNetworkAccessPolicies";
  readonly location: string;
}

/** One resource's standing in one recommendation (seed.md E10–E15). */
export interface AzureAssessment {
  readonly type: "Microsoft.Security/assessments";
  readonly id: string;
  readonly name: string;
  readonly properties: {
    readonly resourceDetails: { readonly source: "Azure"; readonly id: string };
    readonly displayName: string;
    readonly status: {
      readonly code: "Healthy" | "Unhealthy" | "NotApplicable";
      readonly cause: string;
      readonly description: string;
    };
    readonly additionalData: Readonly<Record<string, string>>;
    readonly metadata?: object;
  };
}

/** Every error of Azure Resource Manager. */
export interface AzureErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly target?: string;
    readonly details?: readonly { readonly code: string; readonly message: string; readonly target?: string }[];
  };
}
