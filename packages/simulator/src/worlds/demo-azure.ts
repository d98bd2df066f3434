import type { AzureDocuments } from "../world/documents.ts";
import { asg, asgId, firewall, idIn, machine, nsg, routeTable, vnet } from "./azure-parts.ts";
import type { InterfaceParts, MachineParts, Place } from "./azure-parts.ts";

const PRODUCTION = "5a11b007-0000-4000-8000-000000000001";
const DEVELOPMENT = "5a11b007-0000-4000-8000-000000000002";

/** Addresses from the ranges set aside for documentation (RFC 5737, RFC 3849). */
const OFFICE = "192.0.2.0/24";
const VPN = "198.51.100.0/24";

const network: Place = { subscriptionId: PRODUCTION, group: "rg-network", location: "westeurope" };
const web: Place = { ...network, group: "rg-web" };
const app: Place = { ...network, group: "rg-app" };
// Spelled as somebody once typed it; the machines' references to their interfaces are in lower case.
const operations: Place = { ...network, group: "RG-Operations" };
const walled: Place = { ...network, group: "rg-walled" };
const lab: Place = { subscriptionId: DEVELOPMENT, group: "rg-lab", location: "northeurope" };

const at = (subnet: string, privateIp: string, more: Partial<InterfaceParts> = {}): InterfaceParts => ({
  subnet,
  privateIp,
  ...more,
});
const linux = (name: string, first: InterfaceParts, ...others: readonly InterfaceParts[]): MachineParts => ({
  name,
  os: "Linux",
  interfaces: [first, ...others],
});
const windows = (name: string, first: InterfaceParts): MachineParts => ({ name, os: "Windows", interfaces: [first] });

const HTTPS = ["allow-web", "Allow", 200, ["80", "443"], "Internet"] as const;

const productionNetwork = [
  asg(network, "asg-app"),
  // On subnets.
  nsg(network, "nsg-snet-web", [HTTPS]),
  nsg(network, "nsg-snet-app", [
    [
      "allow-app-to-app",
      "Allow",
      300,
      "8080",
      "*",
      {
        sourceAddressPrefix: "",
        sourceApplicationSecurityGroups: [{ id: asgId(network, "asg-app") }],
      },
    ],
    ["allow-from-web", "Allow", 310, "8080", "10.10.1.0/24"],
  ]),
  nsg(network, "nsg-snet-operations", [
    ["allow-ssh", "Allow", 400, "22", "Internet"],
    ["allow-rdp", "Allow", 410, "3389", "Internet", { protocol: "TCP" }],
    ["allow-winrm", "Allow", 420, "5985-5986", "Internet"],
    ["allow-monitoring", "Allow", 500, "9100", "10.10.0.0/16"],
  ]),
  // On interfaces.
  nsg(network, "nsg-web", [HTTPS]),
  nsg(network, "nsg-web-office", [HTTPS, ["allow-ssh-from-office", "Allow", 1000, "22", OFFICE]]),
  nsg(network, "nsg-jump", [["allow-ssh", "Allow", 1000, "22", "*", { description: "opened for the migration" }]]),
  nsg(network, "nsg-rdp", [["allow-rdp", "Allow", 1000, "3389", "*", { protocol: "TCP" }]]),
  nsg(network, "nsg-wide", [["allow-everything", "Allow", 4000, "*", "*", { protocol: "*" }]]),
  nsg(network, "nsg-shared", [HTTPS, ["deny-telnet", "Deny", 300, "23", "*"]]),
  nsg(network, "nsg-strict", [
    ["deny-management", "Deny", 100, ["22", "3389", "5985", "5986"], "*", { description: "by order of security" }],
  ]),
  nsg(network, "nsg-flush", [["allow-ssh-from-vpn", "Allow", 1000, "22", VPN]], { flushConnection: true }),
  nsg(network, "nsg-tagged", [["allow-ssh-from-azure", "Allow", 1000, "22", "AzureCloud"]]),
  nsg(network, "nsg-old", [
    ["nobody-knows", "Allow", 1000, "22", "789"],
    ["allow-backup", "Allow", 1010, "10000-10010", VPN],
  ]),
  vnet(
    network,
    "vnet-production",
    ["10.10.0.0/16", "fd00:5a11:10::/48"],
    [
      { name: "snet-web", prefixes: ["10.10.1.0/24", "fd00:5a11:10:1::/64"], nsg: "nsg-snet-web" },
      { name: "snet-app", prefixes: ["10.10.2.0/24"], nsg: "nsg-snet-app" },
      { name: "snet-data", prefixes: ["10.10.3.0/24"] },
      { name: "snet-operations", prefixes: ["10.10.4.0/24"], nsg: "nsg-snet-operations" },
    ],
  ),
];

