import { z } from "zod";
import { keyOf } from "../world/azure/estate.ts";
import { PublicIp, Vm, kindOf } from "../world/azure/resources.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import type { Refusal } from "./answer.ts";
import { complete } from "./complete.ts";
import { freshPublicAddress } from "./addresses.ts";
import { draftFirewall } from "./draft-firewall.ts";
import { draftNic } from "./draft-nic.ts";
import { draftNsg } from "./draft-nsg.ts";
import { badBody, frameOf, refusedLocation, refusedReference, wordOf } from "./draft.ts";
import type { DraftContext } from "./draft.ts";
import { draftRouteTable } from "./draft-route-table.ts";
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
    case "firewall":
      return draftFirewall(context);
    case "routeTable":
      return draftRouteTable(context);
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

const PublicIpBody = z.looseObject({
  publicIPAllocationMethod: z.string().nullish(),
  publicIPAddressVersion: z.string().nullish(),
  dnsSettings: z.looseObject({ domainNameLabel: z.string().nullish() }).nullish(),
});
const Sku = z.looseObject({ name: z.string().default("Basic"), tier: z.string().default("Regional") });

/** A static address is there once the write is done; a dynamic one only when somebody uses it (recorded). */
function draftPublicIp(context: DraftContext): AzureResource | Refusal {
  const body = PublicIpBody.safeParse(context.body.properties ?? {});
  if (!body.success) return badBody(body.error);
  const before = context.previous?.kind === "publicIp" ? context.previous.doc.properties : undefined;
  const frame = frameOf(context);
  const sku = Sku.parse(context.body.sku ?? context.previous?.doc["sku"] ?? {});
  const usual = sku.name.toLowerCase() === "basic" ? "Dynamic" : "Static";
  const method = wordOf(body.data.publicIPAllocationMethod ?? usual, ["Static", "Dynamic"]);
  const { ipAddress: _readOnly, dnsSettings, ...given } = { ipAddress: undefined, ...body.data };
  const label = dnsSettings?.domainNameLabel;
  const region = frame.location.replaceAll(" ", "").toLowerCase();
  const address = before?.ipAddress ?? (method === "Static" ? freshPublicAddress(context.estate) : undefined);
  const doc = PublicIp.safeParse({
    ...frame,
    sku,
    properties: {
      idleTimeoutInMinutes: 4,
      ipTags: [],
      ...given,
      publicIPAddressVersion: wordOf(body.data.publicIPAddressVersion ?? "IPv4", ["IPv4", "IPv6"]),
      publicIPAllocationMethod: method,
      ...(address && { ipAddress: address }),
      ...(dnsSettings && {
        dnsSettings: { ...dnsSettings, ...(label && { fqdn: `${label}.${region}.cloudapp.azure.com` }) },
      }),
      ...(before?.["resourceGuid"] !== undefined && { resourceGuid: before["resourceGuid"] }),
    },
  });
  return doc.success ? complete({ kind: "publicIp", doc: doc.data }, context.newId) : badBody(doc.error);
}

const Storage = z.looseObject({ dataDisks: z.array(z.looseObject({})).nullish() });

const VmBody = z.looseObject({
  storageProfile: Storage.nullish(),
  networkProfile: z.looseObject({ networkInterfaces: z.array(z.looseObject({ id: z.string() })).min(1) }),
});

function draftVm(context: DraftContext): AzureResource | Refusal {
  const body = VmBody.safeParse(context.body.properties ?? {});
  if (!body.success) return badBody(body.error);
  const frame = frameOf(context);
  const before = context.previous?.kind === "vm" ? context.previous.doc.properties : undefined;
  const held = new Set(before?.networkProfile.networkInterfaces.map(({ id }) => keyOf(id)));
  for (const { id } of body.data.networkProfile.networkInterfaces) {
    const refused = held.has(keyOf(id)) ? undefined : refusedReference(context.estate, frame.id, id);
    if (refused !== undefined) return refused;
  }
  const { instanceView, ...kept } = { instanceView: undefined, ...before };
  // What the body leaves out of a machine stays as it was (recorded); its view of itself is nobody's to write.
  const properties = { ...merged(kept, { ...body.data, ...withDisks(body.data.storageProfile) }), instanceView };
  const doc = Vm.parse({ ...frame, properties });
  return complete({ kind: "vm", doc }, context.newId);
}

const withDisks = (storage: z.infer<typeof Storage> | null | undefined) =>
  storage?.dataDisks && {
    storageProfile: {
      ...storage,
      dataDisks: storage.dataDisks.map((disk) => ({ caching: "None", toBeDetached: false, ...disk })),
    },
  };

/** Objects member by member, the second over the first; everything else whole. */
function merged(under: object, over: object): object {
  const entries = Object.entries(over).map(([key, value]): readonly [string, unknown] => {
    const below: unknown = Object.entries(under).find(([name]) => name === key)?.[1];
    return [key, isObject(below) && isObject(value) ? merged(below, value) : value];
  });
  return { ...under, ...Object.fromEntries(entries) };
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
