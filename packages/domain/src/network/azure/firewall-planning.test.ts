import { instantOf, port } from "@sallyport/contracts";
import type { Address, Port } from "@sallyport/contracts";
import { planAll } from "@sallyport/testkit";
import { checkPlan } from "../check-plan.ts";
import { exposureOf } from "../exposure.ts";
import type { AzureNet, Firewall } from "./net.ts";
import {
  accessTo,
  after,
  allow,
  changesOf,
  collectionsIn,
  END,
  FIREWALL_ADDRESS,
  firewallId,
  lockDown,
  model,
  nsgId,
  refusalOf,
  seal,
  ssh,
  unlock,
  verdict,
  vm,
  vmNamed,
  walledNet,
  withdraw,
} from "./walled-net.conformance.ts";

const GUEST = "198.51.100.7";
const OTHER = "198.51.100.8";
const guest = accessTo(22, `${GUEST}/32`);
const firewallOf = (net: AzureNet): Firewall => {
  const [firewall] = net.firewalls;
  if (firewall === undefined) throw new Error("no firewall");
  return firewall;
};
const withFirewall = (net: AzureNet, more: Partial<Firewall>): AzureNet => ({
  ...net,
  firewalls: net.firewalls.map((one) => ({ ...one, ...more })),
});
const policy = {
  firewallPolicy: { id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/firewallPolicies/p" },
};

describe("locking down behind an Azure Firewall", () => {
  it("puts one network deny for all selected ports to the VM's private address, after the NSG's (S10)", () => {
    const winrm = { port: port(5985), protocol: "tcp" } as const;
    const changes = changesOf(walledNet(), lockDown([...ssh, winrm, { port: port(3389), protocol: "*" }]));
    expect(changes.map(({ object }) => object)).toEqual([nsgId, nsgId, firewallId]);
    expect(collectionsIn(changes)).toMatchObject([
      {
        kind: "network",
        action: "deny",
        priority: 300,
        rules: [
          { protocols: ["tcp"], sources: ["*"], destinations: ["10.0.0.4"], destinationPorts: ["22", "5985"] },
          { protocols: ["tcp", "udp"], sources: ["*"], destinations: ["10.0.0.4"], destinationPorts: ["3389"] },
        ],
      },
    ]);
  });

  it("takes top priority at the firewall when no rule covers the ports, but for the band of grants (S13)", () => {
    const network = [
      { name: "web", priority: 350, to: ["10.0.0.4"], ports: ["443"] },
      { name: "neighbour", priority: 400, to: ["10.0.0.5"], ports: ["22"] },
    ];
    expect(collectionsIn(changesOf(walledNet({ network }), lockDown()))).toMatchObject([{ priority: 300 }]);
    const taken = walledNet({ network: [{ ...network[0], name: "web", priority: 300, ports: ["443"] }] });
    expect(collectionsIn(changesOf(taken, lockDown()))).toMatchObject([{ priority: 301 }]);
  });

  it("lets every existing network rule on the ports keep precedence, and strict goes before them (S12)", () => {
    const network = [
      { name: "branch", priority: 1000, from: ["192.168.0.0/16"], to: ["10.0.0.0/24"], ports: ["20-30"] },
    ];
    const net = walledNet({ network });
    expect(collectionsIn(changesOf(net, lockDown()))).toMatchObject([{ priority: 1001 }]);
    expect(collectionsIn(changesOf(net, lockDown(ssh, "strict")))).toMatchObject([{ priority: 300 }]);
  });

  it("leaves out a port to which a foreign NAT rule leads, which is named as what keeps it from being effective (P1)", () => {
    const net = walledNet({ nat: [{ name: "jump" }], nsg: "none" });
    const both = lockDown([...ssh, { port: port(3389), protocol: "tcp" }]);
    expect(collectionsIn(changesOf(net, both))).toMatchObject([{ rules: [{ destinationPorts: ["3389"] }] }]);
    const locked = after(net, lockDown());
    expect(collectionsIn(changesOf(net, lockDown()))).toEqual([]);
    const through = exposureOf(model, locked, vm, ssh).filter(({ part }) => part.by.includes("fw/jump"));
    expect(through.length).toBeGreaterThan(0);
    const strict = after(net, lockDown(ssh, "strict"));
    expect([verdict(locked, GUEST), verdict(strict, GUEST)]).toEqual(["allowed", "denied"]);
  });

  it("keeps its deny where somebody adds a NAT rule afterwards: taking it away would open the port", () => {
    const locked = after(walledNet({ nsg: "none" }), lockDown());
    const foreign = firewallOf(walledNet({ nat: [{ name: "later" }] })).collections;
    const meddled = withFirewall(locked, { collections: [...firewallOf(locked).collections, ...foreign] });
    expect(changesOf(meddled, lockDown())).toEqual([]);
    expect(verdict(meddled, GUEST)).toBe("denied");
  });

  it("locks a VM that no NSG guards, at the firewall alone, and says that its neighbours get in still", () => {
    const locked = after(walledNet({ nsg: "none" }), lockDown());
    expect([verdict(locked, GUEST), verdict(locked, "10.0.0.5")]).toEqual(["denied", "allowed"]);
  });

  it("puts the new deny before the old one goes when the ports change", () => {
    const locked = after(walledNet(), lockDown());
    const both = lockDown([...ssh, { port: port(3389), protocol: "tcp" }]);
    expect(collectionsIn(changesOf(locked, both)).map(({ verb, priority }) => [verb, priority])).toEqual([
      ["put", 301],
      ["delete", 300],
    ]);
    expect(changesOf(after(locked, both), both)).toEqual([]);
  });

  it("refuses a firewall with a policy, also when it appeared after enabling, and closing then wants nothing of it (S24–S26, P13)", () => {
    expect(refusalOf(walledNet({ firewall: policy }), lockDown())).toMatchObject({
      code: "network.unsupported",
      object: firewallId,
    });
    const open = after(walledNet(), lockDown(), allow([guest]));
    const governed = withFirewall(open, { governedBy: firewallId, collections: [] });
    expect(refusalOf(governed, allow([guest]))?.code).toBe("network.unsupported");
    expect(changesOf(governed, withdraw("grant0001", [firewallId, nsgId])).map(({ object }) => object)).toEqual([
      nsgId,
    ]);
  });

  it("is refused where the default route leads to an appliance that is no firewall of the network", () => {
    const net = walledNet();
    const elsewhere = { ...net, firewalls: [], vnets: net.vnets.map((vnet) => ({ ...vnet, hasFirewall: false })) };
    expect(refusalOf(elsewhere, lockDown())?.code).toBe("network.unsupported");
  });
});

describe("opening behind an Azure Firewall", () => {
  const locked = () => after(walledNet(), lockDown());

  it("leads the granted source by NAT, allows it, and admits the firewall's subnet, not the user's address (S18, S19, P39)", () => {
    const changes = changesOf(locked(), allow([guest]));
    expect(changes.map(({ object }) => object)).toEqual([nsgId, firewallId, firewallId]);
    expect(changes[0]?.rule).toMatchObject({
      access: "allow",
      priority: 100,
      sources: ["10.0.1.0/26"],
      destinations: ["10.0.0.4"],
    });
    expect(collectionsIn(changes)).toMatchObject([
      {
        kind: "nat",
        priority: 100,
        action: "dnat",
        rules: [
          {
            sources: [`${GUEST}/32`],
            destinations: [FIREWALL_ADDRESS],
            destinationPorts: ["50000"],
            translated: { address: "10.0.0.4", port: "22" },
          },
        ],
      },
      {
        kind: "network",
        priority: 100,
        action: "allow",
        rules: [{ sources: [`${GUEST}/32`], destinations: ["10.0.0.4"], destinationPorts: ["22"] }],
      },
    ]);
    const open = after(locked(), allow([guest]));
    expect([verdict(open, GUEST), verdict(open, OTHER), verdict(open, "10.0.0.5")]).toEqual([
      "allowed",
      "denied",
      "denied",
    ]);
  });

  it("says where to connect to: the firewall's address and the mapped port, before the private address", () => {
    const open = after(locked(), allow([guest]));
    expect(model.ways(open, allow([guest]))).toEqual([
      { address: FIREWALL_ADDRESS, port: 50_000, mappedTo: 22 },
      { address: "10.0.0.4", port: 22 },
    ]);
  });

  it("takes a pair of address and port that no NAT rule has, and keeps it when the end changes (P40)", () => {
    const net = after(walledNet({ nat: [{ name: "foreign", ports: ["50000-50002"], to: "10.0.0.5" }] }), lockDown());
    const first = after(net, allow([guest]));
    const both = after(first, allow([accessTo(22, `${OTHER}/32`)], "grant0002"));
    expect(model.ways(both, allow([guest]))[0]?.port).toBe(50_003);
    expect(model.ways(both, allow([guest], "grant0002"))[0]?.port).toBe(50_004);
    const extended = { ...allow([guest]), end: instantOf(Date.UTC(2026, 0, 31, 12)) };
    expect(extended.end).not.toBe(END);
    const changes = collectionsIn(changesOf(both, extended));
    expect(changes.map(({ kind, priority, rules }) => [kind, priority, rules[0]?.destinationPorts])).toEqual([
      ["nat", 100, ["50003"]],
      ["network", 100, ["22"]],
    ]);
  });

  it("opens to neighbours at the NSG alone: they do not pass the firewall", () => {
    const changes = changesOf(locked(), allow([accessTo(22, "10.0.0.5/32")]));
    expect(changes.map(({ object, rule }) => [object, "sources" in rule && rule.sources])).toEqual([
      [nsgId, ["10.0.0.5/32"]],
    ]);
  });

  it("forwards private networks beyond as they are: a network allow, no NAT", () => {
    const branch = [accessTo(22, "192.168.7.0/24")];
    const changes = changesOf(locked(), allow(branch));
    expect(collectionsIn(changes).map(({ kind, action }) => [kind, action])).toEqual([["network", "allow"]]);
    const open = after(locked(), allow(branch));
    expect([verdict(open, "192.168.7.9"), verdict(open, "192.168.8.9"), verdict(open, GUEST)]).toEqual([
      "allowed",
      "denied",
      "denied",
    ]);
  });

  it("writes no network allow where no network rule denies: NAT allows by itself", () => {
    expect(collectionsIn(changesOf(walledNet(), allow([guest]))).map(({ kind }) => kind)).toEqual(["nat"]);
  });

  it("writes nothing for the firewall's subnet, where a granted range includes it and only that is shut out", () => {
    const nsg = [
      ["no-firewall", "Deny", 299, "22", "10.0.1.0/26"],
      ["all", "Allow", 301, "22", "*"],
    ] as const;
    expect(changesOf(walledNet({ nsg, routed: false }), allow([accessTo(22, "0.0.0.0/0")]))).toEqual([]);
  });

  it("leads the network's own machines in a wide range by NAT as well, and past what denies them there", () => {
    const network = [
      { name: "no-own", priority: 298, action: "Deny", from: ["10.0.0.0/16"], to: ["10.0.0.4"] },
    ] as const;
    const open = after(after(walledNet({ network }), lockDown()), allow([accessTo(22, "0.0.0.0/0")]));
    expect([verdict(open, "10.0.0.5"), verdict(open, GUEST)]).toEqual(["allowed", "allowed"]);
  });

  it("opens to anybody by NAT from anywhere, and to nobody else's port", () => {
    const open = after(locked(), allow([accessTo(22, "0.0.0.0/0")]));
    expect([verdict(open, GUEST), verdict(open, "10.0.0.5"), verdict(open, GUEST, 23)]).toEqual([
      "allowed",
      "allowed",
      "denied",
    ]);
  });

  it("is refused where a foreign deny comes first, naming it, and where no priority or port is free", () => {
    const denied = walledNet({ network: [{ name: "never", priority: 100, action: "Deny", to: ["10.0.0.4"] }] });
    expect(refusalOf(denied, allow([guest]))).toMatchObject({ code: "network.shadowed", object: firewallId });
    expect(refusalOf(denied, allow([guest]))?.detail).toContain("never of fw");
    const numbers = Array.from({ length: 200 }, (_, n) => ({
      name: `n${n}`,
      priority: 100 + n,
      to: "10.0.0.9",
      ports: [`${40_000 + n}`],
    }));
    expect(refusalOf(walledNet({ nat: numbers }), allow([guest]))?.code).toBe("network.no-free-priority");
    const ports = walledNet({ nat: [{ name: "all", ports: ["50000-59999"], to: "10.0.0.9" }] });
    expect(refusalOf(ports, allow([guest]))?.code).toBe("network.quota");
  });

  it("is refused where it would let in, besides, whom a foreign NAT rule leads to the same port, naming the rule", () => {
    const net = after(walledNet({ nat: [{ name: "everybody" }] }), lockDown());
    expect(verdict(net, OTHER)).toBe("denied");
    expect(refusalOf(net, allow([guest]))?.detail).toContain("fw/everybody");
  });

  it("is refused while the firewall has no public address", () => {
    const net = { ...walledNet(), publicAddresses: [] };
    expect(refusalOf(net, allow([guest]))).toMatchObject({ code: "network.unsupported", object: firewallId });
  });

  it("gives twenty grants from one snapshot twenty ports and priorities", () => {
    const wants = Array.from({ length: 20 }, (_, n) => allow([guest], `grant10${String(n).padStart(2, "0")}`));
    const { after: open, each } = planAll(model, locked(), wants, seal);
    expect(each.every(({ ok }) => ok)).toBe(true);
    const nat = firewallOf(open).collections.filter(({ kind }) => kind === "nat");
    expect(new Set(nat.map(({ priority }) => priority)).size).toBe(20);
    expect(new Set(nat.flatMap(({ rules }) => rules.map((rule) => rule.destinationPorts[0]))).size).toBe(20);
  });

  it("overwrites no collection that only has its name", () => {
    const [mine] = collectionsIn(changesOf(locked(), allow([guest])));
    if (mine === undefined) throw new Error("no collection");
    const foreign = { kind: "nat", name: mine.name, priority: 150, action: "dnat", rules: [] } as const;
    const net = withFirewall(locked(), { collections: [...firewallOf(locked()).collections, foreign] });
    expect(collectionsIn(changesOf(net, allow([guest])))[0]?.name).not.toBe(mine.name);
    expect(firewallOf(after(net, allow([guest]), withdraw())).collections).toContainEqual(foreign);
  });
});

describe("closing behind an Azure Firewall", () => {
  it("takes away exactly what was written, NSGs first: afterwards the network is as it was (S22, G4)", () => {
    const net = walledNet({
      nat: [{ name: "web", ports: ["443"], toPort: "443" }],
      nsg: [["web", "Allow", 500, "443", "*"]],
    });
    const locked = after(net, lockDown());
    const open = after(locked, allow([guest]));
    expect(changesOf(open, withdraw()).map(({ verb, object }) => [verb, object])).toEqual([
      ["delete", nsgId],
      ["delete", firewallId],
      ["delete", firewallId],
    ]);
    expect(after(open, withdraw())).toEqual(locked);
    expect(after(open, withdraw(), unlock)).toEqual(net);
  });

  it("of one grant leaves an overlapping one as open as it was (G5, P22)", () => {
    const open = after(walledNet(), lockDown(), allow([guest]), allow([guest], "grant0002"));
    const one = after(open, withdraw());
    expect(verdict(one, GUEST)).toBe("allowed");
    expect(verdict(after(one, withdraw("grant0002")), GUEST)).toBe("denied");
  });

  it("leaves a rule that somebody put into our collection, and what only claims to be ours", () => {
    const open = after(walledNet(), allow([guest]));
    const guestOf = { name: "theirs", description: "not ours" };
    const meddled = withFirewall(open, {
      collections: firewallOf(open).collections.map((one) => ({
        ...one,
        rules: [...one.rules, ...one.rules.map((rule) => ({ ...rule, ...guestOf }))],
      })),
    });
    const closed = after(meddled, withdraw());
    expect(firewallOf(closed).collections.flatMap(({ rules }) => rules.map(({ name }) => name))).toEqual(["theirs"]);
    expect(model.marked(open, { ...seal, verifies: () => false })).toMatchObject([
      { object: firewallId, verified: false },
    ]);
    expect(model.plan(open, withdraw(), { ...seal, verifies: () => false })).toMatchObject({ changes: [] });
  });

  it("has a firewall whose write failed, or goes on, written again: only what succeeded is in force (P37)", () => {
    const locked = after(walledNet(), lockDown());
    const failed = withFirewall(locked, { isSettled: false });
    expect(collectionsIn(changesOf(failed, lockDown()))).toHaveLength(1);
    expect(changesOf(failed, withdraw("grant0001", [firewallId]))).toHaveLength(1);
    expect(changesOf(after(failed, withdraw("grant0001", [firewallId])), withdraw("grant0001", [firewallId]))).toEqual(
      [],
    );
    expect(changesOf(failed, withdraw())).toEqual([]);
  });

  it("takes the firewall's turn: it is one document", () => {
    expect([model.needsTurn(firewallId), model.needsTurn(nsgId)]).toEqual([true, false]);
    const open = after(walledNet(), lockDown(), allow([guest]));
    expect(model.objects(open, withdraw())).toEqual([nsgId, firewallId]);
  });
});

describe("the check of a plan, behind an Azure Firewall", () => {
  it("objects to whatever does other than what was asked, whoever planned it (G11)", () => {
    const net = after(walledNet({ nat: [{ name: "web", ports: ["443"], toPort: "443" }] }), lockDown());
    const want = allow([guest]);
    const changes = changesOf(net, want);
    const bend = (change: (rule: Firewall["collections"][number]["rules"][number]) => object) =>
      checkPlan(
        model,
        net,
        want,
        changes.map((one) =>
          "rules" in one.rule
            ? { ...one, rule: { ...one.rule, rules: one.rule.rules.map((rule) => ({ ...rule, ...change(rule) })) } }
            : one,
        ),
        seal,
      );
    expect(bend(() => ({})).ok).toBe(true);
    for (const wrong of [
      bend(() => ({ sources: ["198.51.100.0/24"] })),
      bend(({ translated }) => (translated === undefined ? {} : { translated: { ...translated, port: "23" } })),
      bend(({ translated }) =>
        translated === undefined ? {} : { translated: { ...translated, address: "10.0.0.5" } },
      ),
      bend(({ translated }) => (translated === undefined ? { destinations: ["10.0.0.5"] } : {})),
      bend(() => ({ protocols: ["udp"] })),
      checkPlan(model, net, want, changes.slice(0, 2), seal),
      checkPlan(model, net, want, changes.slice(1), seal),
    ])
      expect(wrong.ok).toBe(false);
  });

  it("looks at the other machines behind the firewall, too", () => {
    const net = after(walledNet({ nsg: "none" }), lockDown());
    const planned = changesOf(net, allow([guest]));
    expect(checkPlan(model, net, allow([guest], "grant0001", vmNamed("vm-b")), planned, seal).ok).toBe(false);
    const opened = model.apply(net, planned);
    const flow = {
      vm: vmNamed("vm-b"),
      destination: "10.0.0.5" as Address,
      port: 22 as Port,
      protocol: "tcp",
    } as const;
    expect(model.reachable(opened, flow)).toEqual(model.reachable(net, flow));
  });
});
