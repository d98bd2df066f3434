/** VMs of one subscription, and what else is in it: one network, an NSG for twenty machines, a public address for every second one. */
export const VMS_PER_SUBSCRIPTION = 1000;
const VMS_PER_NSG = 20;
const PAGE = 200;

/** The answers of ARM's lists for one subscription, as bytes, page by page. */
export interface SubscriptionBytes {
  readonly vms: readonly string[];
  readonly states: readonly string[];
  readonly interfaces: readonly string[];
  readonly vnets: readonly string[];
  readonly nsgs: readonly string[];
  readonly publicAddresses: readonly string[];
}

const pagesOf = (bodies: readonly object[]): readonly string[] =>
  Array.from({ length: Math.ceil(bodies.length / PAGE) }, (_, page) =>
    JSON.stringify({ value: bodies.slice(page * PAGE, (page + 1) * PAGE) }),
  );
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

/** Bodies as full as real ones are: tags, states, etags, six default rules, twelve rules of one's own. */
export function subscriptionBytes(nth: number): SubscriptionBytes {
  const subscription = `6f1c9f0e-7d3a-4c11-9a57-${`${nth}`.padStart(12, "0")}`;
  const group = `/subscriptions/${subscription}/resourceGroups/rg-Shop`;
  const id = (type: string, name: string) => `${group}/providers/Microsoft.Network/${type}/${name}`;
  const vmId = (n: number) => `${group}/providers/Microsoft.Compute/virtualMachines/vm-${n}`;
  const common = { location: "westeurope", etag: `W/"${subscription}"`, tags: { owner: "shop", stage: "production" } };
  const subnet = `${id("virtualNetworks", "vnet")}/subnets/web`;
  const vms = numbers(VMS_PER_SUBSCRIPTION);
  const rule = (name: string, priority: number, access: string, port: string, source: string) => ({
    name,
    id: `${id("networkSecurityGroups", "nsg")}/securityRules/${name}`,
    etag: common.etag,
    type: "Microsoft.Network/networkSecurityGroups/securityRules",
    properties: {
      provisioningState: "Succeeded",
      description: "",
      protocol: "Tcp",
      sourcePortRange: "*",
      destinationPortRange: port,
      sourceAddressPrefix: source,
      destinationAddressPrefix: "*",
      access,
      priority,
      direction: "Inbound",
      sourcePortRanges: [],
      destinationPortRanges: [],
      sourceAddressPrefixes: [],
      destinationAddressPrefixes: [],
    },
  });
  return {
    vms: pagesOf(
      vms.map((n) => ({
        ...common,
        id: vmId(n),
        name: `vm-${n}`,
        type: "Microsoft.Compute/virtualMachines",
        properties: {
          vmId: subscription,
          hardwareProfile: { vmSize: "Standard_D2s_v5" },
          storageProfile: {
            imageReference: { publisher: "canonical", offer: "ubuntu-24_04-lts", sku: "server", version: "latest" },
            osDisk: { osType: n % 3 === 0 ? "Windows" : "Linux", name: `disk-${n}`, createOption: "FromImage" },
            dataDisks: [],
          },
          osProfile: { computerName: `vm-${n}`, adminUsername: "ops", linuxConfiguration: { provisionVMAgent: true } },
          networkProfile: { networkInterfaces: [{ id: id("networkInterfaces", `nic-${n}`) }] },
          provisioningState: "Succeeded",
        },
      })),
    ),
    states: pagesOf(
      vms.map((n) => ({
        id: vmId(n),
        properties: {
          instanceView: {
            statuses: [
              { code: "ProvisioningState/succeeded", level: "Info", displayStatus: "Provisioning succeeded" },
              { code: n % 10 === 0 ? "PowerState/deallocated" : "PowerState/running", level: "Info" },
            ],
          },
        },
      })),
    ),
    interfaces: pagesOf(
      vms.map((n) => ({
        ...common,
        id: id("networkInterfaces", `nic-${n}`),
        name: `nic-${n}`,
        properties: {
          provisioningState: "Succeeded",
          resourceGuid: subscription,
          macAddress: "00-0D-3A-1B-C7-21",
          primary: true,
          enableIPForwarding: false,
          virtualMachine: { id: vmId(n) },
          networkSecurityGroup: { id: id("networkSecurityGroups", `nsg-${Math.floor(n / VMS_PER_NSG)}`) },
          ipConfigurations: [
            {
              name: "ipconfig1",
              id: `${id("networkInterfaces", `nic-${n}`)}/ipConfigurations/ipconfig1`,
              properties: {
                provisioningState: "Succeeded",
                privateIPAddress: `10.0.${Math.floor(n / 250)}.${4 + (n % 250)}`,
                privateIPAllocationMethod: "Dynamic",
                primary: true,
                privateIPAddressVersion: "IPv4",
                subnet: { id: subnet },
                ...(n % 2 === 0 && { publicIPAddress: { id: id("publicIPAddresses", `pip-${n}`) } }),
              },
            },
          ],
        },
      })),
    ),
    vnets: pagesOf([
      {
        ...common,
        id: id("virtualNetworks", "vnet"),
        properties: {
          addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
          subnets: [{ id: subnet, name: "web", properties: { addressPrefix: "10.0.0.0/16" } }],
        },
      },
    ]),
    nsgs: pagesOf(
      numbers(Math.ceil(VMS_PER_SUBSCRIPTION / VMS_PER_NSG)).map((n) => ({
        ...common,
        id: id("networkSecurityGroups", `nsg-${n}`),
        name: `nsg-${n}`,
        properties: {
          provisioningState: "Succeeded",
          securityRules: [
            ...numbers(10).map((at) =>
              rule(`app-${at}`, 200 + 10 * at, "Allow", `${8000 + at}`, `198.51.100.${at}/32`),
            ),
            rule("admins", 150, "Allow", "22", n % 3 === 0 ? "*" : "203.0.113.0/24"),
            rule("no-rdp", 160, "Deny", "3389", "Internet"),
          ],
          defaultSecurityRules: [
            { ...rule("AllowVnetInBound", 65_000, "Allow", "*", "VirtualNetwork") },
            { ...rule("AllowAzureLoadBalancerInBound", 65_001, "Allow", "*", "AzureLoadBalancer") },
            { ...rule("DenyAllInBound", 65_500, "Deny", "*", "*") },
          ],
        },
      })),
    ),
    publicAddresses: pagesOf(
      vms
        .filter((n) => n % 2 === 0)
        .map((n) => ({
          ...common,
          id: id("publicIPAddresses", `pip-${n}`),
          sku: { name: "Standard" },
          properties: { ipAddress: `198.18.${Math.floor(n / 250)}.${n % 250}`, publicIPAllocationMethod: "Static" },
        })),
    ),
  };
}

export const allPages = (bytes: SubscriptionBytes): readonly string[] =>
  Object.values<readonly string[]>({ ...bytes }).flat();
