import { scopeOf } from "@sallyport/contracts";
import { parseAzureNet } from "@sallyport/domain";
import type { AzureNet } from "@sallyport/domain";
import { aVm } from "@sallyport/testkit";

/** The scope of the VMs of `netOf`. */
export const scope = scopeOf(aVm());
const group = `/subscriptions/${scope}/resourceGroups/rg-shop/providers`;

/** A network of VMs with public addresses in one subnet, whose NSG lets everybody in on 22, or nobody. */
export function netOf(numbers: readonly number[], isOpen: boolean): AzureNet {
  const id = (type: string, name: string) => `${group}/Microsoft.Network/${type}/${name}`;
  const subnet = `${id("virtualNetworks", "vnet")}/subnets/web`;
  const rule = {
    name: "allow-ssh",
    properties: {
      access: "Allow",
      direction: "Inbound",
      priority: 1000,
      protocol: "Tcp",
      sourcePortRange: "*",
      destinationPortRange: "22",
      sourceAddressPrefix: "*",
      destinationAddressPrefix: "*",
    },
  };
  return parseAzureNet({
    vms: numbers.map((n) => ({
      id: aVm("azure", n),
      name: `vm-${n}`,
      location: "westeurope",
      properties: {
        storageProfile: { osDisk: { osType: "Linux" } },
        networkProfile: { networkInterfaces: [{ id: id("networkInterfaces", `nic-${n}`) }] },
        instanceView: { statuses: [{ code: "PowerState/running" }] },
      },
    })),
    interfaces: numbers.map((n) => ({
      id: id("networkInterfaces", `nic-${n}`),
      properties: {
        virtualMachine: { id: aVm("azure", n) },
        ipConfigurations: [
          {
            name: "ipconfig1",
            properties: {
              primary: true,
              privateIPAddress: `10.0.0.${3 + n}`,
              subnet: { id: subnet },
              publicIPAddress: { id: id("publicIPAddresses", `pip-${n}`) },
            },
          },
        ],
      },
    })),
    vnets: [
      {
        id: id("virtualNetworks", "vnet"),
        properties: {
          addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
          subnets: [
            {
              id: subnet,
              name: "web",
              properties: {
                addressPrefix: "10.0.0.0/24",
                networkSecurityGroup: { id: id("networkSecurityGroups", "nsg") },
              },
            },
          ],
        },
      },
    ],
    nsgs: [
      { id: id("networkSecurityGroups", "nsg"), name: "nsg", properties: { securityRules: isOpen ? [rule] : [] } },
    ],
    publicAddresses: numbers.map((n) => ({
      id: id("publicIPAddresses", `pip-${n}`),
      properties: { ipAddress: `198.51.100.${n}` },
    })),
  });
}
