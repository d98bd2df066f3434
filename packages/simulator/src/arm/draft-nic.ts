import { z } from "zod";
import { keyOf } from "../world/azure/estate.ts";
import { IpConfiguration, Nic } from "../world/azure/resources.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import { refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { complete } from "./complete.ts";
import {
  addressKey,
  freeAddress,
  refusedPrivateIp,
  refusedPublicIp,
  subnetPrefixOf,
  takenAddresses,
} from "./addresses.ts";
import { badBody, frameOf, missingReference, refusedReference, wordOf } from "./draft.ts";
import type { DraftContext } from "./draft.ts";

const NicBody = z.looseObject({
  ipConfigurations: z.array(IpConfiguration).min(1),
  networkSecurityGroup: z.looseObject({ id: z.string() }).nullish(),
  dnsSettings: z.looseObject({ internalDnsNameLabel: z.string().nullish() }).nullish(),
});

const SUFFIX = "internal.cloudapp.net";

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
  const taken = takenAddresses(estate, frame.id);
  const configurations: IpConfiguration[] = [];
  for (const given of body.data.ipConfigurations) {
    const { publicIPAddress } = given.properties;
    const version = wordOf(given.properties.privateIPAddressVersion ?? "IPv4", ["IPv4", "IPv6"]);
    if (version === "IPv6" && !given.properties.subnet) {
      configurations.push(withoutNetwork(given));
      continue;
    }
    // A further configuration that names no subnet is in that of the first (recorded).
    const subnet = given.properties.subnet ?? body.data.ipConfigurations[0]?.properties.subnet;
    if (!subnet)
      return refuse(400, "SubnetIsRequired", `Subnet reference is required for ipconfiguration ${given.name}.`);
    const found = subnetPrefixOf(estate, subnet.id);
    if (found === undefined) return missingReference(frame.id, subnet.id);
    const refusedPublic = publicIPAddress ? refusedPublicIp(estate, frame.id, publicIPAddress.id) : undefined;
    if (refusedPublic !== undefined) return refusedPublic;
    const method = wordOf(given.properties.privateIPAllocationMethod ?? "Dynamic", ["Dynamic", "Static"]);
    const kept = before?.ipConfigurations.find(({ name }) => name.toLowerCase() === given.name.toLowerCase());
    // A dynamic address stays for as long as the configuration stays in its subnet, wherever it came from (recorded).
    const old = kept && isSameSubnet(kept, subnet.id) ? kept.properties.privateIPAddress : undefined;
    const asked = method === "Static" || kept === undefined ? given.properties.privateIPAddress : undefined;
    const refusedAddress = asked && asked !== old ? refusedPrivateIp(found, asked) : undefined;
    if (refusedAddress !== undefined) return refusedAddress;
    const address = asked ?? old ?? freeAddress(found, taken);
    if (address === undefined)
      return refuse(400, "SubnetIsFull", `Subnet ${subnet.id} does not have enough capacity for 1 IP addresses.`);
    if (taken.has(addressKey(subnet.id, address)))
      return refuse(
        400,
        "PrivateIPAddressInUse",
        `IP configuration ${frame.id}/ipConfigurations/${given.name} is using the private IP address ${address} which is already allocated.`,
      );
    taken.add(addressKey(subnet.id, address));
    configurations.push(
      IpConfiguration.parse({
        ...given,
        properties: {
          ...withoutEmptyLists(given.properties),
          primary: given.properties.primary ?? configurations.length === 0,
          privateIPAllocationMethod: method,
          privateIPAddressVersion: wordOf(given.properties.privateIPAddressVersion ?? "IPv4", ["IPv4", "IPv6"]),
          privateIPAddress: address,
          subnet,
        },
      }),
    );
  }
  const { internalDnsNameLabel: label } = body.data.dnsSettings ?? {};
  const kept = before && {
    resourceGuid: before["resourceGuid"],
    ...(before["macAddress"] !== undefined && { macAddress: before["macAddress"] }),
    ...(before.virtualMachine && { virtualMachine: before.virtualMachine }),
    ...(before["primary"] !== undefined && { primary: before["primary"] }),
  };
  const properties = {
    enableAcceleratedNetworking: false,
    enableIPForwarding: false,
    hostedWorkloads: [],
    tapConfigurations: [],
    nicType: "Standard",
    ...body.data,
    ...kept,
    dnsSettings: {
      dnsServers: [],
      ...body.data.dnsSettings,
      appliedDnsServers: [],
      internalDomainNameSuffix: SUFFIX,
      ...(label && { internalFqdn: `${label}.${SUFFIX}` }),
    },
    ipConfigurations: configurations,
    networkSecurityGroup: nsg ?? undefined,
  };
  return complete({ kind: "nic", doc: Nic.parse({ ...frame, properties }) }, newId);
}

const isSameSubnet = ({ properties }: IpConfiguration, subnetId: string): boolean =>
  keyOf(properties.subnet?.id ?? "") === keyOf(subnetId);

/** Empty lists of references are not shown (recorded). */
const withoutEmptyLists = (properties: object) =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => !Array.isArray(value) || value.length > 0));

/** An IPv6 configuration that names no subnet: an old form, for load balancers, without an address (recorded). */
const withoutNetwork = (given: IpConfiguration): IpConfiguration => ({
  name: given.name,
  properties: { privateIPAllocationMethod: "Dynamic", privateIPAddressVersion: "IPv6" },
});
