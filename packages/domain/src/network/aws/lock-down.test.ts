import { port } from "@sallyport/contracts";
import type { LockdownId, StoredChange } from "@sallyport/contracts";
import type { LockDown, Want } from "../want.ts";
import { aNet, scope, seal, sg, vmOf } from "./aws-net.conformance.ts";
import type { NetParts, Short } from "./aws-net.conformance.ts";
import { createAwsModel } from "./model.ts";
import type { AwsNet, AwsPermit } from "./net.ts";
import { permitText } from "./permit.ts";

const model = createAwsModel();
const lockDown = (options: Partial<LockDown["options"]> = {}, ports = [22]): LockDown => ({
  kind: "lock-down",
  vm: vmOf(1),
  id: "l0ckd0wn" as LockdownId,
  ports: ports.map((one) => ({ port: port(one), protocol: "tcp" })),
  options: { precedence: "seed", sharedGroups: "refuse", ...options },
  inverse: [],
});

/** What is written, in words. */
function changes(parts: NetParts, want = lockDown()): readonly string[] {
  const plan = model.plan(aNet(parts), want, seal);
  if (!plan.ok) return plan.refusals.map(({ code, object }) => `${code} ${object ?? ""}`);
  return plan.changes.map(({ object, verb, rule }) => {
    switch (rule.kind) {
      case "group":
        return `${verb} ${object}`;
      case "ingress":
        return `${verb} ${object}: ${permitText(rule.permit)}`;
      case "membership":
        return `${verb} ${rule.group} ${verb === "attach" ? "to" : "from"} ${object}`;
    }
  });
}
const alone = (...rules: readonly Short[]): NetParts => ({ groups: { app: rules }, vms: [[["app"]]] });

describe("locking down a security group", () => {
  it("revokes exactly what opens the ports", () => {
    expect(
      changes(
        alone(
          ["tcp", "22", "0.0.0.0/0"],
          ["tcp", "443", "0.0.0.0/0"],
          ["udp", "22", "0.0.0.0/0"],
          ["tcp", "22", "pl-1"],
          ["tcp", "22", "sg-app"],
          ["icmp", "*", "0.0.0.0/0"],
        ),
      ),
    ).toEqual([
      "delete sg-app: tcp 22 from 0.0.0.0/0",
      "delete sg-app: tcp 22 from pl-1",
      "delete sg-app: tcp 22 from sg-app",
    ]);
  });

  it("writes what remains of a wider rule before it revokes it", () => {
    expect(changes(alone(["tcp", "0-65535", "::/0"]), lockDown({}, [22, 3389]))).toEqual([
      "put sg-app: tcp 0-21 from ::/0",
      "put sg-app: tcp 23-3388 from ::/0",
      "put sg-app: tcp 3390-65535 from ::/0",
      "delete sg-app: tcp 0-65535 from ::/0",
    ]);
  });

  it("writes one remainder where those of overlapping rules are one (P44)", () => {
    expect(changes(alone(["tcp", "0-1000", "10.0.0.0/8"], ["tcp", "20-30", "10.0.0.0/8"]))).toEqual([
      "put sg-app: tcp 0-21 from 10.0.0.0/8",
      "put sg-app: tcp 23-1000 from 10.0.0.0/8",
      "delete sg-app: tcp 0-1000 from 10.0.0.0/8",
      "delete sg-app: tcp 20-30 from 10.0.0.0/8",
    ]);
  });

  it("does not write what another rule lets through already", () => {
    expect(changes(alone(["tcp", "22-23", "10.0.0.0/8"], ["tcp", "23", "10.0.0.0/8"]))).toEqual([
      "delete sg-app: tcp 22-23 from 10.0.0.0/8",
    ]);
  });

  it("looks at all groups of all interfaces", () => {
    expect(
      changes({
        groups: { a: [["tcp", "22", "10.0.0.0/8"]], b: [["tcp", "22", "0.0.0.0/0"]], c: [["tcp", "22", "0.0.0.0/0"]] },
        vms: [[["a", "b"], ["c"]]],
      }),
    ).toEqual([
      "delete sg-a: tcp 22 from 10.0.0.0/8",
      "delete sg-b: tcp 22 from 0.0.0.0/0",
      "delete sg-c: tcp 22 from 0.0.0.0/0",
    ]);
  });

  it("is refused where a rule lets in every protocol, and narrows it for who asked to be strict", () => {
    const everything = alone(["-1", "*", "0.0.0.0/0"]);
    expect(changes(everything)).toEqual(["network.any-protocol-rule sg-app/sgr-app-in-0"]);
    expect(changes(everything, lockDown({ precedence: "strict" }))).toEqual([
      "put sg-app: tcp 0-21 from 0.0.0.0/0",
      "put sg-app: tcp 23-65535 from 0.0.0.0/0",
      "put sg-app: udp 0-65535 from 0.0.0.0/0",
      "put sg-app: icmp -1 from 0.0.0.0/0",
      "delete sg-app: all from 0.0.0.0/0",
    ]);
  });

  it("is refused beforehand where the remainders do not fit into the group's quota", () => {
    const many = Array.from({ length: 57 }, (_, i): Short => ["tcp", String(8000 + i), "10.0.0.0/8"]);
    expect(changes(alone(...many, ["tcp", "0-1000", "10.0.0.0/8"]))).toContain("put sg-app: tcp 0-21 from 10.0.0.0/8");
    expect(changes(alone(...many, ["tcp", "1000", "0.0.0.0/0"], ["tcp", "0-1000", "10.0.0.0/8"]))).toEqual([
      "network.quota sg-app",
    ]);
  });

  it("takes no quotas that AWS does not grant together: a thousand rules on an interface are the most", () => {
    expect(() => createAwsModel({ groupsPerInterface: 16, rulesPerGroup: 62 })).not.toThrow();
    expect(() => createAwsModel({ groupsPerInterface: 16, rulesPerGroup: 63 })).toThrow("1008 rules on one interface");
  });

  it("is refused where no grant could ever be attached", () => {
    const names = ["a", "b", "c", "d", "e"];
    const groups = Object.fromEntries(
      names.map((name): [string, readonly Short[]] => [name, [["tcp", "22", "0.0.0.0/0"]]]),
    );
    expect(changes({ groups, vms: [[names]] })).toEqual(["network.quota eni-1"]);
  });

  it("keeps rules verbatim for the restore: description, tags, prefix lists, groups", () => {
    const about = { Description: "the office", Tags: [{ Key: "owner", Value: "net-team" }] };
    const net = aNet(alone(["tcp", "22", "pl-1", about], ["tcp", "22", "sg-app", about]));
    const plan = model.plan(net, lockDown(), seal);
    const stored = plan.ok ? JSON.parse(JSON.stringify(plan.inverse ?? [])) : [];
    const unlocked = model.plan(
      model.apply(net, plan.ok ? plan.changes : []),
      { kind: "unlock", vm: vmOf(1), id: lockDown().id, inverse: stored, objects: [] },
      seal,
    );
    const back = unlocked.ok
      ? unlocked.changes.flatMap(({ rule }) => (rule.kind === "ingress" ? [rule.permit] : []))
      : [];
    expect(back).toEqual(net.groups[0]?.ingress);
  });
});

