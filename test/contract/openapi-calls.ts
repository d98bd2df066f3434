import { Instant } from "@sallyport/contracts";
import { callJson, createSimulator, createStandingClock, demoWorld, Fault, idIn, nsgId } from "@sallyport/simulator";
import type { FaultInput, Place, WireHandler } from "@sallyport/simulator";
import { PUBLISHED } from "./openapi-specification.ts";
import type { WireExchange } from "./openapi-specification.ts";

const SUBSCRIPTION = "5a11b007-0000-4000-8000-000000000001";
const ADA = "5a11b007-0000-4000-8000-0000000000e1";
const READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const AFTER_ANY_WRITE = 60_000;

const place: Place = { subscriptionId: SUBSCRIPTION, group: "rg-contract", location: "westeurope" };
const under = `/subscriptions/${SUBSCRIPTION}`;
const group = `${under}/resourceGroups/${place.group}`;
const network = (type: string, name: string) => idIn(place, `Microsoft.Network/${type}`, name);
const compute = (name: string) => idIn(place, "Microsoft.Compute/virtualMachines", name);
const VNET = network("virtualNetworks", "vnet");
const NSG = nsgId(place, "nsg");
const NIC = network("networkInterfaces", "nic");
const ADDRESS = network("publicIPAddresses", "ip");
const FIREWALL = network("azureFirewalls", "fw");
const TABLE = network("routeTables", "rt");
const ASG = network("applicationSecurityGroups", "asg");
const VM = compute("vm");
const AUTHORIZATION = "providers/Microsoft.Authorization";
const ASSIGNMENT = `${group}/${AUTHORIZATION}/roleAssignments/5a11b007-0000-4000-8000-0000000000f1`;
const DEFINITION = `${under}/${AUTHORIZATION}/roleDefinitions/5a11b007-0000-4000-8000-0000000000f2`;

const PRICINGS = `${under}/providers/Microsoft.Security/pricings`;

const rule = (priority: number, more: object = {}) => ({
  properties: {
    protocol: "Tcp",
    sourcePortRange: "*",
    destinationPortRange: "22",
    sourceAddressPrefix: "192.0.2.0/24",
    destinationAddressPrefix: "*",
    access: "Allow",
    priority,
    direction: "Inbound",
    ...more,
  },
});
const located = (properties: object, more: object = {}) => ({ location: place.location, properties, ...more });

const firewallOf = (sources: readonly string[]) =>
  located({
    sku: { name: "AZFW_VNet", tier: "Standard" },
    threatIntelMode: "Alert",
    ipConfigurations: [
      {
        name: "ip",
        properties: {
          subnet: { id: `${VNET}/subnets/AzureFirewallSubnet` },
          publicIPAddress: { id: network("publicIPAddresses", "fw-ip") },
        },
      },
    ],
    networkRuleCollections: [
      {
        name: "net",
        properties: {
          priority: 200,
          action: { type: "Allow" },
          rules: [
            {
              name: "dns",
              protocols: ["UDP"],
              sourceAddresses: sources,
              destinationAddresses: ["*"],
              destinationPorts: ["53"],
            },
          ],
        },
      },
    ],
    natRuleCollections: [
      {
        name: "nat",
        properties: {
          priority: 200,
          action: { type: "Dnat" },
          rules: [
            {
              name: "ssh",
              protocols: ["TCP"],
              sourceAddresses: sources,
              destinationAddresses: ["203.0.113.77"],
              destinationPorts: ["50000"],
              translatedAddress: "10.0.1.4",
              translatedPort: "22",
            },
          ],
        },
      },
    ],
    applicationRuleCollections: [
      {
        name: "app",
        properties: {
          priority: 200,
          action: { type: "Allow" },
          rules: [
            {
              name: "web",
              sourceAddresses: sources,
              protocols: [{ protocolType: "Https", port: 443 }],
              targetFqdns: ["example.com"],
            },
          ],
        },
      },
    ],
  });

