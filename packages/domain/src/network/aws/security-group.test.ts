import { Address, port } from "@sallyport/contracts";
import { verdictAt } from "../address-set.ts";
import { aNet, eni, vmOf } from "./aws-net.conformance.ts";
import type { Short } from "./aws-net.conformance.ts";
import { createAwsModel } from "./model.ts";

const model = createAwsModel();
const at = (
  net: ReturnType<typeof aNet>,
  source: string,
  to = 22,
  destination = "10.0.0.1",
  protocol: "tcp" | "udp" = "tcp",
) =>
  verdictAt(
    model.reachable(net, { vm: vmOf(1), destination: Address.parse(destination), port: port(to), protocol }),
    Address.parse(source),
  );
const withRules = (...rules: readonly Short[]) =>
  aNet({ groups: { app: rules, peers: [] }, vms: [[["app"]], [["peers"]]], v6: true });

describe("who gets in through security groups", () => {
  it("nobody, where no rule lets anybody in", () => {
    expect(at(withRules(), "203.0.113.7")).toBe("denied");
  });

  it("whoever a rule of the right protocol, port and family lets in", () => {
    const net = withRules(
      ["tcp", "20-30", "203.0.113.0/24"],
      ["udp", "22", "0.0.0.0/0"],
      ["tcp", "22", "2001:db8:1::/48"],
    );
    expect(at(net, "203.0.113.7")).toBe("allowed");
    expect(at(net, "203.0.114.7")).toBe("denied");
    expect(at(net, "203.0.113.7", 31)).toBe("denied");
    expect(at(net, "203.0.114.7", 22, "10.0.0.1", "udp")).toBe("allowed");
    expect(at(net, "2001:db8:1::5", 22, "2001:db8::1")).toBe("allowed");
    expect(at(net, "2001:db8:2::5", 22, "2001:db8::1")).toBe("denied");
  });

  it("everybody on every port, by a rule for every protocol", () => {
    expect(at(withRules(["-1", "*", "0.0.0.0/0"]), "203.0.113.7", 65_535)).toBe("allowed");
  });

  it("the members of a group that a rule refers to, by their private addresses", () => {
    const net = withRules(["tcp", "22", "sg-peers"]);
    expect(at(net, "10.0.0.2")).toBe("allowed");
    expect(at(net, "192.0.2.2")).toBe("denied");
    expect(at(net, "2001:db8::2", 22, "2001:db8::1")).toBe("allowed");
  });

  it("nobody knows, where the members of a group or the content of a prefix list are not known", () => {
    expect(at(withRules(["tcp", "22", "sg-elsewhere"]), "10.0.0.2")).toBe("unknown");
    expect(at(withRules(["tcp", "22", "pl-1"]), "203.0.113.7")).toBe("unknown");
    expect(at(withRules(["tcp", "22", "pl-1"], ["tcp", "22", "203.0.113.0/24"]), "203.0.113.7")).toBe("allowed");
  });

  it("what a prefix list holds, where its content is known", () => {
    const lists = [{ PrefixListId: "pl-1", Entries: [{ Cidr: "203.0.113.0/24" }] }];
    const net = aNet({ groups: { app: [["tcp", "22", "pl-1"]] }, vms: [[["app"]]], prefixLists: lists });
    expect(at(net, "203.0.113.7")).toBe("allowed");
    expect(at(net, "203.0.114.7")).toBe("denied");
  });

  it("names the group and the rule that decide", () => {
    const net = withRules(["tcp", "22", "203.0.113.0/24"]);
    const flow = { vm: vmOf(1), destination: Address.parse("10.0.0.1"), port: port(22), protocol: "tcp" } as const;
    expect(model.path(net, flow, Address.parse("203.0.113.7"))).toEqual([
      {
        object: "sg-app",
        kind: "security-group",
        verdict: "allowed",
        rule: "tcp 22 from 203.0.113.0/24",
        detail: "app lets 203.0.113.7 in to tcp 22 by tcp 22 from 203.0.113.0/24",
      },
    ]);
    expect(model.path(net, flow, Address.parse("203.0.114.7"))).toMatchObject([
      { object: "sg-app", verdict: "denied" },
    ]);
  });
});

describe("what closing does to established connections", () => {
  it("says that they are kept, since what a grant lets in is tracked", () => {
    expect(
      model.closing(withRules(["tcp", "22", "203.0.113.0/24"], ["tcp", "443", "0.0.0.0/0"]), vmOf(1)).sessions,
    ).toBe("kept");
  });

  it("says beforehand where the cloud cannot: a rule from everywhere, while everything may leave", () => {
    const open = withRules(["tcp", "22", "0.0.0.0/0"]);
    expect(model.closing(open, vmOf(1))).toMatchObject({
      sessions: "may-be-cut",
      because: expect.stringContaining("sg-app"),
    });
    const narrow = aNet({
      groups: { app: [["tcp", "22", "0.0.0.0/0"]] },
      vms: [[["app"]]],
      egress: [["tcp", "443", "0.0.0.0/0"]],
    });
    expect(model.closing(narrow, vmOf(1)).sessions).toBe("kept");
  });
});

describe("what the recommendation asks about an instance", () => {
  it("is read off its interfaces, the primary one first", () => {
    const net = aNet({ groups: { a: [], b: [] }, vms: [[["a"], ["b"]]] });
    expect(model.facts(net, vmOf(1))).toMatchObject({
      profile: {
        name: "vm-1",
        scope: "123456789012/eu-west-1",
        location: "eu-west-1",
        osType: "linux",
        power: "running",
        interfaces: [eni(1), eni(2)],
        publicAddresses: [
          { id: "eipalloc-1", address: "192.0.2.1" },
          { id: "eipalloc-2", address: "192.0.2.2" },
        ],
        openingTime: 15,
      },
      guards: ["sg-a", "sg-b"],
      exposedBy: ["eipalloc-1", "eipalloc-2"],
    });
    expect(model.facts(net, vmOf(9))).toBeUndefined();
  });
});
