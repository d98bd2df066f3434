import { createStandingClock } from "../standing-clock.ts";
import { Instant } from "@sallyport/contracts";
import { createSimulator } from "../../simulator.ts";
import { SMALL, smallWorld } from "../../worlds/small-world.ts";
import type { SmallWorldParts } from "../../worlds/small-world.ts";
import { demoWorld } from "../../worlds/worlds.ts";
import type { WorldDocuments } from "../documents.ts";
import type { Reach } from "../reachability.ts";

const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
const INTERNET = "198.51.100.7";

async function reach(
  world: WorldDocuments,
  question: Partial<{ vm: string; port: number; source: string; protocol: "tcp" | "udp" }> = {},
): Promise<Reach> {
  const { control } = await createSimulator({ world, clock, auth: false });
  const answer = control.reachable({ vm: "vm-1", port: 22, source: INTERNET, ...question });
  if ("misunderstood" in answer) throw new Error(answer.misunderstood);
  return answer;
}

const verdict = async (parts: SmallWorldParts, question: Parameters<typeof reach>[1] = {}) =>
  (await reach(smallWorld(parts), question)).verdict;

const allow22 = ["allow-22", "Allow", 200, "22", "*"] as const;

describe("a packet from the Internet", () => {
  it("passes the NSG of the subnet first, then that of the interface, and needs both", async () => {
    expect(await verdict({ subnet: [allow22], nic: [allow22] })).toBe("allowed");
    expect(await verdict({ subnet: [allow22], nic: [] })).toBe("denied");
    expect(await verdict({ subnet: [], nic: [allow22] })).toBe("denied");
    const { hops } = await reach(smallWorld({ subnet: [allow22], nic: [] }));
    expect(hops.map(({ kind }) => kind)).toEqual(["public address", "nsg on the subnet", "nsg on the interface"]);
    expect(hops.at(-1)).toMatchObject({ rule: "DenyAllInBound", object: SMALL.nicNsg, verdict: "denied" });
  });

  it("meets nothing at a level without an NSG", async () => {
    expect(await verdict({ subnet: "none", nic: [allow22] })).toBe("allowed");
    expect(await verdict({ subnet: [allow22], nic: "none" })).toBe("allowed");
    expect(await verdict({ subnet: "none", nic: "none" })).toBe("allowed");
  });

  it("reaches nothing that has no public address", async () => {
    const { verdict: denied, hops } = await reach(smallWorld({ subnet: "none", nic: "none", publicIp: false }));
    expect([denied, hops.at(0)?.why]).toEqual(["denied", "no public address"]);
  });

  it("reaches no VM that is not running", async () => {
    expect(await verdict({ subnet: "none", nic: "none", power: "deallocated" })).toBe("denied");
    expect(await verdict({ subnet: "none", nic: "none", power: "stopped" })).toBe("denied");
  });

  it("is seen with the private address as its destination", async () => {
    const to = (destination: string) =>
      ["a", "Allow", 200, "22", "*", { destinationAddressPrefix: destination }] as const;
    expect(await verdict({ subnet: "none", nic: [to(SMALL.privateIp)] })).toBe("allowed");
    expect(await verdict({ subnet: "none", nic: [to("203.0.113.4")] })).toBe("denied");
  });

  it("comes from an ephemeral port, so a rule for a part of those ports leaves it unknown", async () => {
    const from = (ports: string) => ["a", "Allow", 200, "22", "*", { sourcePortRange: ports }] as const;
    expect(await verdict({ subnet: "none", nic: [from("1024-65535")] })).toBe("allowed");
    expect(await verdict({ subnet: "none", nic: [from("1-1023")] })).toBe("denied");
    expect(await verdict({ subnet: "none", nic: [from("50000-50100")] })).toBe("unknown");
  });
});

describe("a packet from within the network", () => {
  it("needs no public address, and passes the default rule for the virtual network", async () => {
    expect(await verdict({ publicIp: false }, { source: SMALL.neighbour })).toBe("allowed");
  });

  it("is stopped by a deny for everyone", async () => {
    const deny = ["d", "Deny", 300, "22", "*"] as const;
    expect(await verdict({ nic: [deny] }, { source: SMALL.neighbour })).toBe("denied");
    expect(await verdict({ nic: [deny] }, { source: SMALL.neighbour, port: 23 })).toBe("allowed");
  });

  it("has no way in from a private address elsewhere", async () => {
    expect(await verdict({}, { source: "192.168.7.7" })).toBe("denied");
  });

  it("has one from a connected peer, which counts as VirtualNetwork", async () => {
    const world = smallWorld({});
    const peered = (state: string): WorldDocuments => ({
      ...world,
      azure: {
        ...world.azure,
        subscriptions: world.azure.subscriptions.map((one) => ({
          ...one,
          resources: one.resources.map((resource) =>
            resource.id === SMALL.vnet
              ? {
                  ...resource,
                  properties: {
                    ...resource.properties,
                    virtualNetworkPeerings: [
                      {
                        name: "to-hub",
                        properties: {
                          peeringState: state,
                          remoteAddressSpace: { addressPrefixes: ["192.168.0.0/16"] },
                        },
                      },
                    ],
                  },
                }
              : resource,
          ),
        })),
      },
    });
    expect((await reach(peered("Connected"), { source: "192.168.7.7" })).verdict).toBe("allowed");
    expect((await reach(peered("Disconnected"), { source: "192.168.7.7" })).verdict).toBe("denied");
  });
});

