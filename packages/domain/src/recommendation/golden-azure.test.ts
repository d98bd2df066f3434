import type { Family } from "@sallyport/contracts";
import { allow, asgId, azureFinding, azureReach, deny } from "./an-azure-vm.conformance.ts";
import type { Reach, RuleBody, VmParts } from "./an-azure-vm.conformance.ts";

const from = (sourceAddressPrefix: string, destinationPortRange = "22"): RuleBody => ({
  sourceAddressPrefix,
  destinationPortRange,
});
const DOCUMENTED = "what Azure documents";

/** `why` says why it is so, where scanners that are in use say something else. */
interface Row {
  readonly nsg: readonly RuleBody[];
  readonly truth: Reach;
  readonly family?: Family;
  readonly why: string;
}

const rows: Readonly<Record<string, Row>> = {
  "A1 from * to 22": { nsg: [allow(200, from("*"))], truth: "everybody", why: DOCUMENTED },
  "A2 from * to every port": {
    nsg: [allow(200, from("*", "*"))],
    truth: "everybody",
    why: "* is every port, 22 among them",
  },
  "A3 from * to 0-65535": { nsg: [allow(200, from("*", "0-65535"))], truth: "everybody", why: DOCUMENTED },
  "A4 a list of ports": {
    nsg: [allow(200, { sourceAddressPrefix: "*", destinationPortRange: "", destinationPortRanges: ["22", "3389"] })],
    truth: "everybody",
    why: "the plural field is as good as the singular",
  },
  "A5 a list of sources": {
    nsg: [allow(200, { sourceAddressPrefix: "", sourceAddressPrefixes: ["0.0.0.0/0"], destinationPortRange: "22" })],
    truth: "everybody",
    why: "the plural field is as good as the singular",
  },
  "A6 from ::/0": {
    nsg: [allow(200, from("::/0"))],
    truth: "everybody",
    family: "ipv6",
    why: "a rule of one family is about that family",
  },
  "A6 from ::/0, over IPv4": { nsg: [allow(200, from("::/0"))], truth: "nobody", why: "and not about the other" },
  "A7 from Any": { nsg: [allow(200, from("Any"))], truth: "everybody", why: "taken for open: never for harmless" },
  "A8 from one half": { nsg: [allow(200, from("0.0.0.0/1"))], truth: "half", why: "sources are ranges, not texts" },
  "A8 from both halves": {
    nsg: [allow(200, from("0.0.0.0/1")), allow(201, from("128.0.0.0/1"))],
    truth: "everybody",
    why: "two rules together admit what neither does alone",
  },
  "A9 from Internet": { nsg: [allow(200, from("Internet"))], truth: "everybody", why: DOCUMENTED },
  "A10 from 0.0.0.0/0": { nsg: [allow(200, from("0.0.0.0/0"))], truth: "everybody", why: DOCUMENTED },
  "A11 a deny before the allow": {
    nsg: [deny(100, from("*")), allow(200, from("*"))],
    truth: "nobody",
    why: "the smallest number decides first",
  },
  "A12 a deny of private sources before the allow": {
    nsg: [deny(100, from("10.0.0.0/8")), allow(200, from("*"))],
    truth: "everybody",
    why: "a deny decides about its own sources only",
  },
  "A13 a deny from * before an allow from Internet": {
    nsg: [deny(100, from("*")), allow(200, from("Internet"))],
    truth: "nobody",
    why: "* covers what Internet stands for",
  },
  "A14 from one address": {
    nsg: [allow(100, from("1.2.3.4/32"))],
    truth: "one address",
    why: "open is not open to everybody",
  },
  "A15 a deny of UDP before an allow of TCP": {
    nsg: [deny(100, { ...from("*"), protocol: "Udp" }), allow(200, from("*"))],
    truth: "everybody",
    why: "a rule decides about its own protocol only",
  },
  "A16 every protocol": {
    nsg: [allow(200, { ...from("*"), protocol: "*" })],
    truth: "everybody",
    why: DOCUMENTED,
  },
  "a range that only touches 22": {
    nsg: [allow(200, from("*", "10-22"))],
    truth: "everybody",
    why: "both ends of a range belong to it",
  },
  "a range that ends before 22": { nsg: [allow(200, from("*", "1-21"))], truth: "nobody", why: DOCUMENTED },
  "overlapping ranges that together are everything": {
    nsg: [
      allow(200, from("0.0.0.0/2")),
      allow(201, from("32.0.0.0/3")),
      allow(202, from("64.0.0.0/2")),
      allow(203, from("128.0.0.0/1")),
    ],
    truth: "everybody",
    why: "what counts is the union",
  },
  "a deny by a service tag whose addresses change weekly": {
    nsg: [deny(100, from("AzureCloud")), allow(200, from("*"))],
    truth: "everybody or not",
    why: "who is kept out cannot be known, and counts as open",
  },
  "an allow by a service tag whose addresses change weekly": {
    nsg: [allow(100, from("AzureCloud"))],
    truth: "everybody or not",
    why: "who gets in cannot be known, and is never taken for nobody",
  },
  "an allow at 4096": { nsg: [allow(4096, from("*"))], truth: "everybody", why: "it stands before the default deny" },
  "the default rules alone": {
    nsg: [],
    truth: "nobody",
    why: "AllowVnetInBound and AllowAzureLoadBalancerInBound let nobody from the Internet in",
  },
  "from an application security group": {
    nsg: [allow(100, { sourceApplicationSecurityGroups: [{ id: asgId }], destinationPortRange: "22" })],
    truth: "nobody",
    why: "its members have private addresses",
  },
  "to an application security group of others": {
    nsg: [
      allow(100, {
        ...from("*"),
        destinationAddressPrefix: undefined,
        destinationApplicationSecurityGroups: [{ id: asgId }],
      }),
    ],
    truth: "nobody",
    why: "the VM is none of its members",
  },
  "to the VM's public address": {
    nsg: [allow(100, { ...from("*"), destinationAddressPrefix: "198.51.100.10" })],
    truth: "nobody",
    why: "an NSG sees the private address",
  },
  "an outbound rule": {
    nsg: [allow(100, { ...from("*"), direction: "Outbound" })],
    truth: "nobody",
    why: "it is about the other direction",
  },
};

