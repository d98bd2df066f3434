import { Instant } from "@sallyport/contracts";
import { z } from "zod";
import { callJson } from "../../call.ts";
import { createSimulator } from "../../simulator.ts";
import { WALLED, walledWorld } from "../../worlds/walled-world.ts";
import type { WalledWorldParts } from "../../worlds/walled-world.ts";
import { createStandingClock } from "../standing-clock.ts";

const INTERNET = "198.51.100.7";
const FIREWALL_SUBNET = "10.0.0.64/26";

const SSH = ["ssh", [INTERNET], "50022", WALLED.privateIp, "22"] as const;
const fromFirewall = ["from-firewall", "Allow", 100, "22", FIREWALL_SUBNET] as const;

const collection = (name: string, priority: number, type: "Allow" | "Deny", rule: object = {}) => ({
  name,
  properties: {
    priority,
    action: { type },
    rules: [
      {
        name: "r",
        protocols: ["TCP"],
        sourceAddresses: ["*"],
        destinationAddresses: [WALLED.privateIp],
        destinationPorts: ["22"],
        ...rule,
      },
    ],
  },
});

async function ask(parts: WalledWorldParts, source: string = INTERNET, port = 22) {
  const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
  const simulator = await createSimulator({ world: walledWorld(parts), clock, auth: false });
  const reach = simulator.control.reachable({ vm: "vm-1", port, source });
  return "verdict" in reach ? reach : { verdict: reach.misunderstood, hops: [] };
}
const verdict = async (parts: WalledWorldParts, source?: string, port?: number) =>
  (await ask(parts, source, port)).verdict;

describe("a packet from the Internet to a VM behind an Azure Firewall", () => {
  it("gets nowhere without a NAT rule", async () => {
    expect(await verdict({ rules: [fromFirewall] })).toBe("denied");
  });

  it("is led to the VM's port by a NAT rule on the firewall's public address, and seen by the NSG as the firewall", async () => {
    const reach = await ask({ nat: [SSH], rules: [fromFirewall] });
    expect(reach.verdict).toBe("allowed");
    expect(reach.hops).toMatchObject([
      { kind: "firewall", object: WALLED.firewall, rule: "standing-nat/ssh" },
      { kind: "subnet" },
      { kind: "nsg on the interface", rule: "from-firewall" },
    ]);
  });

  it("is stopped by an NSG that only knows the sender's own address, and let by where the network is allowed by default", async () => {
    const deny = ["deny", "Deny", 200, "22", "*"] as const;
    expect(await verdict({ nat: [SSH], rules: [["sender", "Allow", 100, "22", INTERNET], deny] })).toBe("denied");
    expect(await verdict({ nat: [SSH], rules: [] })).toBe("allowed");
  });

  it("is in doubt where the NSG admits only some of the addresses that the firewall may use", async () => {
    const half = ["half", "Allow", 100, "22", "10.0.0.64/27"] as const;
    expect(await verdict({ nat: [SSH], rules: [half, ["deny", "Deny", 200, "22", "*"]] })).toBe("unknown");
  });

  it("is not led on from another source, nor to another port", async () => {
    expect(await verdict({ nat: [SSH] }, "198.51.100.8")).toBe("denied");
    expect(await verdict({ nat: [SSH] }, INTERNET, 3389)).toBe("denied");
  });

  it("is led where the first NAT rule for that port leads", async () => {
    const elsewhere = ["elsewhere", ["*"], "50022", "10.0.1.99", "22"] as const;
    expect(await verdict({ nat: [elsewhere, SSH] })).toBe("denied");
    expect(await verdict({ nat: [SSH, elsewhere] })).toBe("allowed");
  });

  it("is stopped by a network rule that denies what NAT leads to, unless one before it allows that", async () => {
    const deny = collection("deny", 300, "Deny");
    expect(await verdict({ nat: [SSH], network: [deny] })).toBe("denied");
    expect(await verdict({ nat: [SSH], network: [deny, collection("allow", 200, "Allow")] })).toBe("allowed");
  });

  it("is in doubt where names or groups that are not part of the world decide", async () => {
    const group = `${WALLED.vnet.replace(/virtualNetworks.*/, "ipGroups")}/nowhere`;
    const doubtful = collection("deny", 300, "Deny", { sourceAddresses: [], sourceIpGroups: [group] });
    expect(await verdict({ nat: [SSH], network: [doubtful] })).toBe("unknown");
  });

  it("is in doubt under a firewall policy: nobody sees its rules", async () => {
    const reach = await ask({
      policy: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/firewallPolicies/p",
    });
    expect(reach.verdict).toBe("unknown");
    expect(reach.hops.find(({ verdict: one }) => one === "unknown")?.why).toMatch(/policy/);
  });

  it("does not get an answer from the VM's own public address while the default route leads to the firewall", async () => {
    const rules = [["ssh", "Allow", 100, "22", "*"]] as const;
    const reach = await ask({ rules, publicIp: "203.0.113.4" });
    expect(reach.verdict).toBe("denied");
    expect(reach.hops.at(-1)).toMatchObject({ kind: "route", object: WALLED.routeTable, rule: "to-firewall" });
    expect(await verdict({ rules, publicIp: "203.0.113.4", routed: false })).toBe("allowed");
  });
});

describe("a packet from within the network", () => {
  it("goes past the firewall: the NSG decides alone", async () => {
    const deny = ["deny", "Deny", 100, "22", "*"] as const;
    expect(await verdict({ rules: [] }, WALLED.neighbour)).toBe("allowed");
    expect(await verdict({ rules: [] }, WALLED.distant)).toBe("allowed");
    expect(await verdict({ rules: [deny] }, WALLED.neighbour)).toBe("denied");
  });
});

describe("a connection through a firewall", () => {
  const world = walledWorld({ nat: [SSH], rules: [fromFirewall] });
  const V = "?api-version=2024-05-01";

  async function connected() {
    const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
    const simulator = await createSimulator({ world, clock, auth: false });
    const opened = simulator.control.openFlow({ vm: "vm-1", port: 22, source: INTERNET });
    if (!("flow" in opened)) throw new Error("not reachable");
    const edit = (method: "PUT" | "DELETE", path: string, body?: unknown) =>
      simulator.control.outsider({ edit: { cloud: "azure", method, path, ...(body !== undefined && { body }) } });
    return { simulator, edit, state: () => simulator.control.flow(opened.flow.id)?.state, clock };
  }

  it("is cut when the rule that let it in goes: a firewall drops what it no longer allows", async () => {
    const { simulator, edit, state } = await connected();
    const { json } = await callJson(simulator.arm, "GET", WALLED.firewall + V);
    const body = z.looseObject({ properties: z.looseObject({}) }).parse(json);
    await edit("PUT", WALLED.firewall, { ...body, properties: { ...body.properties, natRuleCollections: [] } });
    expect(state()).toBe("cut");
  });

  it("stays when only the NSG closes: that judges new connections", async () => {
    const { edit, state } = await connected();
    await edit("PUT", `${WALLED.nsg}/securityRules/deny`, {
      properties: {
        protocol: "*",
        sourcePortRange: "*",
        destinationPortRange: "*",
        sourceAddressPrefix: "*",
        destinationAddressPrefix: "*",
        access: "Deny",
        priority: 101,
        direction: "Inbound",
      },
    });
    await edit("DELETE", `${WALLED.nsg}/securityRules/from-firewall`);
    expect(state()).toBe("established");
  });
});