describe("which rule decides", () => {
  it("is the first that matches, by priority and not by place", async () => {
    const rules = [
      ["late", "Allow", 400, "22", "*"],
      ["early", "Deny", 300, "22", INTERNET],
    ] as const;
    expect(await verdict({ subnet: "none", nic: rules })).toBe("denied");
    expect(await verdict({ subnet: "none", nic: rules }, { source: "198.51.100.8" })).toBe("allowed");
  });

  it.each([
    ["a port in a range", ["a", "Allow", 200, "20-25", "*"], "allowed"],
    ["a port in a list", ["a", "Allow", 200, ["80", "22"], "*"], "allowed"],
    ["another port", ["a", "Allow", 200, "23", "*"], "denied"],
    ["a source in a prefix", ["a", "Allow", 200, "22", "198.51.100.0/29"], "allowed"],
    ["a source beside a prefix", ["a", "Allow", 200, "22", "198.51.100.8/29"], "denied"],
    ["a source in a list", ["a", "Allow", 200, "22", ["10.9.9.9", "198.51.100.7"]], "allowed"],
    ["the Internet by its tag", ["a", "Allow", 200, "22", "Internet"], "allowed"],
    ["the network by its tag", ["a", "Allow", 200, "22", "VirtualNetwork"], "denied"],
    ["a number that is no address", ["a", "Allow", 200, "22", "789"], "denied"],
    ["an IPv6 prefix", ["a", "Allow", 200, "22", "::/0"], "denied"],
    ["TCP in any case", ["a", "Allow", 200, "22", "*", { protocol: "TCP" }], "allowed"],
    ["UDP only", ["a", "Allow", 200, "22", "*", { protocol: "Udp" }], "denied"],
    ["outbound traffic", ["a", "Allow", 200, "22", "*", { direction: "Outbound" }], "denied"],
    [
      "empty singular, plural list",
      ["a", "Allow", 200, "22", "", { sourceAddressPrefixes: ["198.51.100.0/24"] }],
      "allowed",
    ],
  ] as const)("judges a rule for %s", async (_what, rule, expected) => {
    expect(await verdict({ subnet: "none", nic: [rule] })).toBe(expected);
  });

  it("is not known behind a tag whose ranges nobody here knows, unless what follows says the same", async () => {
    const tag = ["tagged", "Allow", 200, "22", "AzureCloud"] as const;
    expect(await verdict({ subnet: "none", nic: [tag] })).toBe("unknown");
    expect(await verdict({ subnet: "none", nic: [tag, ["all", "Allow", 300, "22", "*"]] })).toBe("allowed");
    expect(await verdict({ subnet: "none", nic: [["d", "Deny", 199, "22", "*"], tag] })).toBe("denied");
    const { hops } = await reach(smallWorld({ subnet: "none", nic: [tag] }));
    expect(hops.at(-1)).toMatchObject({ verdict: "unknown", rule: "tagged" });
  });

  it("stays denied when one level denies for certain and the other is not known", async () => {
    const tag = ["tagged", "Allow", 200, "22", "AzureCloud"] as const;
    expect(await verdict({ subnet: [tag], nic: [] })).toBe("denied");
  });
});

describe("the demonstration world", () => {
  it.each([
    ["vm-web-01", 443, INTERNET, "allowed"],
    ["vm-web-01", 22, INTERNET, "denied"],
    ["vm-jump-01", 22, INTERNET, "allowed"],
    ["vm-win-01", 3389, INTERNET, "allowed"],
    ["vm-win-02", 5986, INTERNET, "allowed"],
    ["vm-strict-01", 22, INTERNET, "denied"],
    ["vm-app-01", 22, INTERNET, "denied"],
    ["vm-bare-01", 3389, INTERNET, "allowed"],
    ["vm-bare-02", 3389, INTERNET, "denied"],
    ["vm-web-old", 22, INTERNET, "denied"],
    ["vm-tagged-01", 22, INTERNET, "unknown"],
    ["vm-dual-01", 443, "2001:db8:ffff::1", "allowed"],
    ["vm-dual-01", 22, "2001:db8:ffff::1", "denied"],
    ["vm-web-01", 443, "2001:db8:ffff::1", "denied"],
    ["vm-router-01", 443, INTERNET, "denied"],
    ["vm-app-01", 8080, "10.10.2.12", "allowed"],
    ["vm-walled-01", 443, INTERNET, "allowed"],
    ["vm-walled-01", 22, INTERNET, "denied"],
    ["vm-walled-02", 443, INTERNET, "denied"],
    ["vm-governed-01", 22, INTERNET, "unknown"],
  ] as const)("says of %s, port %d, from %s: %s", async (vm, port, source, expected) => {
    expect((await reach(demoWorld(), { vm, port, source })).verdict).toBe(expected);
  });

  it("holds at least 28 Azure VMs in two subscriptions", () => {
    const vms = demoWorld().azure.subscriptions.map(
      ({ resources }) => resources.filter(({ type }) => type.endsWith("/virtualMachines")).length,
    );
    expect(vms.length).toBe(2);
    expect(vms.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(28);
  });
});
