import type { Family } from "@sallyport/contracts";
import { aNet, vmOf } from "../network/aws/aws-net.conformance.ts";
import type { NetParts, Short } from "../network/aws/aws-net.conformance.ts";
import { createAwsModel } from "../network/aws/model.ts";
import { findingOf, reachOf } from "./an-azure-vm.conformance.ts";
import type { Reach } from "./an-azure-vm.conformance.ts";

const model = createAwsModel();
const DOCUMENTED = "what AWS documents";

/** `why` says why it is so, where scanners that are in use say something else. */
interface Row {
  readonly rules: readonly Short[];
  readonly truth: Reach;
  readonly family?: Family;
  readonly more?: Partial<NetParts>;
  readonly why: string;
}

const rows: Readonly<Record<string, Row>> = {
  "B1 from 0.0.0.0/0": { rules: [["tcp", "22", "0.0.0.0/0"]], truth: "everybody", why: DOCUMENTED },
  "B2 from ::/0": {
    rules: [["tcp", "22", "::/0"]],
    truth: "everybody",
    family: "ipv6",
    more: { v6: true },
    why: DOCUMENTED,
  },
  "B3 from one half": { rules: [["tcp", "22", "0.0.0.0/1"]], truth: "half", why: "sources are ranges, not texts" },
  "B4 from both halves": {
    rules: [
      ["tcp", "22", "0.0.0.0/1"],
      ["tcp", "22", "128.0.0.0/1"],
    ],
    truth: "everybody",
    why: "two rules together admit what neither does alone",
  },
  "B5 a range of ports": { rules: [["tcp", "20-30", "0.0.0.0/0"]], truth: "everybody", why: DOCUMENTED },
  "B6 every protocol": { rules: [["-1", "*", "0.0.0.0/0"]], truth: "everybody", why: "it has every port" },
  "B7 TCP by its number": {
    rules: [["6", "22", "0.0.0.0/0"]],
    truth: "everybody",
    why: "6 is TCP, and EC2 takes numbers",
  },
  "B8 a prefix list whose content is not known": {
    rules: [["tcp", "22", "pl-1"]],
    truth: "everybody or not",
    why: "who is in it cannot be known, and is never taken for nobody",
  },
  "B8 a prefix list of everything": {
    rules: [["tcp", "22", "pl-1"]],
    more: { prefixLists: [{ PrefixListId: "pl-1", MaxEntries: 2, Entries: [{ Cidr: "0.0.0.0/0" }] }] },
    truth: "everybody",
    why: "what counts is its content",
  },
  "B8 a prefix list of one address": {
    rules: [["tcp", "22", "pl-1"]],
    more: { prefixLists: [{ PrefixListId: "pl-1", MaxEntries: 2, Entries: [{ Cidr: "192.0.2.99/32" }] }] },
    truth: "one address",
    why: "what counts is its content",
  },
  "a range that only touches 22": { rules: [["tcp", "22-80", "0.0.0.0/0"]], truth: "everybody", why: DOCUMENTED },
  "a range that begins behind 22": { rules: [["tcp", "23-80", "0.0.0.0/0"]], truth: "nobody", why: DOCUMENTED },
  UDP: { rules: [["udp", "22", "0.0.0.0/0"]], truth: "nobody", why: "the question is about TCP" },
  "another group as the source": {
    rules: [["tcp", "22", "sg-a"]],
    truth: "nobody",
    why: "it stands for the private addresses of its members",
  },
  "overlapping ranges that together are everything": {
    rules: [
      ["tcp", "22", "0.0.0.0/2"],
      ["tcp", "22", "32.0.0.0/3"],
      ["tcp", "22", "64.0.0.0/2"],
      ["tcp", "22", "128.0.0.0/1"],
    ],
    truth: "everybody",
    why: "what counts is the union",
  },
  "no rule": { rules: [], truth: "nobody", why: "security groups let nobody in unless they say so" },
};

const netOf = (rules: readonly Short[], more: Partial<NetParts> = {}) =>
  aNet({ groups: { a: rules, idle: [["-1", "*", "0.0.0.0/0"]] }, vms: [[["a"]]], ...more });

describe("is TCP 22 open to the Internet? (the golden table of AWS)", () => {
  it.each(Object.entries(rows))("%s", (_name, { rules, truth, family = "ipv4", more = {}, why }: Row) => {
    const net = netOf(rules, more);
    expect({ why, reach: reachOf(model, net, vmOf(1), family) }).toEqual({ why, reach: truth });
    expect(findingOf(model, net, vmOf(1)).status).toBe(truth === "nobody" ? "Healthy" : "Unhealthy");
  });

  it("lets in whom any group of the interface lets in", () => {
    const net = aNet({
      groups: { a: [["tcp", "22", "0.0.0.0/1"]], b: [["tcp", "22", "128.0.0.0/1"]] },
      vms: [[["a", "b"]]],
    });
    expect(reachOf(model, net, vmOf(1), "ipv4")).toBe("everybody");
    expect(reachOf(model, aNet({ groups: { a: [], b: [] }, vms: [[["a", "b"]]] }), vmOf(1), "ipv4")).toBe("nobody");
  });

  it("takes a group whose rules were not read for open", () => {
    const net = aNet({ groups: { a: [] }, vms: [[["a"]]] });
    const [one] = net.interfaces;
    const unread = { ...net, interfaces: one === undefined ? [] : [{ ...one, groups: ["sg-unread" as never] }] };
    expect(reachOf(model, unread, vmOf(1), "ipv4")).toBe("everybody or not");
    expect(findingOf(model, unread, vmOf(1)).status).toBe("Unhealthy");
  });

  it("names the rule that decides, its group and the public address", () => {
    const { evidence } = findingOf(model, netOf([["tcp", "22", "0.0.0.0/0"]]), vmOf(1));
    expect(evidence.map(({ kind }) => kind)).toEqual(["rule", "public-address", "security-group"]);
    expect(evidence[0]?.object).toContain("sg-a/");
    expect(JSON.stringify(evidence)).not.toContain("sg-idle");
  });
});
