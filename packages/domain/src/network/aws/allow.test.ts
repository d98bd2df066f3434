import { instantOf, port } from "@sallyport/contracts";
import type { Cidr, GrantId } from "@sallyport/contracts";
import { exposureOf } from "../exposure.ts";
import type { Allow } from "../want.ts";
import { aNet, eni, scope, seal, vmOf } from "./aws-net.conformance.ts";
import type { NetParts } from "./aws-net.conformance.ts";
import { createAwsModel } from "./model.ts";
import { permitText } from "./permit.ts";

const model = createAwsModel();
const allow = (sources: readonly string[], ports = [22]): Allow => ({
  kind: "allow",
  vm: vmOf(1),
  grantId: "grant0001" as GrantId,
  ports: ports.map((one) => ({ port: port(one), protocol: "tcp", sources: sources as readonly Cidr[] })),
  end: instantOf(Date.UTC(2026, 0, 31, 10)),
});
const one: NetParts = { groups: { app: [] }, vms: [[["app"]]] };
const key = "vpc-1/sallyport-grant0001";

const planFor = (parts: NetParts, want: Allow) => {
  const plan = model.plan(aNet(parts), want, seal);
  if (!plan.ok) return { refused: plan.refusals.map(({ code, object }) => `${code} ${object ?? ""}`) };
  return { changes: plan.changes };
};
const rules = (parts: NetParts, want: Allow) =>
  planFor(parts, want).changes?.flatMap(({ rule }) => (rule.kind === "ingress" ? [permitText(rule.permit)] : []));

describe("opening by a security group", () => {
  it("creates a group and edits no other: made, filled, then attached", () => {
    const { changes } = planFor(one, allow(["203.0.113.7/32"]));
    expect(changes?.map(({ object, verb, rule }) => `${verb} ${rule.kind} ${object}`)).toEqual([
      `put group ${key}`,
      `put ingress ${key}`,
      "attach membership eni-1",
    ]);
  });

  it("says on the group whose it is, until when, and for which machine", () => {
    const group = planFor(one, allow(["203.0.113.7/32"])).changes?.[0]?.rule;
    expect(group).toMatchObject({
      scope,
      name: "sallyport-grant0001",
      description: "Sallyport access to i-00000001, grant grant0001",
      tags: [
        {
          key: "sallyport:mark",
          value: expect.stringMatching(/^Sallyport access until 2026-01-31 10:00 UTC sp1\.grant0001\./),
        },
        { key: "sallyport:vm", value: "i-00000001" },
      ],
    });
  });

  it("writes any source as halves of the address space, so that its flows are tracked", () => {
    expect(rules({ ...one, v6: true }, allow(["0.0.0.0/0", "::/0", "203.0.113.7/32"]))).toEqual([
      "tcp 22 from 0.0.0.0/1",
      "tcp 22 from 128.0.0.0/1",
      "tcp 22 from ::/1",
      "tcp 22 from 8000::/1",
    ]);
  });

  it("opens on every interface that has an address of a source's family", () => {
    const two: NetParts = { groups: { a: [], b: [] }, vms: [[["a"], ["b"]], [["a"]]] };
    const { changes } = planFor(two, allow(["203.0.113.7/32"]));
    expect(changes?.filter(({ verb }) => verb === "attach").map(({ object }) => object)).toEqual([eni(1), eni(2)]);
  });

  it("is refused by name where the machine has no address of that family, no room for a group, or too many rules", () => {
    const full = ["a", "b", "c", "d", "e"];
    expect(planFor(one, allow(["2001:db8::/64"]))).toEqual({ refused: [`network.unsupported ${vmOf(1)}`] });
    expect(
      planFor({ groups: Object.fromEntries(full.map((name) => [name, []])), vms: [[full]] }, allow(["10.0.0.0/8"])),
    ).toEqual({
      refused: ["network.quota eni-1"],
    });
    const many = Array.from({ length: 31 }, (_, i) => 8000 + i);
    expect(planFor(one, allow(["203.0.113.7/32", "203.0.113.9/32"], many))).toEqual({
      refused: [`network.quota ${key}`],
    });
  });

  it("lets nothing out that could not leave before, and spares the write where everything may", () => {
    const egressOf = (parts: NetParts) => {
      const rule = planFor(parts, allow(["203.0.113.7/32"])).changes?.[0]?.rule;
      return rule?.kind === "group" ? rule.egress : "no group";
    };
    expect(egressOf(one)).toBeUndefined();
    expect(egressOf({ ...one, egress: [["tcp", "443", "0.0.0.0/0"]] })).toEqual([]);
    expect(egressOf({ ...one, v6: true })).toEqual([]);
  });

  it("takes over no group of its name whose mark is not ours", () => {
    const net = aNet(one);
    const opened = model.apply(net, planFor(one, allow(["203.0.113.7/32"])).changes ?? []);
    const tampered = {
      ...opened,
      groups: opened.groups.map((group) => ({
        ...group,
        tags: group.tags.map((tag) => ({
          ...tag,
          value: tag.value.replace(/sp1\.grant0001\.\w+/, "sp1.grant0001.zzzzzz"),
        })),
      })),
    };
    expect(model.plan(tampered, allow(["203.0.113.7/32"]), seal)).toMatchObject({ ok: false });
    expect(model.marked(tampered, seal)).toMatchObject([{ object: key, verified: false }]);
    const closing = model.plan(
      tampered,
      { kind: "withdraw", vm: vmOf(1), grantId: allow([]).grantId, objects: [] },
      seal,
    );
    expect(closing).toEqual({ ok: true, changes: [] });
  });

  it("takes out of its group whatever others put there", () => {
    const net = aNet(one);
    const want = allow(["203.0.113.7/32"]);
    const opened = model.apply(net, planFor(one, want).changes ?? []);
    const [filled] = planFor(one, allow(["10.0.0.0/8"])).changes?.filter(({ rule }) => rule.kind === "ingress") ?? [];
    const edited = model.apply(opened, filled === undefined ? [] : [filled]);
    const plan = model.plan(edited, want, seal);
    expect(
      plan.ok &&
        plan.changes.map(({ verb, rule }) => (rule.kind === "ingress" ? `${verb} ${permitText(rule.permit)}` : verb)),
    ).toEqual(["delete tcp 22 from 10.0.0.0/8"]);
  });
});

describe("closing by mark", () => {
  it("closes the door, and leaves the empty group, where it is the only one that the interface has left", () => {
    const opened = model.apply(aNet(one), planFor(one, allow(["203.0.113.7/32"])).changes ?? []);
    const alone = {
      ...opened,
      interfaces: opened.interfaces.map((each) => ({ ...each, groups: each.groups.filter((group) => group === key) })),
    };
    const want = { kind: "withdraw", vm: vmOf(1), grantId: allow([]).grantId, objects: [] } as const;
    const plan = model.plan(alone, want, seal);
    const closed = model.apply(alone, plan.ok ? plan.changes : []);
    expect(exposureOf(model, closed, vmOf(1), [{ port: port(22), protocol: "tcp" }])).toEqual([]);
    expect(model.marked(closed, seal).length).toBe(1);
  });
});