describe("is TCP 22 open to the Internet? (the golden table of Azure)", () => {
  it.each(Object.entries(rows))("%s", (_name, { nsg, truth, family = "ipv4", why }: Row) => {
    const parts: VmParts = { nic: nsg };
    expect({ why, reach: azureReach(parts, family) }).toEqual({ why, reach: truth });
    // The same at the subnet, and nothing less with another NSG that lets everybody in.
    expect(azureReach({ subnet: nsg }, family)).toBe(truth);
    expect(azureReach({ subnet: [allow(100, from("*", "*")), allow(101, from("::/0", "*"))], nic: nsg }, family)).toBe(
      truth,
    );
    const { status } = azureFinding(parts);
    const other = azureReach(parts, family === "ipv6" ? "ipv4" : "ipv6");
    expect(status).toBe(truth === "nobody" && other === "nobody" ? "Healthy" : "Unhealthy");
  });

  it("to an application security group that the VM is in", () =>
    expect(
      azureReach({
        groups: [asgId],
        nic: [
          allow(100, {
            sourceAddressPrefix: "*",
            destinationPortRange: "22",
            destinationApplicationSecurityGroups: [{ id: asgId }],
          }),
        ],
      }),
    ).toBe("everybody"));

  it("lets in only whom the NSGs of both levels let in", () => {
    const open = [allow(200, from("*"))];
    expect(azureReach({ nic: open, subnet: [] })).toBe("nobody");
    expect(azureReach({ nic: [], subnet: open })).toBe("nobody");
    expect(azureReach({ nic: open, subnet: [allow(100, from("1.2.3.4"))] })).toBe("one address");
  });

  it("makes no VM unhealthy that is stopped, or that nobody from the Internet can reach", () => {
    const nic = [allow(200, from("*"))];
    expect(azureFinding({ nic, power: "deallocated" })).toMatchObject({
      status: "NotApplicable",
      reasonCode: "STOPPED",
    });
    expect(azureFinding({ nic, publicIp: false })).toMatchObject({ status: "Healthy", reasonCode: "NO_PUBLIC_IP" });
    expect(azureFinding({})).toMatchObject({ status: "NotApplicable", severity: "Critical" });
  });

  it("names the rule that decides, its NSG, the interface's public address, and no NSG that is attached to nothing", () => {
    const { evidence } = azureFinding({ nic: [allow(200, from("*"))] });
    expect(evidence.map(({ kind, object }) => `${kind} ${object.slice(object.lastIndexOf("/") + 1)}`)).toEqual(
      expect.arrayContaining(["rule rule-1", "nsg nsg-nic", "public-address pip"]),
    );
    expect(JSON.stringify(evidence)).not.toContain("nsg-idle");
  });
});

describe("the branches of the recommendation, from the clouds' own bytes", () => {
  const open = [allow(200, from("*"))];
  const fw = (about: object) => ({
    id: "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourceGroups/rg/providers/Microsoft.Network/azureFirewalls/fw",
    name: "fw",
    properties: {
      provisioningState: "Succeeded",
      ipConfigurations: [
        {
          properties: {
            privateIPAddress: "10.0.1.4",
            subnet: {
              id: "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/AzureFirewallSubnet",
            },
          },
        },
      ],
      ...about,
    },
  });
  const natTo = (address: string) => ({
    natRuleCollections: [
      {
        name: "nat",
        properties: {
          priority: 100,
          action: { type: "Dnat" },
          rules: [
            {
              name: "ssh",
              protocols: ["TCP"],
              sourceAddresses: ["*"],
              destinationAddresses: ["203.0.113.200"],
              destinationPorts: ["50022"],
              translatedAddress: address,
              translatedPort: "22",
            },
          ],
        },
      },
    ],
  });

  it("A6: a firewall with a policy comes before a missing NSG, and before an open one", () => {
    const firewalls = [fw({ firewallPolicy: { id: "/subscriptions/x/firewallPolicies/p" } })];
    for (const nic of [{ nic: open }, {}])
      expect(azureFinding({ ...nic, firewalls })).toMatchObject({
        status: "NotApplicable",
        reasonCode: "FIREWALL_POLICY_UNSUPPORTED",
        evidence: [{ kind: "firewall", object: expect.stringContaining("/azurefirewalls/fw") }],
      });
  });

  it("A7: a firewall with classic rules on the way guards a VM without an NSG", () =>
    expect(azureFinding({ publicIp: false, firewalls: [fw(natTo("10.0.0.4"))] }).reasonCode).not.toBe(
      "NO_NSG_OR_FIREWALL",
    ));

  it("A8: a firewall that leads to the VM exposes it without a public address of its own", () => {
    const led = azureFinding({ nic: [allow(200, from("*"))], publicIp: false, firewalls: [fw(natTo("10.0.0.4"))] });
    expect(led).toMatchObject({ status: "Unhealthy", reasonCode: "NSG_ALLOWS" });
    expect(JSON.stringify(led.evidence)).toContain("/azurefirewalls/fw");
    expect(
      azureFinding({ nic: [allow(200, from("*"))], publicIp: false, firewalls: [fw(natTo("10.0.0.9"))] }).reasonCode,
    ).toBe("NO_PUBLIC_IP");
  });
});
