import { z } from "zod";
import { PublicIp, Vm, kindOf } from "../world/azure/resources.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import type { Refusal } from "./answer.ts";
import { complete } from "./complete.ts";
import { draftNic } from "./draft-nic.ts";
import { draftNsg } from "./draft-nsg.ts";
import { badBody, frameOf, refusedLocation, refusedReference } from "./draft.ts";
import type { DraftContext } from "./draft.ts";
import { draftVnet } from "./draft-vnet.ts";
import { refusedName } from "./security-rule.ts";

/** What a PUT would put there, whole; or why it is refused. */
export function draftResource(context: DraftContext): AzureResource | Refusal {
  const refused = refusedName(context.name) ?? refusedLocation(context);
  if (refused !== undefined) return refused;
  switch (kindOf(context.type)) {
    case "nsg":
      return draftNsg(context);
    case "nic":
      return draftNic(context);
    case "vnet":
      return draftVnet(context);
    case "publicIp":
      return draftPublicIp(context);
    case "vm":
      return draftVm(context);
    case "other": {
      const properties = { ...context.body.properties };
      return complete({ kind: "other", doc: { ...frameOf(context), properties } }, context.newId);
    }
  }
}

function draftPublicIp(context: DraftContext): AzureResource | Refusal {
  const before = context.previous?.kind === "publicIp" ? context.previous.doc.properties : undefined;
  const sku = context.body["sku"] ?? context.previous?.doc["sku"] ?? { name: "Standard", tier: "Regional" };
  const doc = PublicIp.safeParse({
    ...frameOf(context),
    sku,
    properties: {
      publicIPAddressVersion: "IPv4",
      publicIPAllocationMethod: "Static",
      idleTimeoutInMinutes: 4,
      ipTags: [],
      ipAddress: before?.ipAddress ?? freshPublicAddress(context),
      ...context.body.properties,
      ...(before?.["resourceGuid"] !== undefined && { resourceGuid: before["resourceGuid"] }),
    },
  });
  return doc.success ? complete({ kind: "publicIp", doc: doc.data }, context.newId) : badBody(doc.error);
}

/** From 198.18.0.0/15, which is set aside for tests (RFC 2544), the first that nobody holds. */
function freshPublicAddress({ estate }: DraftContext): string {
  const held = new Set(
    [...estate.entries()].map(([, { shown }]) => (shown?.kind === "publicIp" ? shown.doc.properties.ipAddress : "")),
  );
  for (let n = 1; ; n += 1) {
    const address = `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
    if (!held.has(address)) return address;
  }
}

const VmBody = z.looseObject({
  networkProfile: z.looseObject({ networkInterfaces: z.array(z.looseObject({ id: z.string() })).min(1) }),
});

function draftVm(context: DraftContext): AzureResource | Refusal {
  const body = VmBody.safeParse(context.body.properties ?? {});
  if (!body.success) return badBody(body.error);
  const frame = frameOf(context);
  for (const { id } of body.data.networkProfile.networkInterfaces) {
    const refused = refusedReference(context.estate, frame.id, id);
    if (refused !== undefined) return refused;
  }
  const before = context.previous?.kind === "vm" ? context.previous.doc.properties : undefined;
  const kept = before === undefined ? {} : { vmId: before["vmId"], instanceView: before.instanceView };
  const doc = Vm.parse({ ...frame, properties: { ...body.data, instanceView: undefined, ...kept } });
  return complete({ kind: "vm", doc }, context.newId);
}
