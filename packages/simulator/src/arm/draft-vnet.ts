import { z } from "zod";
import { Subnet, Vnet } from "../world/azure/resources.ts";
import type { AzureResource } from "../world/azure/resources.ts";
import { refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { complete } from "./complete.ts";
import { badBody, frameOf, refusedReference } from "./draft.ts";
import type { DraftContext } from "./draft.ts";
import { keyOf } from "../world/azure/estate.ts";

const VnetBody = z.looseObject({ subnets: z.array(Subnet).nullish() });

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
    const nsg = subnet.properties.networkSecurityGroup;
    const refused = nsg ? refusedReference(context.estate, `${frame.id}/subnets/${subnet.name}`, nsg.id) : undefined;
    if (refused !== undefined) return refused;
  }
  const properties = {
    dhcpOptions: { dnsServers: [] },
    enableDdosProtection: false,
    ...before,
    ...body.data,
    ...(before?.["resourceGuid"] !== undefined && { resourceGuid: before["resourceGuid"] }),
    subnets: subnets.map((subnet) => ({
      ...subnet,
      properties: {
        delegations: [],
        privateEndpointNetworkPolicies: "Enabled",
        privateLinkServiceNetworkPolicies: "Enabled",
        ...subnet.properties,
      },
    })),
  };
  return complete({ kind: "vnet", doc: Vnet.parse({ ...frame, properties }) }, context.newId);
}

export function refusedSubnetRemoval(
  { estate }: Pick<DraftContext, "estate">,
  subnetId: string,
  name: string,
): Refusal | undefined {
  for (const [, { shown }] of estate.entries()) {
    if (shown?.kind !== "nic") continue;
    const user = shown.doc.properties.ipConfigurations.find(
      ({ properties }) => keyOf(properties.subnet?.id ?? "") === keyOf(subnetId),
    );
    if (user !== undefined)
      return refuse(
        400,
        "InUseSubnetCannotBeDeleted",
        `Subnet ${name} is in use by ${shown.doc.id}/ipConfigurations/${user.name} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.`,
      );
  }
  return undefined;
}
