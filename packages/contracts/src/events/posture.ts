import { z } from "zod";
import { exampleVm } from "../values/examples.ts";
import { Finding, VmProfile } from "../values/finding.ts";
import { Instant } from "../values/instant.ts";
import { VmRef } from "../values/vm-ref.ts";
import { defineEvent } from "./define-event.ts";

export const VmClassified = defineEvent({
  name: "VmClassified",
  type: "sallyport.posture.classified.v1",
  topic: "sallyport.posture",
  summary: "The finding of a VM, or what others need to know of it, is new or changed.",
  data: z.object({ vm: VmRef, profile: VmProfile, finding: Finding }),
  example: {
    vm: exampleVm,
    profile: {
      vm: exampleVm,
      cloud: "azure",
      scope: "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001",
      name: "vm-web-01",
      location: "westeurope",
      osType: "linux",
      power: "running",
      interfaces: [
        "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg-shop/providers/microsoft.network/networkinterfaces/nic-web-01",
      ],
      publicAddresses: [
        {
          id: "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg-shop/providers/microsoft.network/publicipaddresses/pip-web-01",
          address: "198.51.100.10",
        },
      ],
      openingTime: 15,
      closing: { sessions: "kept", because: "NSGs keep flow state" },
      surveyedAt: "2026-01-30T11:59:00.000Z",
    },
    finding: {
      status: "Unhealthy",
      severity: "High",
      reasonCode: "NSG_ALLOWS",
      reason: "This VM is protected by an NSG that allows access to management ports.",
      evidence: [{ kind: "rule", object: "nsg-web/allow-ssh", detail: "allows 22 from any source" }],
      warnings: [],
    },
  },
});

export const VmGone = defineEvent({
  name: "VmGone",
  type: "sallyport.posture.gone.v1",
  topic: "sallyport.posture",
  summary: "The VM was there at the last survey and is not any more.",
  data: z.object({ vm: VmRef, at: Instant }),
  example: { vm: exampleVm, at: "2026-02-02T00:00:00.000Z" },
});