describe("a lockdown that stands", () => {
  const wide = alone(["tcp", "0-65535", "0.0.0.0/0"]);
  const locked = (want = lockDown()) => {
    const net = aNet(wide);
    const plan = model.plan(net, want, seal);
    if (!plan.ok) throw new Error(plan.refusals[0].detail);
    return { net: model.apply(net, plan.changes), inverse: plan.inverse ?? [] };
  };

  it("writes no remainder again that somebody else has removed", () => {
    const { net, inverse } = locked();
    const narrowed = {
      ...net,
      groups: net.groups.map((group) => ({ ...group, ingress: group.ingress.filter(({ from }) => from === 0) })),
    };
    expect(model.plan(narrowed, { ...lockDown(), inverse }, seal)).toMatchObject({ ok: true, changes: [] });
  });

  it("cuts what others open again, and knows it for the restore", () => {
    const { net, inverse } = locked();
    const [rule] = aNet(alone(["tcp", "22", "10.0.0.0/8"])).groups[0]?.ingress ?? [];
    const reopened = {
      ...net,
      groups: net.groups.map((group) => ({ ...group, ingress: [...group.ingress, ...(rule ? [rule] : [])] })),
    };
    const plan = model.plan(reopened, { ...lockDown(), inverse }, seal);
    expect(plan.ok && plan.changes.map(({ verb }) => verb)).toEqual(["delete"]);
    expect(plan.ok && plan.inverse?.filter(({ verb }) => verb === "put").length).toBe(2);
  });
});

