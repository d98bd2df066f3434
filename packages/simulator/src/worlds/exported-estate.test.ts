import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Instant } from "@sallyport/contracts";
import { createSimulator } from "../simulator.ts";
import { createStandingClock } from "../world/standing-clock.ts";
import { loadWorld } from "./worlds.ts";

const GROUP = "/subscriptions/5a11b007-0000-4000-8000-000000000009/resourceGroups/rg-real";
const network = (rest: string) => `${GROUP}/providers/Microsoft.Network/${rest}`;

/** As the Azure command line prints it: flat, with `resourceGroup`, and `null` for what is not set. */
const NSGS = [
  {
    id: network("networkSecurityGroups/nsg-1"),
    name: "nsg-1",
    type: "Microsoft.Network/networkSecurityGroups",
    location: "westeurope",
    provisioningState: "Succeeded",
    resourceGroup: "rg-real",
    flushConnection: null,
    networkInterfaces: [{ id: network("networkInterfaces/nic-1"), resourceGroup: "rg-real" }],
    defaultSecurityRules: [],
    securityRules: [
      {
        name: "ssh",
        id: network("networkSecurityGroups/nsg-1/securityRules/ssh"),
        resourceGroup: "rg-real",
        protocol: "Tcp",
        sourcePortRange: "*",
        destinationPortRange: "22",
        sourceAddressPrefix: "198.51.100.0/24",
        destinationAddressPrefix: "*",
        access: "Allow",
        priority: 100,
        direction: "Inbound",
      },
    ],
  },
];
const NICS = [
  {
    id: network("networkInterfaces/nic-1"),
    name: "nic-1",
    type: "Microsoft.Network/networkInterfaces",
    location: "westeurope",
    resourceGroup: "rg-real",
    networkSecurityGroup: { id: network("networkSecurityGroups/nsg-1"), resourceGroup: "rg-real" },
    ipConfigurations: [
      {
        name: "ipconfig1",
        id: network("networkInterfaces/nic-1/ipConfigurations/ipconfig1"),
        privateIPAddress: "10.0.0.4",
        primary: true,
        publicIPAddress: { id: network("publicIPAddresses/ip-1"), resourceGroup: "rg-real" },
        subnet: { id: network("virtualNetworks/vnet-1/subnets/s"), resourceGroup: "rg-real" },
      },
    ],
  },
];
const VNETS = [
  {
    id: network("virtualNetworks/vnet-1"),
    name: "vnet-1",
    type: "Microsoft.Network/virtualNetworks",
    location: "westeurope",
    resourceGroup: "rg-real",
    addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
    subnets: [
      {
        name: "s",
        id: network("virtualNetworks/vnet-1/subnets/s"),
        addressPrefix: "10.0.0.0/24",
        ipConfigurations: [{ id: network("networkInterfaces/nic-1/ipConfigurations/ipconfig1") }],
      },
    ],
    virtualNetworkPeerings: [],
  },
];
const ADDRESSES = [
  {
    id: network("publicIPAddresses/ip-1"),
    name: "ip-1",
    type: "Microsoft.Network/publicIPAddresses",
    location: "westeurope",
    ipAddress: "203.0.113.9",
    publicIPAddressVersion: "IPv4",
    sku: { name: "Standard", tier: "Regional" },
  },
];
const vms = (powerState: string) => [
  {
    id: `${GROUP}/providers/Microsoft.Compute/virtualMachines/vm-real`,
    name: "vm-real",
    type: "Microsoft.Compute/virtualMachines",
    location: "westeurope",
    powerState,
    privateIps: "10.0.0.4",
    publicIps: "203.0.113.9",
    storageProfile: { osDisk: { osType: "Linux", name: "disk" }, dataDisks: [{ name: "data", lun: 0 }] },
    networkProfile: { networkInterfaces: [{ id: network("networkInterfaces/nic-1"), primary: null }] },
  },
];

describe("an estate exported with the Azure command line", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "estate-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const reachable = async (path: string, source: string) => {
    const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
    const simulator = await createSimulator({ world: await loadWorld(path), clock, auth: false });
    const reach = simulator.control.reachable({ vm: "vm-real", port: 22, source });
    return "verdict" in reach ? reach.verdict : reach.misunderstood;
  };

  it("is a world: a folder of what each list command printed", async () => {
    const files = { nsg: NSGS, nic: NICS, vnet: VNETS, "public-ip": ADDRESSES, vm: vms("VM running") };
    for (const [name, list] of Object.entries(files))
      await writeFile(join(folder, `${name}.json`), JSON.stringify(list));
    expect(await reachable(folder, "198.51.100.7")).toBe("allowed");
    expect(await reachable(folder, "192.0.2.7")).toBe("denied");
    expect(await reachable(folder, "10.0.0.99")).toBe("allowed");
  });

  it("is a world as one list, too, and a machine's power is what was printed", async () => {
    const path = join(folder, "all.json");
    await writeFile(path, JSON.stringify([...NSGS, ...NICS, ...VNETS, ...ADDRESSES, ...vms("VM deallocated")]));
    expect(await reachable(path, "198.51.100.7")).toBe("denied");
  });

  it("shows each resource as the API would: parts and their properties in place, nothing that the command line added", async () => {
    const path = join(folder, "all.json");
    await writeFile(path, JSON.stringify([...NSGS, ...vms("VM running")]));
    const [nsg, vm] = (await loadWorld(path)).azure.subscriptions[0]?.resources ?? [];
    expect(nsg?.properties["securityRules"]).toMatchObject([{ name: "ssh", properties: { priority: 100 } }]);
    expect(nsg?.properties["networkInterfaces"]).toEqual([{ id: network("networkInterfaces/nic-1") }]);
    expect(nsg?.properties).not.toHaveProperty("flushConnection");
    expect(vm?.properties).toMatchObject({ storageProfile: { dataDisks: [{ name: "data", lun: 0 }] } });
    expect(JSON.stringify([nsg, vm])).not.toMatch(/resourceGroup"|publicIps|powerState/);
  });

  it("is refused when it is no list of resources", async () => {
    const path = join(folder, "all.json");
    await writeFile(path, JSON.stringify([{ name: "nothing" }]));
    await expect(loadWorld(path)).rejects.toThrow(/id/);
  });
});
