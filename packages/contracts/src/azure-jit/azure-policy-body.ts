import { z } from "zod";
import { IsoDuration } from "../http/iso-duration.ts";
import { Port } from "../values/port.ts";
import { azurePrefixFields, refuseBothPrefixes } from "./azure-prefixes.ts";

/** A resource group holds at most this many VMs, so a policy does. */
export const MOST_VMS = 800;
const LONGEST_S = 86_400;

/** As HTTP names one: of a VM of any cloud, in any case; what it names is found out later. */
export const AzureVmId = z.string().min(1).max(2048);

const AzureProtocol = z
  .string()
  .max(8)
  .transform((text, context): "tcp" | "udp" | "*" => {
    const known = (["tcp", "udp", "*"] as const).find((one) => one === text.toLowerCase());
    if (known !== undefined) return known;
    context.addIssue({ code: "custom", message: "expected TCP, UDP or *" });
    return z.NEVER;
  });

// A field that nobody knows might be a limit that is misspelt.
const AzurePortRule = z
  .strictObject({
    number: Port,
    protocol: AzureProtocol,
    ...azurePrefixFields,
    maxRequestAccessDuration: IsoDuration.refine((length) => length <= LONGEST_S, "expected P1D at most"),
  })
  .superRefine(refuseBothPrefixes);
export type AzurePortRule = z.infer<typeof AzurePortRule>;

/**
 * The body of CreateOrUpdate (defender-jit.md §1.1). What is read-only there may come along and is not looked at: what GET answers
 * can be PUT.
 */
export const AzurePolicyBody = z.looseObject({
  kind: z
    .string()
    .nullish()
    .refine((kind) => kind == null || kind.toLowerCase() === "basic", "expected Basic"),
  properties: z.looseObject({
    virtualMachines: z
      .array(
        z.looseObject({
          id: AzureVmId,
          ports: z.array(AzurePortRule).min(1).max(32),
        }),
      )
      .min(1)
      .max(MOST_VMS),
  }),
});
export type AzurePolicyBody = z.infer<typeof AzurePolicyBody>;