const machineOf = (tags: object) => ({
  ...located({
    hardwareProfile: { vmSize: "Standard_B2s" },
    storageProfile: {
      imageReference: { publisher: "Canonical", offer: "ubuntu", sku: "22_04-lts", version: "latest" },
      osDisk: { name: "vm-os", createOption: "FromImage", caching: "ReadWrite", osType: "Linux" },
    },
    osProfile: { computerName: "vm", adminUsername: "operator", linuxConfiguration: {} },
    networkProfile: { networkInterfaces: [{ id: NIC, properties: { primary: true } }] },
  }),
  tags,
});

type Call = readonly [method: string, path: string, body?: unknown];

const RESOURCES: readonly (readonly [id: string, children: readonly string[]])[] = [
  [NSG, ["securityRules", "defaultSecurityRules"]],
  [VNET, ["subnets", "virtualNetworkPeerings"]],
  [TABLE, ["routes"]],
  [NIC, []],
  [ADDRESS, []],
  [ASG, []],
  [FIREWALL, []],
  [VM, []],
];

/** Everything is made, changed, and made again as it was. */
const MAKING: readonly Call[] = [
  ["PUT", NSG, located({ securityRules: [{ name: "first", ...rule(100) }] })],
  ["PUT", `${NSG}/securityRules/second`, rule(110)],
  ["PUT", `${NSG}/securityRules/second`, rule(120, { description: "changed" })],
  ["PUT", TABLE, located({ disableBgpRoutePropagation: false, routes: [] })],
  ["PUT", `${TABLE}/routes/out`, { properties: { addressPrefix: "0.0.0.0/0", nextHopType: "Internet" } }],
  ["PUT", ASG, located({})],
  [
    "PUT",
    VNET,
    located({
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
      subnets: [
        { name: "snet", properties: { addressPrefix: "10.0.1.0/24", networkSecurityGroup: { id: NSG } } },
        { name: "AzureFirewallSubnet", properties: { addressPrefix: "10.0.2.0/26" } },
      ],
    }),
  ],
  ["PUT", `${VNET}/subnets/more`, { properties: { addressPrefix: "10.0.3.0/24", routeTable: { id: TABLE } } }],
  ["PUT", network("virtualNetworks", "other"), located({ addressSpace: { addressPrefixes: ["10.1.0.0/16"] } })],
  [
    "PUT",
    `${VNET}/virtualNetworkPeerings/to-other`,
    {
      properties: {
        allowVirtualNetworkAccess: true,
        remoteVirtualNetwork: { id: network("virtualNetworks", "other") },
      },
    },
  ],
  ["PUT", ADDRESS, located({ publicIPAllocationMethod: "Static" }, { sku: { name: "Standard" } })],
  ["PUT", ADDRESS, located({ publicIPAllocationMethod: "Static" }, { sku: { name: "Standard" }, tags: { a: "b" } })],
  [
    "PUT",
    network("publicIPAddresses", "fw-ip"),
    located({ publicIPAllocationMethod: "Static" }, { sku: { name: "Standard" } }),
  ],
  [
    "PUT",
    NIC,
    located({
      networkSecurityGroup: { id: NSG },
      ipConfigurations: [
        {
          name: "ipconfig1",
          properties: {
            subnet: { id: `${VNET}/subnets/snet` },
            publicIPAddress: { id: ADDRESS },
            applicationSecurityGroups: [{ id: ASG }],
          },
        },
      ],
    }),
  ],
  ["PUT", FIREWALL, firewallOf(["*"])],
  ["PUT", FIREWALL, firewallOf(["192.0.2.0/24"])],
  ["PUT", VM, machineOf({})],
  ["PUT", VM, machineOf({ owner: "ada" })],
  ["PUT", `${PRICINGS}/VirtualMachines`, { properties: { pricingTier: "Standard" } }],
  ["PATCH", VM, { tags: { owner: "bo" } }],
  ["PATCH", NSG, { tags: { owner: "bo" } }],
  [
    "PUT",
    ASSIGNMENT,
    { properties: { roleDefinitionId: `${under}/${AUTHORIZATION}/roleDefinitions/${READER}`, principalId: ADA } },
  ],
  [
    "PUT",
    DEFINITION,
    {
      properties: {
        roleName: "Watcher",
        description: "may look",
        type: "CustomRole",
        permissions: [{ actions: ["*/read"], notActions: [] }],
        assignableScopes: [under],
      },
    },
  ],
];