const webMachines = [
  linux("vm-web-01", at("snet-web", "10.10.1.11", { publicIp: "203.0.113.11", nsg: "nsg-web" })),
  linux("vm-web-02", at("snet-web", "10.10.1.12", { publicIp: "203.0.113.12", nsg: "nsg-web-office" })),
  linux("vm-web-03", at("snet-web", "10.10.1.13", { publicIp: "203.0.113.13", nsg: "nsg-shared" })),
  linux("vm-web-04", at("snet-web", "10.10.1.14", { publicIp: "203.0.113.14", nsg: "nsg-shared" })),
  linux("vm-web-05", at("snet-web", "10.10.1.15", { publicIp: "203.0.113.15" })),
  linux(
    "vm-dual-01",
    at("snet-web", "10.10.1.16", {
      publicIp: "203.0.113.16",
      ipv6: { privateIp: "fd00:5a11:10:1::16", publicIp: "2001:db8:10::16" },
      nsg: "nsg-web",
    }),
  ),
  {
    ...linux("vm-web-old", at("snet-web", "10.10.1.90", { publicIp: "203.0.113.90", nsg: "nsg-jump" })),
    power: "deallocated" as const,
  },
].flatMap((parts) => machine(web, network, "vnet-production", parts));

const appMachines = [
  linux("vm-app-01", at("snet-app", "10.10.2.11", { asgs: ["asg-app"] })),
  linux("vm-app-02", at("snet-app", "10.10.2.12", { asgs: ["asg-app"] })),
  linux("vm-app-03", at("snet-app", "10.10.2.13", { nsg: "nsg-wide" })),
  windows("vm-app-04", at("snet-app", "10.10.2.14", { publicIp: "203.0.113.24", nsg: "nsg-rdp" })),
  linux("vm-db-01", at("snet-data", "10.10.3.11", { nsg: "nsg-shared" })),
  linux("vm-db-02", at("snet-data", "10.10.3.12", { nsg: "nsg-tagged" })),
  linux("vm-db-03", at("snet-data", "10.10.3.13")),
  { ...linux("vm-batch-01", at("snet-app", "10.10.2.40")), power: "stopped" as const },
].flatMap((parts) => machine(app, network, "vnet-production", parts));

const operationsMachines = [
  linux("vm-jump-01", at("snet-operations", "10.10.4.11", { publicIp: "203.0.113.41", nsg: "nsg-jump" })),
  windows("vm-win-01", at("snet-operations", "10.10.4.12", { publicIp: "203.0.113.42", nsg: "nsg-rdp" })),
  windows("vm-win-02", at("snet-operations", "10.10.4.13", { publicIp: "203.0.113.43", nsg: "nsg-wide" })),
  linux("vm-build-01", at("snet-operations", "10.10.4.14", { publicIp: "203.0.113.44" })),
  linux("vm-strict-01", at("snet-operations", "10.10.4.15", { publicIp: "203.0.113.45", nsg: "nsg-strict" })),
  linux("vm-flush-01", at("snet-operations", "10.10.4.16", { publicIp: "203.0.113.46", nsg: "nsg-flush" })),
  linux("vm-tagged-01", at("snet-operations", "10.10.4.17", { publicIp: "203.0.113.47", nsg: "nsg-tagged" })),
  linux("vm-legacy-01", at("snet-operations", "10.10.4.18", { publicIp: "203.0.113.48", nsg: "nsg-old" })),
  linux(
    "vm-router-01",
    at("snet-operations", "10.10.4.19", { publicIp: "203.0.113.49", nsg: "nsg-web" }),
    at("snet-app", "10.10.2.19", { nsg: "nsg-shared" }),
  ),
].flatMap((parts) => machine(operations, network, "vnet-production", parts));

const FIREWALL = "10.30.0.68";
const GOVERNED = "10.31.0.68";
const POLICY = idIn(walled, "Microsoft.Network/firewallPolicies", "fwp-central");

