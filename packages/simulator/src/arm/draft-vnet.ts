import { z } from "zod";
import type { Estate } from "../world/azure/estate.ts";
import { Subnet, Vnet } from "../world/azure/resources.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import { refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { complete } from "./complete.ts";
import { badBody, frameOf, refusedReference } from "./draft.ts";
import type { DraftContext } from "./draft.ts";
import type { Links } from "./links.ts";

const VnetBody = z.looseObject({
  subnets: z.array(Subnet).nullish(),
  virtualNetworkPeerings: z.array(z.looseObject({ name: z.string() })).nullish(),
  dhcpOptions: z.looseObject({}).nullish(),
});

/** A virtual network: a PUT with `subnets` replaces them, one without leaves them. */
export function draftVnet(context: DraftContext): AzureResource | Refusal {
  const body = VnetBody.safeParse(context.body.properties ?? {});
  if (!body.success) return badBody(body.error);
  const frame = frameOf(context);
  const before = context.previous?.kind === "vnet" ? context.previous.doc.properties : undefined;
  const subnets = body.data.subnets ?? before?.subnets ?? [];
  const gone = (before?.subnets ?? []).filter(
    ({ name }) => !subnets.some((kept) => kept.name.toLowerCase() === name.toLowerCase()),
  );
  for (const { name } of gone) {
    const refused = refusedSubnetRemoval(context, `${frame.id}/subnets/${name}`, name);
    if (refused !== undefined) return refused;
  }
  for (const subnet of subnets) {
    const refused = refusedSubnetReferences(context.estate, `${frame.id}/subnets/${subnet.name}`, subnet);
    if (refused !== undefined) return refused;
  }
  const properties = {
    enableDdosProtection: false,
    ...before,
    ...body.data,
    ...(body.data.dhcpOptions && { dhcpOptions: { dnsServers: [], ...body.data.dhcpOptions } }),
    ...(before?.["resourceGuid"] !== undefined && { resourceGuid: before["resourceGuid"] }),
    virtualNetworkPeerings: body.data.virtualNetworkPeerings ?? before?.virtualNetworkPeerings ?? [],
    subnets: subnets.map((subnet) => subnetOf(frame.id, frame.location, subnet.name, subnet.properties)),
  };
  return complete({ kind: "vnet", doc: Vnet.parse({ ...frame, properties }) }, context.newId);
}

/** A subnet as the service keeps it, with what it adds to delegations and service endpoints (recorded). */
export function subnetOf(vnetId: string, location: string, name: string, given: Subnet["properties"]): Subnet {
  const id = `${vnetId}/subnets/${name}`;
  const { ipConfigurations: _readOnly, ...properties } = given;
  const delegations = Named.array().parse(properties["delegations"] ?? []);
  const endpoints = Endpoint.array().parse(properties["serviceEndpoints"] ?? []);
  return {
    name,
    id,
    type: "Microsoft.Network/virtualNetworks/subnets",
    properties: {
      privateEndpointNetworkPolicies: "Enabled",
      privateLinkServiceNetworkPolicies: "Enabled",
      ...properties,
      delegations: delegations.map((one) => ({
        ...one,
        id: `${id}/delegations/${one.name}`,
        type: "Microsoft.Network/virtualNetworks/subnets/delegations",
        properties: {
          provisioningState: "Succeeded",
          actions: ["Microsoft.Network/virtualNetworks/subnets/join/action"],
          ...one.properties,
        },
      })),
      ...(endpoints.length > 0 && {
        serviceEndpoints: endpoints.map((one) => ({ provisioningState: "Succeeded", locations: [location], ...one })),
      }),
    },
  };
}

const Named = z.looseObject({ name: z.string(), properties: z.looseObject({}).default({}) });
const Endpoint = z.looseObject({ service: z.string(), locations: z.array(z.string()).optional() });

/** What a subnet refers to must be there: its NSG and its route table. */
export function refusedSubnetReferences(estate: Estate, id: string, { properties }: Subnet): Refusal | undefined {
  const { networkSecurityGroup, routeTable } = properties;
  return (
    (networkSecurityGroup ? refusedReference(estate, id, networkSecurityGroup.id) : undefined) ??
    (routeTable ? refusedReference(estate, id, routeTable.id) : undefined)
  );
}

export function refusedSubnetRemoval(
  { links }: { readonly links: () => Links },
  subnetId: string,
  name: string,
): Refusal | undefined {
  const [user] = links().configurationsOfSubnet(subnetId);
  return (
    user &&
    refuse(
      400,
      "InUseSubnetCannotBeDeleted",
      `Subnet ${name} is in use by ${user.id} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.`,
    )
  );
}