const READING: readonly Call[] = [
  ...RESOURCES.flatMap(([id, children]): readonly Call[] => [
    ["GET", id],
    ["GET", id.slice(0, id.lastIndexOf("/"))],
    ["GET", id.slice(0, id.lastIndexOf("/")).replace(group, under)],
    ...children.map((one): Call => ["GET", `${id}/${one}`]),
  ]),
  ["GET", `${NSG}/securityRules/second`],
  ["GET", `${NSG}/defaultSecurityRules/DenyAllInBound`],
  ["GET", `${VNET}/subnets/snet`],
  ["GET", `${VNET}/virtualNetworkPeerings/to-other`],
  ["GET", `${VNET}/CheckIPAddressAvailability?ipAddress=10.0.1.4`],
  ["GET", `${TABLE}/routes/out`],
  ["GET", `${VM}?$expand=instanceView`],
  ["GET", `${VM}/instanceView`],
  ["GET", `${under}/providers/Microsoft.Compute/virtualMachines?statusOnly=true`],
  ["GET", ASSIGNMENT],
  ["GET", DEFINITION],
  ["GET", `${under}/${AUTHORIZATION}/roleAssignments`],
  ["GET", `${under}/${AUTHORIZATION}/roleAssignments?$filter=atScope()`],
  ["GET", `${group}/${AUTHORIZATION}/roleAssignments?$filter=principalId eq '${ADA}'`],
  ["GET", `${VM}/${AUTHORIZATION}/roleAssignments?$filter=assignedTo('${ADA}')`],
  ["GET", `${under}/${AUTHORIZATION}/roleDefinitions`],
  ["GET", `${under}/${AUTHORIZATION}/roleDefinitions/${READER}`],
  ["GET", `${under}/${AUTHORIZATION}/denyAssignments`],
  ["GET", `${group}/${AUTHORIZATION}/permissions`],
  ["GET", PRICINGS],
  ["GET", `${PRICINGS}/VirtualMachines`],
  ["POST", `${NIC}/effectiveNetworkSecurityGroups`],
  ["POST", `${NIC}/effectiveRouteTable`],
  ...["powerOff", "start", "restart", "deallocate"].map((what): Call => ["POST", `${VM}/${what}`]),
];

/** What is refused, in every way that Azure refuses. */
const REFUSED: readonly Call[] = [
  ...RESOURCES.flatMap(([id]): readonly Call[] => [
    ["GET", `${id}-gone`],
    ["GET", id.replace(place.group, "rg-gone")],
    ["DELETE", `${id}-gone`],
  ]),
  ["GET", `${NSG}/securityRules/gone`],
  ["PUT", `${NSG}/securityRules/third`, rule(120)],
  ["PUT", `${NSG}/securityRules/third`, rule(50)],
  ["PUT", `${NSG}/securityRules/third`, rule(130, { sourceAddressPrefix: "192.0.2.1/24" })],
  ["PUT", `${nsgId(place, "gone")}/securityRules/third`, rule(130)],
  ["DELETE", NSG],
  ["DELETE", NIC],
  ["DELETE", ADDRESS],
  ["DELETE", `${VNET}/subnets/snet`],
  ["GET", `${PRICINGS}/gone`],
  ["PUT", `${PRICINGS}/VirtualMachines`, { properties: { pricingTier: "Gold" } }],
  ["GET", ASSIGNMENT.replace(/.$/, "9")],
  ["GET", DEFINITION.replace(/.$/, "9")],
  [
    "PUT",
    ASSIGNMENT,
    { properties: { roleDefinitionId: `${under}/${AUTHORIZATION}/roleDefinitions/${READER}`, principalId: ADA } },
  ],
  ["GET", `${under}/${AUTHORIZATION}/roleAssignments?$filter=nonsense`],
];

