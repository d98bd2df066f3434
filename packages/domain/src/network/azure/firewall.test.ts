import { port } from "@sallyport/contracts";
import type { Address } from "@sallyport/contracts";
import { partAt, sourcesThat } from "../address-set.ts";
import { firewallId, model, nsgId, reach, verdict, vm, walledNet } from "./walled-net.conformance.ts";

const GUEST = "198.51.100.7";
const OTHER = "198.51.100.8";
const NEIGHBOUR = "10.0.0.5";
const shutNsg = [["shut", "Deny", 4000, "*", "*"]] as const;

describe("who gets in through an Azure Firewall", () => {
  it("is nobody from the Internet without a NAT rule, and whoever is near: near traffic does not pass it", () => {
    const net = walledNet();
    expect([verdict(net, GUEST), verdict(net, NEIGHBOUR)]).toEqual(["denied", "allowed"]);
  });

  it("is whom the first NAT rule that matches leads here, by address and port of the firewall", () => {
    const net = walledNet({
      nat: [
        { name: "late", priority: 300, from: ["198.51.100.0/24"] },
        { name: "first", priority: 200, from: [`${OTHER}/32`], to: "10.0.0.5" },
        { name: "udp", priority: 100, protocols: ["UDP"], from: ["*"], to: "10.0.0.5" },
        { name: "elsewhere", priority: 101, from: ["*"], ports: ["50000-50021"], to: "10.0.0.5" },
      ],
    });
    expect([verdict(net, GUEST), verdict(net, OTHER), verdict(net, "192.0.2.1")]).toEqual([
      "allowed",
      "denied",
      "denied",
    ]);
    expect(partAt(reach(net), GUEST as Address).by).toContain("fw/late");
  });

  it("is nobody whom a network rule denies what NAT leads to, whatever the order, unless an allow comes before it", () => {
    const nat = [{ name: "in" }];
    const deny = { name: "deny", priority: 60_000, action: "Deny", to: ["10.0.0.4"] } as const;
    const allow = { name: "allow", priority: 59_999, from: [`${GUEST}/32`], to: ["10.0.0.0/24"] } as const;
    expect(verdict(walledNet({ nat, network: [deny] }), GUEST)).toBe("denied");
    const both = walledNet({ nat, network: [deny, allow] });
    expect([verdict(both, GUEST), verdict(both, OTHER)]).toEqual(["allowed", "denied"]);
    expect(verdict(walledNet({ nat, network: [{ ...deny, ports: ["23"] }] }), GUEST)).toBe("allowed");
  });

  it("is nobody where the NSGs let the firewall's subnet not through: that is whom they see, not the sender (P39)", () => {
    const nat = [{ name: "in" }];
    const user = walledNet({ nat, nsg: [["user", "Allow", 300, "22", GUEST], ...shutNsg] });
    const hop = walledNet({ nat, nsg: [["hop", "Allow", 300, "22", "10.0.1.0/26"], ...shutNsg] });
    expect([verdict(user, GUEST), verdict(hop, GUEST)]).toEqual(["denied", "allowed"]);
  });

  it("is in doubt where only some of the firewall's addresses get through", () => {
    const half = walledNet({ nat: [{ name: "in" }], nsg: [["half", "Allow", 300, "22", "10.0.1.0/27"], ...shutNsg] });
    expect(partAt(reach(half), GUEST as Address)).toMatchObject({
      verdict: "unknown",
      reason: "fw may use any address of its subnet, and not all of them get through",
    });
  });

  it("never counts the firewall's own subnet as a source: it is a hop", () => {
    const net = walledNet({ nsg: [["hop", "Allow", 300, "22", "10.0.1.0/26"]] });
    expect([verdict(net, "10.0.1.4"), verdict(net, "10.0.1.64")]).toEqual(["denied", "allowed"]);
  });

  it("lets private networks beyond this one through by network rules alone, as they are", () => {
    const net = walledNet({
      network: [{ name: "branch", priority: 200, from: ["192.168.0.0/16"], to: ["10.0.0.4"] }],
      nsg: [["branch", "Allow", 300, "22", "192.168.7.0/24"], ...shutNsg],
    });
    expect([verdict(net, "192.168.7.1"), verdict(net, "192.168.8.1"), verdict(net, "172.16.0.1")]).toEqual([
      "allowed",
      "denied",
      "denied",
    ]);
  });

  it("is nobody who knocks at a public address of the machine's own while the answers go to the firewall, which drops them", () => {
    const nsg = [["user", "Allow", 300, "22", GUEST], ...shutNsg] as const;
    const net = walledNet({ publicIp: true, nsg });
    expect([verdict(net, GUEST), verdict(net, OTHER)]).toEqual(["denied", "denied"]);
    expect(
      model.path(net, { vm, destination: "10.0.0.4" as Address, port: port(22), protocol: "tcp" }, GUEST as Address),
    ).toMatchObject([{ kind: "firewall", verdict: "denied", rule: "asymmetric route" }]);
    const unrouted = walledNet({ publicIp: true, nsg, routed: false });
    expect([verdict(unrouted, GUEST), verdict(unrouted, OTHER)]).toEqual(["allowed", "denied"]);
  });

  it("cannot be known where names and IP groups decide, and is where they cannot matter", () => {
    const groups = ["/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/ipGroups/office"];
    const grouped = walledNet({ nat: [{ name: "in", groups }] });
    const named = walledNet({ nat: [{ name: "in", toName: "jump.example" }] });
    const perhapsDenied = walledNet({
      nat: [{ name: "in" }],
      network: [{ name: "names", priority: 200, action: "Deny", toNames: ["jump.example"] }],
    });
    expect([grouped, named, perhapsDenied].map((net) => verdict(net, GUEST))).toEqual([
      "unknown",
      "unknown",
      "unknown",
    ]);
    const shut = walledNet({ nat: [{ name: "in", groups }], nsg: shutNsg });
    expect(verdict(shut, GUEST)).toBe("denied");
    const allowedAnyway = walledNet({
      nat: [{ name: "in" }],
      network: [{ name: "names", priority: 200, action: "Allow", toNames: ["jump.example"] }],
    });
    expect(verdict(allowedAnyway, GUEST)).toBe("allowed");
  });

  it("cannot be known under a policy, except where the NSGs keep the firewall out", () => {
    const policy = {
      firewallPolicy: { id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/firewallPolicies/p" },
    };
    expect(verdict(walledNet({ firewall: policy }), GUEST)).toBe("unknown");
    expect(verdict(walledNet({ firewall: policy, nsg: shutNsg }), GUEST)).toBe("denied");
  });

  it("keeps the port where a rule translates to none, and looks at every port of a range", () => {
    const range = walledNet({ nat: [{ name: "range", ports: ["20-30"], toPort: "" }] });
    expect([22, 30, 31].map((door) => verdict(range, GUEST, door))).toEqual(["allowed", "allowed", "denied"]);
    const many = walledNet({
      nat: [
        { name: "some", priority: 100, ports: ["50000-50010"], to: "10.0.0.5" },
        { name: "all", priority: 200, ports: ["50000-50020"] },
      ],
    });
    expect(verdict(many, GUEST)).toBe("allowed");
  });

  it("is told hop by hop, each with the rule that decides", () => {
    const net = walledNet({
      nat: [{ name: "in", from: [`${GUEST}/32`] }],
      network: [{ name: "let", priority: 200, to: ["10.0.0.4"] }],
      nsg: [["hop", "Allow", 300, "22", "10.0.1.0/26"], ...shutNsg],
    });
    const flow = { vm, destination: "10.0.0.4" as Address, port: port(22), protocol: "tcp" } as const;
    expect(model.path(net, flow, GUEST as Address).map(({ object, kind, verdict: is }) => [object, kind, is])).toEqual([
      [firewallId, "firewall", "allowed"],
      [nsgId, "nsg", "allowed"],
    ]);
    const [denied] = model.path(net, flow, OTHER as Address);
    expect(denied).toMatchObject({ object: firewallId, verdict: "denied" });
    expect(sourcesThat(reach(net), "unknown")).toEqual([]);
  });
});

describe("what stands before a VM", () => {
  const facts = (net: ReturnType<typeof walledNet>) => model.facts(net, vm);

  it("is the firewall to which its default route leads, or whose NAT leads to it, and not one that only stands near", () => {
    const routed = walledNet();
    const translated = walledNet({ routed: false, nat: [{ name: "in" }] });
    const near = walledNet({ routed: false });
    expect([routed, translated, near].map((net) => facts(net)?.guards.includes(firewallId))).toEqual([
      true,
      true,
      false,
    ]);
    expect([routed, translated, near].map((net) => model.openingTime(net, vm))).toEqual([800, 800, 15]);
    expect([routed, translated, near].map((net) => model.closing(net, vm).sessions)).toEqual(["cut", "cut", "kept"]);
    expect(facts(translated)?.exposedBy).toEqual([firewallId]);
  });

  it("is in force as a whole only when its last write succeeded (P37)", () => {
    const settled = ["Succeeded", "Failed", "Updating"].map((provisioningState) =>
      walledNet({ firewall: { provisioningState } }).firewalls.map(({ isSettled }) => isSettled),
    );
    expect(settled).toEqual([[true], [false], [false]]);
  });

  it("is unsupported under a policy or in a hub, naming the firewall, and what it needs no less (S24–S26)", () => {
    const policy = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/firewallPolicies/p";
    for (const firewall of [
      { firewallPolicy: { id: policy } },
      { virtualHub: { id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualHubs/h" } },
      { sku: { name: "AZFW_Hub", tier: "Standard" } },
    ])
      expect(facts(walledNet({ firewall }))?.unsupported?.object).toBe(firewallId);
    expect(facts(walledNet())?.unsupported).toBeUndefined();
  });
});