describe("giving back a rule", () => {
  const wide: Short = ["tcp", "0-1000", "10.0.0.0/8"];
  const narrow: Short = ["tcp", "0-21", "10.0.0.0/8"];
  const texts = (net: AwsNet) => net.groups[0]?.ingress.map(permitText).toSorted();
  const locked = (parts: NetParts) => {
    const net = aNet(parts);
    const plan = model.plan(net, lockDown(), seal);
    if (!plan.ok) throw new Error(plan.refusals[0].detail);
    return { net: model.apply(net, plan.changes), inverse: plan.inverse ?? [] };
  };
  const unlock = (inverse: readonly StoredChange[]) =>
    ({ kind: "unlock", vm: vmOf(1), id: lockDown().id, inverse, objects: [] }) as const;
  const after = (net: AwsNet, want: Want) => {
    const plan = model.plan(net, want, seal);
    if (!plan.ok) throw new Error(plan.refusals[0].detail);
    return model.apply(net, plan.changes);
  };

  const put = (permit: AwsPermit) =>
    ({ object: sg("app"), verb: "put", rule: { kind: "ingress", scope, permit } }) as const;

  /** A remainder of the wide rule stands where a narrow one was, that was taken while another port was selected. */
  const occupied = () => {
    const { net, inverse } = locked(alone(wide));
    const [permit] = aNet(alone(narrow)).groups[0]?.ingress ?? [];
    if (permit === undefined) throw new Error("the group has no rule");
    return { net, inverse: [...inverse, put(permit)] };
  };

  it("takes the remainder away first that reads the same, when all is undone", () => {
    const { net, inverse } = occupied();
    const undone = after(net, unlock(inverse));
    expect(texts(undone)).toEqual(texts(aNet(alone(wide, narrow))));
    expect(model.marked(undone, seal)).toEqual([]);
  });

  it("takes the remainder away first that reads the same, when its port is no longer selected", () => {
    const { net, inverse } = occupied();
    const followed = after(net, { ...lockDown(), inverse });
    expect(texts(followed)).toEqual(texts(aNet(alone(narrow, ["tcp", "23-1000", "10.0.0.0/8"]))));
    expect(model.marked(followed, seal).length).toBe(1);
  });

  it("never holds more rules than the group may: where they do not fit beside each other, the remainders go first", () => {
    const many = Array.from({ length: 58 }, (_, i): Short => ["tcp", String(8000 + i), "10.0.0.0/8"]);
    const [last, ...rest] = many;
    const { net: narrowed, inverse } = locked(alone(...rest, wide));
    const others = aNet(alone(...(last ? [last] : []))).groups[0]?.ingress ?? [];
    const net = model.apply(narrowed, others.map(put));
    const plan = model.plan(net, unlock(inverse), seal);
    const changes = plan.ok ? plan.changes : [];
    const counts = changes.map((_, i) => model.apply(net, changes.slice(0, i + 1)).groups[0]?.ingress.length ?? 0);
    expect([net.groups[0]?.ingress.length, ...counts]).toEqual([60, 59, 58, 59]);
  });
});

describe("locking down a group that others share", () => {
  const shared: NetParts = {
    groups: {
      base: [
        ["tcp", "22", "0.0.0.0/0"],
        ["tcp", "443", "0.0.0.0/0"],
      ],
      other: [],
    },
    vms: [[["base"]], [["base", "other"]]],
  };
  const clone = "vpc-1/sallyport-clone-l0ckd0wn-base";

  it("is refused, naming who else would lose the ports", () => {
    expect(changes(shared)).toEqual(["network.shared-group sg-base"]);
    const plan = model.plan(aNet(shared), lockDown(), seal);
    expect(plan.ok ? "" : plan.refusals[0].detail).toContain("eni-2 of i-00000002");
  });

  it("is no matter where the shared group does not open the ports", () => {
    expect(changes({ ...shared, groups: { ...shared.groups, base: [["tcp", "443", "0.0.0.0/0"]] } })).toEqual([]);
  });

  it("fills a clone before it is attached, and attaches it and detaches the original in one go", () => {
    expect(changes(shared, lockDown({ sharedGroups: "clone" }))).toEqual([
      `put ${clone}`,
      `put ${clone}: tcp 443 from 0.0.0.0/0`,
      `attach ${clone} to eni-1`,
      "detach sg-base from eni-1",
    ]);
  });

  it("is not cloned where others refer to it: leaving it would shut the machine out elsewhere", () => {
    const referred = { ...shared, groups: { ...shared.groups, other: [["tcp", "5432", "sg-base"] as Short] } };
    expect(changes(referred, lockDown({ sharedGroups: "clone" }))).toEqual(["network.shared-group sg-base"]);
  });

  it("is not cloned where it is not known who refers to it", () => {
    const net = aNet(shared);
    const half = { ...net, groups: net.groups.map((group) => ({ ...group, referencesKnown: false })) };
    expect(model.plan(half, lockDown({ sharedGroups: "clone" }), seal)).toMatchObject({
      ok: false,
      refusals: [{ code: "network.shared-group", object: "sg-base" }],
    });
  });

  it("narrows the group itself for all when that is what was asked", () => {
    expect(changes(shared, lockDown({ sharedGroups: "revoke" }))).toEqual(["delete sg-base: tcp 22 from 0.0.0.0/0"]);
  });

  it("treats a group whose members are not all known as shared", () => {
    const net = aNet(alone(["tcp", "22", "0.0.0.0/0"]));
    const half = { ...net, groups: net.groups.map((group) => ({ ...group, membersKnown: false })) };
    expect(model.plan(half, lockDown(), seal)).toMatchObject({
      ok: false,
      refusals: [{ code: "network.shared-group" }],
    });
    expect(sg("app")).toBe(net.groups[0]?.key);
  });
});