const UNMAKING: readonly Call[] = [
  ["DELETE", ASSIGNMENT],
  ["DELETE", ASSIGNMENT],
  ["DELETE", DEFINITION],
  ["DELETE", `${NSG}/securityRules/second`],
  ["DELETE", `${NSG}/securityRules/second`],
  ["DELETE", `${VNET}/virtualNetworkPeerings/to-other`],
  ["DELETE", `${TABLE}/routes/out`],
  ["DELETE", `${VNET}/subnets/more`],
  ["DELETE", VM],
  ["DELETE", NIC],
  ["DELETE", FIREWALL],
  ["DELETE", ADDRESS],
  ["DELETE", ASG],
  ["DELETE", VNET],
  ["DELETE", TABLE],
  ["DELETE", NSG],
];

const status = (code: number, name: string, retryAfter?: number): FaultInput["effect"] => ({
  kind: "status",
  status: code,
  code: name,
  message: "as the script says",
  ...(retryAfter !== undefined && { retryAfter }),
});

/** What a script makes of a write of a rule. */
const TROUBLE: readonly FaultInput["effect"][] = [
  status(429, "TooManyRequests", 7),
  status(409, "AnotherOperationInProgress"),
  status(412, "PreconditionFailed"),
  status(403, "AuthorizationFailed"),
  status(503, "ServerTimeout"),
  { kind: "lose-reply", as: "504" },
  { kind: "supersede" },
  { kind: "fail-operation", code: "InternalServerError" },
];

/** The wire, with everything that goes over it to Resource Manager written down. */
export function recorded(wire: WireHandler, into: WireExchange[]): WireHandler {
  return async (request) => {
    const answer = await wire(request);
    const { method, url, headers: requestHeaders, body: requestBody } = request;
    if (/^\/subscriptions\//i.test(url) && answer.status !== 0)
      into.push({ method, url, requestHeaders, requestBody, ...answer });
    return answer;
  };
}

/** Everything that the simulated Resource Manager answers to, asked: making, reading, being refused, trouble, unmaking. */
export async function askEverything(): Promise<readonly WireExchange[]> {
  const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
  const simulator = await createSimulator({ world: demoWorld(), clock, auth: false, passTime: clock.pass });
  const exchanges: WireExchange[] = [];
  const wire = recorded(simulator.arm, exchanges);

  const send = async (method: string, path: string, body?: unknown) => {
    const provider = /.*\/providers\/([^/?]+)/i.exec(path)?.[1]?.toLowerCase() ?? "";
    const version = /api-version=/.test(path)
      ? ""
      : `${path.includes("?") ? "&" : "?"}api-version=${PUBLISHED[provider] ?? "2024-01-01"}`;
    const headers = { "content-type": "application/json" };
    return callJson(wire, method, path + version, { ...(body !== undefined && { body }), headers });
  };
  /** A write, and what both ways to follow it say while it goes on and when it is over. */
  const settled = async ([method, path, body]: Call) => {
    const { headers } = await send(method, path, body);
    const links = ["azure-asyncoperation", "location"].flatMap((name) => headers[name] ?? []);
    for (const wait of [0, AFTER_ANY_WRITE]) {
      await clock.pass(wait);
      for (const link of links) await send("GET", new URL(link).pathname + new URL(link).search);
    }
  };

  await callJson(simulator.arm, "PUT", `${group}?api-version=2024-11-01`, { body: { location: place.location } });
  for (const call of [...MAKING, ...READING, ...REFUSED]) await settled(call);
  for (const effect of TROUBLE) {
    const fault = Fault.parse({ match: { method: "PUT" }, effect });
    simulator.control.setFaults([fault]);
    await settled(["PUT", `${NSG}/securityRules/second`, rule(140)]);
  }
  // Beside a write that is under way.
  await send("PUT", `${NSG}/securityRules/second`, rule(150));
  await settled(["PUT", `${NSG}/securityRules/beside`, rule(160)]);
  for (const call of UNMAKING) await settled(call);
  return exchanges;
}