/** Two networks behind firewalls: one with rules of its own, one under a policy. */
const walledNetworks = [
  nsg(walled, "nsg-snet-walled", [["allow-https-from-firewall", "Allow", 1000, "443", "10.30.0.64/26"]]),
  routeTable(walled, "rt-walled", FIREWALL),
  routeTable(walled, "rt-governed", GOVERNED),
  ...["walled", "governed"].map((name, i) =>
    vnet(
      walled,
      `vnet-${name}`,
      [`10.3${i}.0.0/16`],
      [
        { name: "AzureFirewallSubnet", prefixes: [`10.3${i}.0.64/26`] },
        {
          name: `snet-${name}`,
          prefixes: [`10.3${i}.1.0/24`],
          routeTable: `rt-${name}`,
          ...(i === 0 && { nsg: "nsg-snet-walled" }),
        },
      ],
    ),
  ),
  ...firewall(walled, "vnet-walled", {
    name: "fw-walled",
    privateIp: FIREWALL,
    publicIp: "203.0.113.130",
    nat: [["https-to-walled-01", ["*"], "443", "10.30.1.11", "443"]],
  }),
  {
    id: POLICY,
    name: "fwp-central",
    type: "Microsoft.Network/firewallPolicies",
    location: walled.location,
    properties: {},
  },
  ...firewall(walled, "vnet-governed", {
    name: "fw-governed",
    privateIp: GOVERNED,
    publicIp: "203.0.113.131",
    policy: POLICY,
  }),
];

const walledMachines = [
  ...machine(walled, walled, "vnet-walled", linux("vm-walled-01", at("snet-walled", "10.30.1.11"))),
  ...machine(walled, walled, "vnet-walled", windows("vm-walled-02", at("snet-walled", "10.30.1.12"))),
  ...machine(walled, walled, "vnet-governed", linux("vm-governed-01", at("snet-governed", "10.31.1.11"))),
];

const labNetwork = [
  nsg(lab, "nsg-snet-lab", [["allow-lab-ssh", "Allow", 1000, ["22", "2222"], [OFFICE, VPN]]]),
  nsg(lab, "nsg-lab-open", [["allow-lab-all", "Allow", 1000, "0-65535", "0.0.0.0/0"]]),
  vnet(
    lab,
    "vnet-lab",
    ["10.20.0.0/16"],
    [
      { name: "snet-lab", prefixes: ["10.20.1.0/24"], nsg: "nsg-snet-lab" },
      { name: "snet-bare", prefixes: ["10.20.2.0/24"] },
    ],
  ),
];

const labMachines = [
  linux("vm-lab-01", at("snet-lab", "10.20.1.11", { publicIp: "203.0.113.111" })),
  linux("vm-lab-02", at("snet-lab", "10.20.1.12", { publicIp: "203.0.113.112", nsg: "nsg-lab-open" })),
  linux("vm-lab-03", at("snet-lab", "10.20.1.13")),
  linux("vm-bare-01", at("snet-bare", "10.20.2.11", { publicIp: "203.0.113.121" })),
  linux("vm-bare-02", at("snet-bare", "10.20.2.12")),
  windows("vm-bare-03", at("snet-bare", "10.20.2.13", { publicIp: "203.0.113.123", nsg: "nsg-lab-open" })),
].flatMap((parts) => machine(lab, lab, "vnet-lab", parts));

/**
 * One tenant, two subscriptions, 33 machines: every finding that NSGs and Azure Firewalls can lead to (seed.md §8.2), and what real
 * estates hold besides.
 */
export const demoAzure = (): AzureDocuments => ({
  tenantId: "5a11b007-0000-4000-8000-0000000000aa",
  subscriptions: [
    {
      subscriptionId: PRODUCTION,
      displayName: "Production",
      resources: [
        ...productionNetwork,
        ...webMachines,
        ...appMachines,
        ...operationsMachines,
        ...walledNetworks,
        ...walledMachines,
      ],
    },
    { subscriptionId: DEVELOPMENT, displayName: "Development", resources: [...labNetwork, ...labMachines] },
  ],
  clients: [
    {
      clientId: "5a11b007-0000-4000-8000-0000000000c1",
      clientSecret: "demonstration-only",
      objectId: "5a11b007-0000-4000-8000-0000000000d1",
    },
  ],
});
