import type { AzureAssessment } from "@sallyport/contracts";
import type { Connectors } from "@sallyport/domain";
import type { KnownVm } from "../views/vms.ts";
import { azureIdOf } from "./azure-vm-id.ts";
import { recommendationFor } from "./recommendations.ts";

const LONGEST = 2000;

/**
 * A VM's finding as an assessment: code, cause (our stable reason code) and description (the documented sentence). `undefined` for
 * what is not evaluated: then there is none, and it is not Healthy (S30).
 */
export function showAssessment(
  { profile, finding }: KnownVm,
  connectors: Connectors,
  expand: ReadonlySet<string>,
): AzureAssessment | undefined {
  const { status, reasonCode, reason, severity, evidence, warnings } = finding;
  const vmId = azureIdOf(profile, connectors);
  const recommendation = recommendationFor(profile.cloud);
  if (status === "NotEvaluated" || vmId === undefined || recommendation === undefined) return undefined;
  const { key, displayName } = recommendation;
  return {
    type: "Microsoft.Security/assessments",
    id: `${vmId}/providers/Microsoft.Security/assessments/${key}`,
    name: key,
    properties: {
      resourceDetails: { source: "Azure", id: vmId },
      displayName,
      status: { code: status, cause: reasonCode, description: reason },
      additionalData: {
        surveyedAt: profile.surveyedAt,
        ...(severity === undefined ? {} : { severity }),
        ...(evidence.length === 0
          ? {}
          : { evidence: joined(evidence.map(({ kind, object, detail }) => `${kind} ${object}: ${detail}`)) }),
        ...(warnings.length === 0 ? {} : { warnings: joined(warnings) }),
      },
      ...(expand.has("metadata")
        ? { metadata: { displayName, severity: "High", assessmentType: "BuiltIn", description: reason } }
        : {}),
    },
  };
}

const joined = (texts: readonly string[]): string => texts.join("\n").slice(0, LONGEST);
