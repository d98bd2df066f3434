import { z } from "zod";
import { EndTime } from "../http/end-time.ts";
import { IsoDuration } from "../http/iso-duration.ts";
import { Port } from "../values/port.ts";
import { AzureVmId, MOST_VMS } from "./azure-policy-body.ts";
import { azurePrefixFields, refuseBothPrefixes } from "./azure-prefixes.ts";

/** The service's own words, seen in azure-rest-api-specs#43491. */
export const ONE_END = "Only one of fields 'EndTimeUtc' and 'Duration' can be set.";

const AzurePortAsked = z
  .strictObject({
    number: Port,
    endTimeUtc: EndTime.nullish(),
    duration: IsoDuration.nullish(),
    ...azurePrefixFields,
  })
  .superRefine((asked, context) => {
    refuseBothPrefixes(asked, context);
    if ((asked.endTimeUtc == null) === (asked.duration == null)) context.addIssue({ code: "custom", message: ONE_END });
  });

/** The body of Initiate (defender-jit.md §1.2): each port with its own sources and its own end. */
export const AzureInitiateBody = z.looseObject({
  virtualMachines: z
    .array(z.looseObject({ id: AzureVmId, ports: z.array(AzurePortAsked).min(1).max(32) }))
    .min(1)
    .max(MOST_VMS),
  justification: z.string().max(1000).nullish(),
});
export type AzureInitiateBody = z.infer<typeof AzureInitiateBody>;
