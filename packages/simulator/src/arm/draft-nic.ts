import { z } from "zod";
import { addressAt, parsePrefix, textOf } from "../world/azure/address.ts";
import { keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";
import { IpConfiguration, Nic } from "../world/azure/resources.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import { refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { complete } from "./complete.ts";
import { badBody, frameOf, missingReference, refusedReference } from "./draft.ts";
import type { DraftContext } from "./draft.ts";
import { topLevelOf } from "./render.ts";

const NicBody = z.looseObject({
  ipConfigurations: z.array(IpConfiguration).min(1),
  networkSecurityGroup: z.looseObject({ id: z.string() }).nullish(),
});

/** An interface: what it refers to must be there, and every configuration without an address gets one. */
export function draftNic(context: DraftContext): AzureResource | Refusal {
  const body = NicBody.safeParse(context.body.properties ?? {});
  if (!body.success) return badBody(body.error);
  const { estate, previous, newId } = context;
  const frame = frameOf(context);
  const before = previous?.kind === "nic" ? previous.doc.properties : undefined;
  const nsg = body.data.networkSecurityGroup;
  const refusedNsg = nsg ? refusedReference(estate, frame.id, nsg.id) : undefined;
  if (refusedNsg !== undefined) return refusedNsg;
  const taken = addressesOf(estate, frame.id);
  const configurations: IpConfiguration[] = [];
  for (const given of body.data.ipConfigurations) {
    const { publicIPAddress } = given.properties;
    // A further configuration that names no subnet is in that of the first (recorded).
    const subnet = given.properties.subnet ?? body.data.ipConfigurations[0]?.properties.subnet;
    if (!subnet)
      return refuse(400, "SubnetIsRequired", `Subnet reference is required for ipconfiguration ${given.name}.`);
    const found = subnetPrefixOf(estate, subnet.id);
    if (found === undefined) return missingReference(frame.id, subnet.id);
    const refusedPublic = publicIPAddress ? refusedPublicIp(estate, frame.id, publicIPAddress.id) : undefined;
    if (refusedPublic !== undefined) return refusedPublic;
    const kept = before?.ipConfigurations.find(({ name }) => name.toLowerCase() === given.name.toLowerCase());
    const address = given.properties.privateIPAddress ?? kept?.properties.privateIPAddress ?? freeAddress(found, taken);
    if (address === undefined)
      return refuse(400, "SubnetIsFull", `Subnet ${subnet.id} does not have enough capacity for 1 IP addresses.`);
    if (taken.has(`${keyOf(subnet.id)} ${address}`))
      return refuse(
        400,
        "PrivateIPAddressInUse",
        `IP configuration ${frame.id}/ipConfigurations/${given.name} is using the private IP address ${address} which is already allocated.`,
      );
    taken.add(`${keyOf(subnet.id)} ${address}`);
    configurations.push({
      ...given,
      properties: {
        privateIPAllocationMethod: "Dynamic",
        privateIPAddressVersion: "IPv4",
        primary: given.properties.primary ?? configurations.length === 0,
        ...given.properties,
        privateIPAddress: address,
        subnet,
      },
    });
  }
  const properties = {
    enableAcceleratedNetworking: false,
    enableIPForwarding: false,
    hostedWorkloads: [],
    tapConfigurations: [],
    nicType: "Standard",
    ...before,
    ...body.data,
    ...(before?.["resourceGuid"] !== undefined && { resourceGuid: before["resourceGuid"] }),
    ipConfigurations: configurations,
    networkSecurityGroup: nsg ?? undefined,
  };
  return complete({ kind: "nic", doc: Nic.parse({ ...frame, properties }) }, newId);
}

function subnetPrefixOf(
  estate: Estate,
  subnetId: string,
): { readonly id: string; readonly prefixes: readonly string[] } | undefined {
  const vnet = estate.vnet(topLevelOf(subnetId));
  const subnet = vnet?.properties.subnets.find(({ name }) => keyOf(`${vnet.id}/subnets/${name}`) === keyOf(subnetId));
  if (subnet === undefined) return undefined;
  const { addressPrefix, addressPrefixes } = subnet.properties;
  return { id: keyOf(subnetId), prefixes: addressPrefix ? [addressPrefix] : (addressPrefixes ?? []) };
}

function addressesOf(estate: Estate, exceptNic: string): Set<string> {
  const taken = new Set<string>();
  for (const [, { shown }] of estate.entries()) {
    if (shown?.kind !== "nic" || keyOf(shown.doc.id) === keyOf(exceptNic)) continue;
    for (const { properties } of shown.doc.properties.ipConfigurations)
      if (properties.subnet && properties.privateIPAddress)
        taken.add(`${keyOf(properties.subnet.id)} ${properties.privateIPAddress}`);
  }
  return taken;
}

/** Azure keeps the first four addresses of a subnet for itself. */
function freeAddress(
  { id, prefixes }: { readonly id: string; readonly prefixes: readonly string[] },
  taken: ReadonlySet<string>,
): string | undefined {
  const prefix = prefixes.flatMap((text) => parsePrefix(text) ?? []).find(({ family }) => family === 4);
  if (prefix === undefined) return undefined;
  const size = 1n << BigInt(32 - prefix.length);
  for (let offset = 4n; offset < size - 1n; offset += 1n) {
    const address = textOf(addressAt(prefix, offset));
    if (!taken.has(`${id} ${address}`)) return address;
  }
  return undefined;
}

function refusedPublicIp(estate: Estate, nicId: string, publicIpId: string): Refusal | undefined {
  const missing = refusedReference(estate, nicId, publicIpId);
  if (missing !== undefined) return missing;
  for (const [, { shown }] of estate.entries()) {
    if (shown?.kind !== "nic" || keyOf(shown.doc.id) === keyOf(nicId)) continue;
    const holder = shown.doc.properties.ipConfigurations.find(
      ({ properties }) => keyOf(properties.publicIPAddress?.id ?? "") === keyOf(publicIpId),
    );
    if (holder !== undefined)
      return refuse(
        400,
        "PublicIPAddressInUse",
        `Resource ${nicId} is referencing public IP address ${publicIpId} that is already allocated to resource ${shown.doc.id}/ipConfigurations/${holder.name}.`,
      );
  }
  return undefined;
}
