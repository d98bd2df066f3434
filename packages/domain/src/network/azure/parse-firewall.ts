import { Address } from "@sallyport/contracts";
import { idIn, idsIn, lastPart, listIn, objectIn, ownId, propertiesOf, textIn, textsIn } from "./json.ts";
import type { Firewall, FirewallCollection, FirewallRule } from "./net.ts";

/**
 * Reads an Azure Firewall's body. Under a policy or in a hub classic rules are not in force, whatever the body still holds: they
 * are left out (S24–S26).
 */
export function parseFirewall(body: unknown): Firewall {
  const id = ownId(body, "firewall");
  const is = propertiesOf(body);
  const places = listIn(is["ipConfigurations"]).map(propertiesOf);
  const governedBy = idIn(is["firewallPolicy"]) ?? idIn(is["virtualHub"]) ?? (isInHub(is["sku"]) ? id : undefined);
  return {
    id,
    name: textIn(objectIn(body)["name"]) ?? lastPart(id),
    isSettled: (textIn(is["provisioningState"])?.toLowerCase() ?? "succeeded") === "succeeded",
    subnets: [...new Set(places.flatMap(({ subnet }) => idIn(subnet) ?? []))],
    addresses: places.flatMap(({ privateIPAddress }) => Address.safeParse(privateIPAddress).data ?? []),
    publicAddresses: places.flatMap(({ publicIPAddress }) => idIn(publicIPAddress) ?? []),
    ...(governedBy !== undefined && { governedBy }),
    collections:
      governedBy === undefined
        ? (["nat", "network"] as const).flatMap((kind) =>
            listIn(is[`${kind}RuleCollections`]).flatMap((one) => parseCollection(kind, one)),
          )
        : [],
  };
}

const isInHub = (sku: unknown): boolean => textIn(objectIn(sku)["name"])?.toLowerCase() === "azfw_hub";

/** Reads one collection; one without a priority decides nothing. */
function parseCollection(kind: FirewallCollection["kind"], body: unknown): readonly FirewallCollection[] {
  const { priority, action, rules } = propertiesOf(body);
  if (typeof priority !== "number") return [];
  const type = textIn(objectIn(action)["type"])?.toLowerCase();
  return [
    {
      kind,
      name: textIn(objectIn(body)["name"]) ?? "",
      priority,
      action: kind === "nat" ? "dnat" : type === "allow" ? "allow" : "deny",
      rules: listIn(rules).map(parseFirewallRule),
    },
  ];
}

function parseFirewallRule(body: unknown): FirewallRule {
  const is = objectIn(body);
  const [address, name, port] = [is["translatedAddress"], is["translatedFqdn"], is["translatedPort"]].map(textIn);
  const translated = {
    ...(address !== undefined && { address }),
    ...(name !== undefined && { name }),
    ...(port !== undefined && { port }),
  };
  const groupsIn = (texts: unknown) => idsIn(textsIn(texts).map((id) => ({ id })));
  return {
    name: textIn(is["name"]) ?? "",
    description: textIn(is["description"]) ?? "",
    protocols: textsIn(is["protocols"]).map((protocol) => protocol.toLowerCase()),
    sources: textsIn(is["sourceAddresses"]),
    sourceGroups: groupsIn(is["sourceIpGroups"]),
    destinations: textsIn(is["destinationAddresses"]),
    destinationGroups: groupsIn(is["destinationIpGroups"]),
    destinationNames: textsIn(is["destinationFqdns"]),
    destinationPorts: textsIn(is["destinationPorts"]),
    ...(Object.keys(translated).length > 0 && { translated }),
  };
}
